package websocket

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Serve gives net/http's goroutine back at once, whatever the client and the handler do.
func TestServeReturns(t *testing.T) {
	for name, sent := range map[string]frame{
		"a message":         textFrame("x"),
		"half a message":    {opcode: opText},
		"a ping":            pingFrame("x"),
		"an end":            byeFrame(1000, ""),
		"a protocol error":  {final: true, opcode: 0x3},
		"too long a length": {final: true, opcode: opText, payload: make([]byte, 100)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				p := newPeer(t)
				p.conn = accepted(t, ours, p, Options{MaxMessageSize: 99})
				p.onMessage = func(*peer, []byte, bool) error {
					time.Sleep(time.Hour)
					return nil
				}
				c := &client{t: t, nc: theirs}
				go func() { _, _ = theirs.Write(sent.bytes()) }()
				synctest.Wait() // the frame is there
				start := time.Now()
				p.conn.Serve(p)
				if took := time.Since(start); took != 0 {
					t.Errorf("Serve returned after %v", took)
				}
				_ = c.nc.Close()
				<-p.ended
			})
		})
	}
}

// Half a message does not keep net/http's goroutine, either.
func TestHalfAMessageKeepsNothingOfTheWebServer(t *testing.T) {
	released := make(chan struct{})
	h := serve(t, Options{}, nil)
	inner := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r)
		close(released)
	})
	c := dial(t, h.Server)
	c.write(append([]byte(handshake()), textFrame(strings.Repeat("x", 100)).bytes()[:50]...))
	c.upgraded()
	wait(t, released, "the end of the HTTP handler")
	if p := h.peer(t); len(p.arrived) > 0 || p.conn.closing.Load() {
		t.Error("the connection is not in the middle of a message")
	}
}
