package websocket

import (
	"bufio"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Clients may send before they have seen the 101. What came with the handshake sits in net/http's buffer.
func TestFramesWithTheHandshake(t *testing.T) {
	long := strings.Repeat("x", 10_000) // longer than the buffers of net/http and of ours
	several := append(textFrame("one").bytes(), textFrame("two").bytes()...)
	tests := []struct {
		name string
		sent []byte // in one write with the handshake
		then []byte // after the 101
		want []string
	}{
		{"nothing", nil, textFrame("later").bytes(), []string{"later"}},
		{"a frame", textFrame("first").bytes(), nil, []string{"first"}},
		{"two frames", several, textFrame("three").bytes(), []string{"one", "two", "three"}},
		{"one byte", several[:1], several[1:], []string{"one", "two"}},
		{"half a frame", several[:12], several[12:], []string{"one", "two"}},
		{"more than our buffer", textFrame(long[:2000]).bytes(), nil, []string{long[:2000]}},
		{"more than net/http's buffer", textFrame(long).bytes(), nil, []string{long}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, Options{}, nil)
			c := dial(t, h.Server)
			c.write(append([]byte(handshake()), tt.sent...))
			c.upgraded()
			c.write(tt.then)
			p := h.peer(t)
			for _, want := range tt.want {
				if got := wait(t, p.arrived, "a message"); got != want {
					t.Errorf("got %.20q (%d bytes), want %.20q (%d bytes)", got, len(got), want, len(want))
				}
			}
		})
	}
}

// An idle connection keeps one goroutine, and nothing of net/http: not the request, not its buffers.
func TestIdleConnectionKeepsNothing(t *testing.T) {
	const connections = 20
	freed := make(chan string, 10*connections)
	h := serve(t, Options{}, nil)
	inner := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		runtime.AddCleanup(r, func(string) { freed <- "request" }, "")
		inner.ServeHTTP(&spy{w, freed}, r)
	})
	for range connections {
		c := connect(t, h.Server)
		c.send(textFrame("hello"))
		wait(t, h.peer(t).arrived, "a message")
	}

	until := time.Now().Add(patience)
	for {
		stacks := others()
		ours, theirs := strings.Count(stacks, "websocket.(*Conn).sleep("), strings.Count(stacks, "websocket.(*Conn).timeoutLoop(")
		web, writers := strings.Count(stacks, "net/http.(*conn).serve("), strings.Count(stacks, "websocket.(*Conn).write(")
		if ours == connections && theirs == connections*libraryGoroutines && web == 0 && writers == 0 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("%d connections have %d asleep, %d writers, %d goroutines of the library, %d of net/http",
				connections, ours, writers, theirs, web)
		}
		runtime.Gosched()
	}
	want := map[string]int{"request": connections, "reader": connections, "writer": connections}
	for len(want) > 0 {
		runtime.GC()
		select {
		case what := <-freed:
			if want[what]--; want[what] == 0 {
				delete(want, what)
			}
		default:
			if time.Now().After(until) {
				t.Fatalf("still in memory: %v", want)
			}
		}
	}
}

// A spy watches what net/http hands over. It hides the Hijacker, as many a middleware does.
type spy struct {
	http.ResponseWriter
	freed chan string
}

func (s *spy) Unwrap() http.ResponseWriter { return &spiedHijacker{s.ResponseWriter, s.freed} }

type spiedHijacker struct {
	http.ResponseWriter
	freed chan string
}

func (s *spiedHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := s.ResponseWriter.(http.Hijacker).Hijack()
	if err == nil {
		freed := s.freed // the functions must not keep what they watch
		runtime.AddCleanup(rw.Reader, func(string) { freed <- "reader" }, "")
		runtime.AddCleanup(rw.Writer, func(string) { freed <- "writer" }, "")
	}
	return nc, rw, err
}

// Each write of the library's must be one control frame, the longest included, or the queue would take it apart.
func TestControlFramesComeWhole(t *testing.T) {
	h := serve(t, Options{}, nil)
	c := connect(t, h.Server)
	for _, size := range []int{0, 1, 124, 125} {
		payload := strings.Repeat("p", size)
		c.send(pingFrame(payload))
		c.expect(frame{final: true, opcode: opPong, payload: []byte(payload)})
	}
	reason := strings.Repeat("r", maxReason)
	c.send(byeFrame(3999, reason))
	if got := c.expectClose(3999); got != reason {
		t.Errorf("reason is %q", got)
	}
}

// The library sees a net.Conn that it cannot do harm with.
func TestLink(t *testing.T) {
	server, remote := net.Pipe()
	defer func() { _ = remote.Close() }()
	conn := accepted(t, server, nil, Options{})
	l := (*link)(conn)
	for _, err := range []error{l.SetDeadline(time.Unix(1, 0)), l.SetReadDeadline(time.Unix(1, 0)), l.SetWriteDeadline(time.Unix(1, 0))} {
		if err != nil {
			t.Error(err)
		}
	}
	go func() { _, _ = remote.Write([]byte("x")) }()
	if n, err := l.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("read %d, %v: the library moved a deadline", n, err)
	}
	if l.LocalAddr() != server.LocalAddr() || l.RemoteAddr() != server.RemoteAddr() {
		t.Error("not the connection's addresses")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Read(make([]byte, 1)); err == nil {
		t.Error("read after Close")
	}
	conn.cut()
}
