package websocket

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A peer is the server's side of a test connection: a handler that records.
type peer struct {
	t         testing.TB
	conn      *Conn
	onMessage func(p *peer, data []byte, binary bool) error

	mu      sync.Mutex
	causes  []error
	summary Summary

	arrived chan string   // every message
	closed  chan struct{} // Closed was called
	ended   chan struct{} // the goroutine is done
}

func newPeer(t testing.TB) *peer {
	return &peer{t: t, arrived: make(chan string, 1000), closed: make(chan struct{}), ended: make(chan struct{})}
}

func (p *peer) Message(data []byte, binary bool) error {
	p.mu.Lock()
	if len(p.causes) > 0 {
		p.t.Error("a message after Closed")
	}
	p.mu.Unlock()
	if p.onMessage != nil {
		return p.onMessage(p, data, binary)
	}
	p.arrived <- string(data)
	return nil
}

func (p *peer) Closed(cause error) {
	p.mu.Lock()
	p.causes = append(p.causes, cause)
	n := len(p.causes)
	p.mu.Unlock()
	if n > 1 {
		p.t.Errorf("Closed was called %d times", n)
		return
	}
	close(p.closed)
}

func (p *peer) observe(s Summary) {
	p.summary = s
	close(p.ended)
}

// cause waits for the end.
func (p *peer) cause() error {
	p.t.Helper()
	wait(p.t, p.closed, "Closed")
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.causes[0]
}

func wait[T any](t testing.TB, ch <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
	}
	return v
}

// quiet keeps the log of what tests provoke out of the output.
var quiet = slog.New(slog.DiscardHandler)

// A host is a test server; each connection is handed out by accepted.
type host struct {
	*httptest.Server
	accepted chan *peer
}

// serve starts a server. setup, if not nil, may change a connection's handler before it runs.
func serve(t testing.TB, o Options, setup func(p *peer)) *host {
	t.Helper()
	h := newHost(t, o, setup)
	h.Start()
	return h
}

func serveTLS(t testing.TB, o Options, setup func(p *peer)) *host {
	t.Helper()
	h := newHost(t, o, setup)
	h.StartTLS()
	return h
}

func newHost(t testing.TB, o Options, setup func(p *peer)) *host {
	h := &host{accepted: make(chan *peer, 1000)}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := CheckUpgrade(r); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, err.Error())
			return
		}
		p := newPeer(t)
		o := o
		if o.Logger == nil {
			o.Logger = quiet
		}
		o.Observer = p.observe
		conn, err := Accept(w, r, o)
		if err != nil {
			return
		}
		p.conn = conn
		if setup != nil {
			setup(p)
		}
		h.accepted <- p
		conn.Serve(p)
	}))
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(func() {
		h.Close()
		if stacks := leftoverServe(); stacks != "" {
			t.Errorf("goroutines left:\n%s", stacks)
		}
	})
	return h
}

func (h *host) peer(t testing.TB) *peer {
	t.Helper()
	return wait(t, h.accepted, "a connection")
}

// pair is a served connection over a net.Pipe, which keeps nothing in buffers: a write waits for its reader.
func pair(t testing.TB, o Options, setup func(p *peer)) (*client, *peer) {
	t.Helper()
	ours, theirs := net.Pipe()
	p := over(t, ours, o, setup)
	c := &client{t: t, nc: theirs, br: bufio.NewReader(theirs)}
	t.Cleanup(func() { _ = theirs.Close() })
	return c, p
}

// over serves a connection that was set up already.
func over(t testing.TB, nc net.Conn, o Options, setup func(p *peer)) *peer {
	t.Helper()
	p := newPeer(t)
	p.conn = accepted(t, nc, p, o)
	if setup != nil {
		setup(p)
	}
	go p.conn.Serve(p)
	return p
}

// accepted takes a handshake as read, and its answer as written.
func accepted(t testing.TB, nc net.Conn, p *peer, o Options) *Conn {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake())))
	if err != nil {
		t.Fatal(err)
	}
	if o.Logger == nil {
		o.Logger = quiet
	}
	if p != nil {
		o.Observer = p.observe
	}
	conn, err := Accept(hijacked{httptest.NewRecorder(), unheard{nc}}, r, o)
	if err != nil {
		t.Fatal(err)
	}
	conn.nc = nc
	return conn
}

// hijacked is the ResponseWriter of a request that came over nc. What is written to its buffer is lost.
type hijacked struct {
	*httptest.ResponseRecorder
	nc net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.nc, bufio.NewReadWriter(bufio.NewReader(h.nc), bufio.NewWriter(io.Discard)), nil
}

// unheard is a connection of which nobody hears what is written to it.
type unheard struct{ net.Conn }

func (unheard) Write(p []byte) (int, error) { return len(p), nil }

// message encodes a push of which the payload is the string s. wire is how it arrives.
func message(t testing.TB, s string) protocol.Frame {
	t.Helper()
	payload, err := protocol.Encode(map[string]string{"s": s})
	if err != nil {
		t.Fatal(err)
	}
	f, err := protocol.V2.Encode(protocol.Message{Topic: "t", Event: "e", Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func wire(f protocol.Frame) frame {
	opcode := byte(opText)
	if f.IsBinary() {
		opcode = opBinary
	}
	return frame{final: true, opcode: opcode, payload: f.Bytes()}
}

// descriptors counts the open files of the process.
func descriptors(t testing.TB) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func asViolation(t testing.TB, err error, code int) {
	t.Helper()
	var violation *ProtocolError
	if !errors.As(err, &violation) || violation.Code != code {
		t.Errorf("cause is %v, wanted a protocol error with %d", err, code)
	}
}
