package phoenix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// failer is what the helpers need of a *testing.T, a *testing.B or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// A world is an endpoint and the clients on it, without a network. Most tests have theirs inside a synctest bubble,
// where "nothing moves any more" can be waited for and time costs nothing.
type world struct {
	failer
	endpoint *phoenix.Endpoint
	user     *phoenix.UserSocket
	log      *logbook
	clients  []*client
}

func newWorld(t failer, u *phoenix.UserSocket, c phoenix.Config) *world {
	w := &world{failer: t, user: u, log: new(logbook)}
	if c.Logger == nil {
		c.Logger = w.log.logger()
	}
	w.endpoint = phoenix.NewEndpoint(c)
	return w
}

// inWorld runs a test in a bubble, with a world of one kind of channel that serves every topic.
func inWorld(t *testing.T, channel func() phoenix.Channel, test func(w *world)) {
	t.Helper()
	inWorldOf(t, &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: channel}}}, phoenix.Config{}, test)
}

func inWorldOf(t *testing.T, u *phoenix.UserSocket, c phoenix.Config, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, u, c)
		test(w)
		w.end()
	})
}

// end hangs everybody up; the bubble then fails the test if a goroutine is left.
func (w *world) end() {
	w.Helper()
	for _, c := range w.clients {
		c.hangUp(nil)
	}
	synctest.Wait()
	for _, c := range w.clients {
		select {
		case <-c.session.Done():
		default:
			w.Errorf("a session is not done although its connection has ended")
		}
	}
}

// logs returns what was logged since the last time.
func (w *world) logs() string { return w.log.take() }

// A client is one connection: what it was sent is collected, in order.
type client struct {
	w       *world
	session *phoenix.Session

	reading turn // one message at a time, and Closed the last
	over    bool

	mu     sync.Mutex
	frames []protocol.Frame
	codes  []int // with which the server closed it
}

func (w *world) dial(s protocol.Serializer) *client {
	return w.dialAs(s, &phoenix.Connection{})
}

func (w *world) dialAs(s protocol.Serializer, connection *phoenix.Connection) *client {
	c := &client{w: w, reading: make(turn, 1)}
	w.clients = append(w.clients, c)
	c.reading.take() // a transport may be closed before it knows its session
	defer c.reading.give()
	c.session = w.endpoint.Open(w.user, connection, s, c)
	return c
}

// A turn is a mutex on which a synctest bubble can see a goroutine wait.
type turn chan struct{}

func (t turn) take() { t <- struct{}{} }
func (t turn) give() { <-t }

// Send and Close make it a phoenix.Transport.
func (c *client) Send(f protocol.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
}

func (c *client) Close(code int, _ string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes = append(c.codes, code)
	if len(c.codes) == 1 {
		go c.hangUp(errors.New("closed by the server"))
	}
}

// hangUp ends the connection as its transport does.
func (c *client) hangUp(cause error) {
	c.reading.take()
	defer c.reading.give()
	if !c.over {
		c.over = true
		c.session.Closed(cause)
	}
}

// closedWith checks with which codes the server closed the connection, in all.
func (c *client) closedWith(want ...int) {
	c.w.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.codes, want) {
		c.w.Fatalf("the server closed the connection with %v, want %v", c.codes, want)
	}
}

// says sends text frames, one after the other, without waiting for what they do.
func (c *client) says(frames ...string) {
	c.w.Helper()
	for _, text := range frames {
		if err := c.message([]byte(text), false); err != nil {
			c.w.Fatalf("%s: %v", text, err)
		}
	}
}

func (c *client) message(data []byte, binary bool) error {
	c.reading.take()
	defer c.reading.give()
	if c.over {
		return errors.New("the connection has ended")
	}
	return c.session.Message(data, binary)
}

// take waits until nothing moves and returns what was sent since the last time.
func (c *client) take() []protocol.Frame {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	frames := c.frames
	c.frames = nil
	return frames
}

// texts is take for text frames.
func (c *client) texts() []string {
	var texts []string
	for _, f := range c.take() {
		texts = append(texts, string(f.Bytes()))
	}
	return texts
}

// hears checks that these frames and no others were sent to the client since the last time, in this order. They are
// compared as JSON.
func (c *client) hears(want ...string) {
	c.w.Helper()
	if got := c.texts(); !slices.EqualFunc(got, want, sameJSON) {
		c.w.Fatalf("heard\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func sameJSON(a, b string) bool {
	x, okX := parseJSON(a)
	y, okY := parseJSON(b)
	return okX && okY && reflect.DeepEqual(x, y)
}

// parseJSON keeps numbers as they are written.
func parseJSON(text string) (v any, ok bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

// after lets so much time pass, and no more.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// The frames of a V2 client whose refs are strings.

func message(joinRef, ref, topic, event, payload string) string {
	return fmt.Sprintf(`[%s,%s,%q,%q,%s]`, quoted(joinRef), quoted(ref), topic, event, payload)
}

// quoted makes "" the null.
func quoted(ref string) string {
	if ref == "" {
		return "null"
	}
	return fmt.Sprintf("%q", ref)
}

func join(ref, topic string) string   { return message(ref, ref, topic, "phx_join", "{}") }
func joined(ref, topic string) string { return ok(ref, ref, topic, "{}") }
func ok(joinRef, ref, topic, response string) string {
	return message(joinRef, ref, topic, "phx_reply", `{"status":"ok","response":`+response+`}`)
}
func failed(joinRef, ref, topic, reason string) string {
	return message(joinRef, ref, topic, "phx_reply", `{"status":"error","response":{"reason":"`+reason+`"}}`)
}
func pushed(joinRef, topic, event, payload string) string {
	return message(joinRef, "", topic, event, payload)
}
func fastlane(topic, event, payload string) string { return message("", "", topic, event, payload) }
func closed(ref, topic string) string              { return message(ref, ref, topic, "phx_close", "{}") }
func crashed(ref, topic string) string {
	return message(ref, ref, topic, "phx_error", `{"reason":"channel_crash"}`)
}

// A logbook is what was logged, as text.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logbook) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	l.text.Reset()
	return text
}
