package longpoll

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A site is a server under test with a host that accepts everybody and remembers what happened.
type site struct {
	t      *testing.T
	server *Server

	mu       sync.Mutex
	handlers []*recorder
	onOpen   func(*recorder) error // changes what the next sessions' handlers do
}

func newSite(t *testing.T, o Options) *site {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &site{t: t, server: NewServer(o)}
}

// shutdown ends what a test has left open; a bubble must end without timers.
func (s *site) shutdown() {
	s.t.Helper()
	if err := s.server.Shutdown(s.t.Context()); err != nil {
		s.t.Errorf("Shutdown: %v", err)
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.server.Serve(w, r, r.URL.Query().Get("token"), s.connect)
}

func (s *site) connect(session *Session) (Handler, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &recorder{session: session, closed: make(chan struct{})}
	if s.onOpen != nil {
		if err := s.onOpen(r); err != nil {
			return nil, err
		}
	}
	s.handlers = append(s.handlers, r)
	return r, nil
}

// newest returns the handler of the session opened last.
func (s *site) newest() *recorder {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handlers[len(s.handlers)-1]
}

// do sends a request without a network and returns the answer.
func (s *site) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// open opens a session.
func (s *site) open() (token string, h *recorder) {
	s.t.Helper()
	answer := s.get("")
	if answer.Status != codeGone || answer.Token == "" {
		s.t.Fatalf("opening a session answered %+v", answer)
	}
	return answer.Token, s.newest()
}

// get polls, or opens a session.
func (s *site) get(token string) reply {
	s.t.Helper()
	return decode(s.t, s.do(httptest.NewRequest("GET", "/longpoll?token="+token, nil)))
}

// post publishes one message.
func (s *site) post(token, body string) int {
	s.t.Helper()
	return s.publish(token, "application/json", body)
}

// batch publishes lines.
func (s *site) batch(token, body string) int {
	s.t.Helper()
	return s.publish(token, "application/x-ndjson", body)
}

func (s *site) publish(token, contentType, body string) int {
	s.t.Helper()
	r := httptest.NewRequest("POST", "/longpoll?token="+token, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return decode(s.t, s.do(r)).Status
}

// inBackground does something and gives its result later.
func inBackground[T any](do func() T) <-chan T {
	result := make(chan T, 1)
	go func() { result <- do() }()
	return result
}

// A reply is the JSON of an answer, and when it came.
type reply struct {
	Status   int      `json:"status"`
	Token    string   `json:"token"`
	Messages []string `json:"messages"`
	At       time.Time
}

func decode(t *testing.T, w *httptest.ResponseRecorder) reply {
	t.Helper()
	if w.Code != http.StatusOK {
		t.Fatalf("HTTP %d: %s", w.Code, w.Body)
	}
	answer := reply{At: time.Now()}
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&answer); err != nil {
		t.Fatalf("the answer is not JSON: %v", err)
	}
	return answer
}

// A recorder is a handler that remembers its calls.
type recorder struct {
	session   *Session
	onMessage func(data string) error
	onClosed  func()

	mu       sync.Mutex
	busy     bool
	broken   error // a broken promise of the transport
	messages []string
	binaries int
	cause    error
	closed   chan struct{}
}

func (r *recorder) enter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy {
		r.broken = errors.New("two calls at once")
	}
	if r.cause != nil {
		r.broken = errors.New("a call after Closed")
	}
	r.busy = true
}

func (r *recorder) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy = false
}

func (r *recorder) Message(data []byte, binary bool) error {
	r.enter()
	defer r.leave()
	r.mu.Lock()
	r.messages = append(r.messages, string(data))
	if binary {
		r.binaries++
	}
	r.mu.Unlock()
	if r.onMessage != nil {
		return r.onMessage(string(data))
	}
	return nil
}

func (r *recorder) Closed(cause error) {
	r.enter()
	defer r.leave()
	r.mu.Lock()
	r.cause = cause
	r.mu.Unlock()
	if r.onClosed != nil {
		r.onClosed()
	}
	close(r.closed)
}

func (r *recorder) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.messages...)
}

// wantClosed waits for Closed and checks the cause.
func (r *recorder) wantClosed(t *testing.T, cause error) {
	t.Helper()
	<-r.closed
	r.mu.Lock()
	defer r.mu.Unlock()
	if !errors.Is(r.cause, cause) {
		t.Errorf("Closed(%v), want %v", r.cause, cause)
	}
	if r.broken != nil {
		t.Errorf("the transport broke a promise: %v", r.broken)
	}
}

// wantOpen checks that Closed was not called.
func (r *recorder) wantOpen(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause != nil {
		t.Errorf("the session has ended: %v", r.cause)
	}
}

// text is a frame whose message is [null,null,"t",event,{}].
func text(event string) protocol.Frame { return frame(event, protocol.Payload{}) }

// bytesFrame is a frame whose message is 2, 1, len(event), "t", event and the data.
func bytesFrame(event string, data []byte) protocol.Frame { return frame(event, protocol.Binary(data)) }

func frame(event string, payload protocol.Payload) protocol.Frame {
	f, err := protocol.V2.Fastlane(protocol.Broadcast{Topic: "t", Event: event, Payload: payload})
	if err != nil {
		panic(err)
	}
	return f
}

// messages are the texts of text frames.
func messages(events ...string) []string {
	list := []string{}
	for _, event := range events {
		list = append(list, string(text(event).Bytes()))
	}
	return list
}
