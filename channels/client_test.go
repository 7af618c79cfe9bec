package channels

import (
	"encoding/json"
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

// failer is what the helpers need of a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// A world is an endpoint with an ephemeral socket and nothing else: no network, and, inside synctest, no real time.
type world struct {
	failer
	endpoint *phoenix.Endpoint
	socket   *phoenix.UserSocket
	relay    *relay
	clients  []*client
}

func newWorld(t failer, o Options) *world {
	r := newRelay(o.withDefaults())
	return &world{
		failer:   t,
		endpoint: phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)}),
		socket:   newSocket(r),
		relay:    r,
	}
}

// inWorld runs a test in a bubble with a clock of its own.
func inWorld(t *testing.T, o Options, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, o)
		test(t, w)
		w.end()
	})
}

// end hangs everybody up and checks that nothing is remembered of them.
func (w *world) end() {
	w.Helper()
	for _, c := range w.clients {
		c.hangUp()
	}
	synctest.Wait()
	if n := w.relay.size(); n != 0 {
		w.Errorf("%d pages are remembered when everybody has left", n)
	}
	if n := w.relay.budget.used.Load(); n != 0 {
		w.Errorf("%d bytes are under way when everybody has left", n)
	}
}

// state returns how the page of a hash stands.
func (r *relay) state(hash string) state {
	p := r.enter(hash, false)
	if p == nil {
		return state{}
	}
	defer r.leave(p)
	return p.state()
}

// A client is one connection: what it was sent is collected, in order.
type client struct {
	w       *world
	session *phoenix.Session
	ref     int
	joinRef string // of the last join

	mu     sync.Mutex
	frames []protocol.Frame
	closed bool
	wake   chan<- struct{} // if not nil: told of every frame
	first  func()          // if not nil: called when the first frame is sent, and not again
}

func (c *client) Send(f protocol.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
	if c.wake != nil {
		c.wake <- struct{}{}
	}
	if first := c.first; first != nil {
		c.first = nil
		first()
	}
}

func (c *client) Close(int, string) {}

func (w *world) dial(s protocol.Serializer) *client { return w.dialOver("websocket", s) }

func (w *world) dialOver(transport string, s protocol.Serializer) *client {
	c := &client{w: w}
	c.session = w.endpoint.Open(w.socket, &phoenix.Connection{Transport: transport}, s, c)
	w.clients = append(w.clients, c)
	return c
}

func (c *client) hangUp() {
	if !c.closed {
		c.closed = true
		c.session.Closed(phoenix.ErrClosed)
	}
}

// send sends a V2 text frame whose refs are the join's number of the topic.
func (c *client) send(topic, event, payload string) {
	c.w.Helper()
	c.ref++
	ref := fmt.Sprint(c.ref)
	joinRef := "null"
	if event == protocol.EventJoin {
		joinRef = `"` + ref + `"`
		c.joinRef = ref
	}
	text := fmt.Sprintf(`[%s,%q,%q,%q,%s]`, joinRef, ref, topic, event, payload)
	if err := c.session.Message([]byte(text), false); err != nil {
		c.w.Fatalf("%s: %v", text, err)
	}
}

func (c *client) join(topic, payload string) {
	c.w.Helper()
	c.send(topic, protocol.EventJoin, payload)
}

// answer sends content as a holder's page does.
func (c *client) answer(topic, content, hash string) {
	c.w.Helper()
	payload, err := json.Marshal(map[string]string{"content": content, "hash": hash})
	if err != nil {
		c.w.Fatalf("%v", err)
	}
	c.send(topic, eventContent, string(payload))
}

func (c *client) request(topic, hash string) {
	c.w.Helper()
	c.send(topic, eventRequest, fmt.Sprintf(`{"hash":%q}`, hash))
}

// sendBinary sends a V2 binary push.
func (c *client) sendBinary(topic, event string, joinRef string, data []byte) {
	c.w.Helper()
	c.ref++
	ref := fmt.Sprint(c.ref)
	frame := []byte{0, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len(event))}
	frame = append(frame, joinRef+ref+topic+event...)
	if err := c.session.Message(append(frame, data...), true); err != nil {
		c.w.Fatalf("a binary push: %v", err)
	}
}

// take waits until nothing moves, and returns what was sent since the last time.
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

// hears checks that these frames, and only these, were sent to the client since the last time, in this order. They are
// compared as JSON.
func (c *client) hears(want ...string) {
	c.w.Helper()
	got := c.texts()
	if !slices.EqualFunc(got, want, sameJSON) {
		c.w.Fatalf("heard\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// events returns the names of the events that came as text on a topic since the last time, replies included.
func (c *client) events(topic string) (events []string) {
	for _, f := range c.take() {
		var frame [5]any
		if f.IsBinary() {
			continue
		}
		if err := json.Unmarshal(f.Bytes(), &frame); err != nil {
			c.w.Fatalf("%s: %v", f.Bytes(), err)
		}
		if frame[2] == topic {
			events = append(events, frame[3].(string))
		}
	}
	return events
}

// asked reports whether a content_request came since the last time.
func (c *client) asked(topic string) bool { return slices.Contains(c.events(topic), eventRequest) }

// The frames that a V2 client gets.

func reply(ref int, topic, response string) string {
	return fmt.Sprintf(`["%d","%d",%q,"phx_reply",{"status":"ok","response":%s}]`, ref, ref, topic, response)
}

func push(joinRef int, topic, event, payload string) string {
	return fmt.Sprintf(`["%d",null,%q,%q,%s]`, joinRef, topic, event, payload)
}

func broadcast(topic, event, payload string) string {
	return fmt.Sprintf(`[null,null,%q,%q,%s]`, topic, event, payload)
}

func count(topic string, n int) string {
	return broadcast(topic, eventCount, fmt.Sprintf(`{"count":%d}`, n))
}

func closed(joinRef int, topic string) string {
	return fmt.Sprintf(`["%d","%d",%q,"phx_close",{}]`, joinRef, joinRef, topic)
}

func crashed(joinRef int, topic string) string {
	return fmt.Sprintf(`["%d","%d",%q,"phx_error",{"reason":"channel_crash"}]`, joinRef, joinRef, topic)
}

// A page of the tests, its hash and topics.
var (
	hi         = "<p>Hi \U0001F98A</p>"
	hiHash     = hashOf(hi)
	have, want = topicHave + hiHash, topicWant + hiHash
)

// holder dials a client that holds a page, and takes the frames of its join.
func (w *world) holder(topic, payload string) *client {
	w.Helper()
	c := w.dial(protocol.V2)
	c.join(topic, payload)
	if events := c.events(topic); len(events) < 1 || events[0] != protocol.EventReply {
		w.Fatalf("after the join of %s came %q", topic, events)
	}
	return c
}

// visitor dials a client that waits for a page, and takes the frames of its join.
func (w *world) visitor(topic, payload string) *client {
	w.Helper()
	c := w.dial(protocol.V2)
	c.join(topic, payload)
	if events := c.events(topic); len(events) < 1 || events[0] != protocol.EventReply {
		w.Fatalf("after the join of %s came %q", topic, events)
	}
	return c
}

// drop takes what everybody has been sent so far.
func (w *world) drop() {
	for _, c := range w.clients {
		c.take()
	}
}

// after lets so much time pass, and no more.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
