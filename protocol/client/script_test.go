package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A stage is a server whose every word is the test's, for clients in a bubble.
type stage struct {
	t *testing.T

	mu    sync.Mutex
	down  error         // dialling fails with it
	delay time.Duration // dialling takes so long
	dials []string      // what was dialled, and when
	links []*script
	start time.Time
}

// A script is one connection to a stage.
type script struct {
	stage *stage
	quiet bool // long polling

	mu       sync.Mutex
	arrived  *sync.Cond
	incoming []outgoing // for the client
	sent     []outgoing // by the client
	stuck    bool       // what is sent goes nowhere, and blocks
	err      error      // the connection has ended
	polite   bool       // the client closed it in good order
	bytes    atomic.Uint64
}

var errCut = errors.New("the connection was cut")

// onStage runs a test in a bubble.
func onStage(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, &stage{t: t, start: time.Now()})
	})
}

// options are those of a client on the stage, without jitter.
func (s *stage) options() Options {
	return Options{
		ReconnectAfter: reconnectTable.at,
		RejoinAfter:    rejoinTable.at,
		dial:           s.dial,
	}
}

func (s *stage) dial(ctx context.Context, t Transport, _ Handshake) (link, error) {
	s.mu.Lock()
	s.dials = append(s.dials, fmt.Sprintf("%v %v", time.Since(s.start), t))
	down, delay := s.down, s.delay
	s.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	if down != nil {
		return nil, down
	}
	l := &script{stage: s, quiet: t == LongPoll}
	l.arrived = sync.NewCond(&l.mu)
	s.mu.Lock()
	s.links = append(s.links, l)
	s.mu.Unlock()
	return l, nil
}

// takeDials returns what was dialled since the last time.
func (s *stage) takeDials() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	dials := strings.Join(s.dials, ", ")
	s.dials = nil
	return dials
}

func (s *stage) setDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

// link returns the latest connection.
func (s *stage) link() *script {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.links[len(s.links)-1]
}

// open dials, and closes at the test's end.
func (s *stage) open(o Options) *Client {
	s.t.Helper()
	c, err := Dial(s.t.Context(), "ws://stage/socket", o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

func (l *script) receive() ([]byte, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.incoming) == 0 && l.err == nil {
		l.arrived.Wait()
	}
	if len(l.incoming) == 0 {
		return nil, false, l.err
	}
	m := l.incoming[0]
	l.incoming = l.incoming[1:]
	return m.data, m.binary, nil
}

func (l *script) send(batch []outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.stuck && l.err == nil {
		l.arrived.Wait()
	}
	if l.err != nil {
		return l.err
	}
	l.sent = append(l.sent, batch...)
	return nil
}

func (l *script) close() {
	l.mu.Lock()
	l.polite = true
	l.mu.Unlock()
	l.lose(errCut)
}

func (l *script) cut() { l.lose(errCut) }

func (l *script) progress() uint64 { return l.bytes.Load() }
func (l *script) polls() bool      { return l.quiet }

// lose ends the connection, behind what the server has said.
func (l *script) lose(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
	l.arrived.Broadcast()
}

// breaks loses the connection, and waits until the client knows.
func (l *script) breaks() {
	l.lose(errCut)
	synctest.Wait()
}

// stick makes the connection take nothing any more, or take it again.
func (l *script) stick(stuck bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stuck = stuck
	l.arrived.Broadcast()
}

// says has the server send text messages.
func (l *script) says(texts ...string) {
	l.mu.Lock()
	for _, text := range texts {
		l.incoming = append(l.incoming, outgoing{data: []byte(text)})
	}
	l.arrived.Broadcast()
	l.mu.Unlock()
	synctest.Wait()
}

// saysBytes has the server send a binary message.
func (l *script) saysBytes(data string) {
	l.mu.Lock()
	l.incoming = append(l.incoming, outgoing{[]byte(data), true})
	l.arrived.Broadcast()
	l.mu.Unlock()
	synctest.Wait()
}

// took returns what the client sent since the last time.
func (l *script) took() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	var texts []string
	for _, m := range l.sent {
		texts = append(texts, string(m.data))
	}
	l.sent = nil
	return texts
}

// hears checks what the client sent since the last time.
func (l *script) hears(want ...string) {
	l.stage.t.Helper()
	got := l.took()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		l.stage.t.Fatalf("the client sent\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// A pending is a call of the test's that has yet to return.
type pending[T any] struct {
	t    *testing.T
	done chan struct{}
	v    T
	err  error
}

func begin[T any](t *testing.T, f func() (T, error)) *pending[T] {
	p := &pending[T]{t: t, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.v, p.err = f()
	}()
	synctest.Wait()
	return p
}

// returned reports whether the call has.
func (p *pending[T]) returned() bool {
	synctest.Wait()
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// result returns what the call did, which must be over by now.
func (p *pending[T]) result() (T, error) {
	p.t.Helper()
	if !p.returned() {
		p.t.Fatal("a call has not returned")
	}
	return p.v, p.err
}

// failure is the error of result.
func (p *pending[T]) failure() error {
	p.t.Helper()
	_, err := p.result()
	return err
}

// join joins a topic on a connection whose next refs are 1 and so on; the server's reply is {}.
func (l *script) join(c *Client, topic, ref string) *Channel {
	l.stage.t.Helper()
	p := begin(l.stage.t, func() (*Channel, error) { return c.Join(l.stage.t.Context(), topic, nil) })
	l.hears(`["` + ref + `","` + ref + `","` + topic + `","phx_join",{}]`)
	l.says(ok(ref, ref, topic, `{}`))
	ch, err := p.result()
	if err != nil {
		l.stage.t.Fatal(err)
	}
	return ch
}

// next returns a channel's next event, which must have come.
func next(t *testing.T, ch *Channel) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := begin(t, func() (Event, error) { return ch.Receive(ctx) })
	cancel()
	<-p.done
	if p.err != nil {
		return p.err.Error()
	}
	return p.v.Name + " " + p.v.Payload.String()
}

// expect checks a channel's next events.
func expect(t *testing.T, ch *Channel, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := next(t, ch); got != w {
			t.Fatalf("the next event is %q, want %q", got, w)
		}
	}
}

const nothing = "context canceled"

// The server's frames.
func ok(joinRef, ref, topic, response string) string {
	return replied(joinRef, ref, topic, "ok", response)
}

func replied(joinRef, ref, topic, status, response string) string {
	return framed(joinRef, ref, topic, protocol.EventReply, `{"status":"`+status+`","response":`+response+`}`)
}

func framed(joinRef, ref, topic, event, payload string) string {
	return fmt.Sprintf(`[%s,%s,%q,%q,%s]`, orNull(joinRef), orNull(ref), topic, event, payload)
}

func orNull(ref string) string {
	if ref == "" {
		return "null"
	}
	return `"` + ref + `"`
}

// after lets so much time pass, and no more.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
