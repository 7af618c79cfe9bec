package websocket

import (
	"bufio"
	"errors"
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

// A network without read deadlines has failed, whenever that is found out: the client did nothing wrong, and there is no
// way to find out that it is gone.
func TestNoReadDeadlines(t *testing.T) {
	half := textFrame("x").bytes()[:3]
	for name, tt := range map[string]struct {
		good int // deadlines that can be set
		sent []byte
		want time.Duration
	}{
		"at the start":                     {0, nil, 0},
		"when it is to be parked":          {1, nil, quietAfter},
		"when it wakes":                    {2, textFrame("x").bytes(), 2 * quietAfter},
		"when it is to be parked again":    {3, textFrame("x").bytes(), 3 * quietAfter},
		"in the middle of a message":       {3, half, 3 * quietAfter},
		"later in the middle of a message": {4, half, 4 * quietAfter},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				start := time.Now()
				p := over(t, &deadlines{ours, tt.good}, Options{}, nil)
				c := &client{t: t, nc: theirs, br: bufio.NewReader(theirs)}
				if tt.sent != nil {
					go func() {
						time.Sleep(2 * quietAfter)
						_, _ = theirs.Write(tt.sent)
					}()
				}
				cause := p.cause()
				if took := time.Since(start); took != tt.want {
					t.Errorf("ended after %v, wanted %v", took, tt.want)
				}
				if Reason(cause) != DropNetwork || !errors.Is(cause, errNoDeadlines) {
					t.Errorf("cause %v", cause)
				}
				c.expectEnd()
				<-p.ended
			})
		})
	}
}

// deadlines is a connection on which only so many read deadlines can be set.
type deadlines struct {
	net.Conn
	left int
}

var errNoDeadlines = errors.New("no deadlines here")

func (d *deadlines) SetReadDeadline(at time.Time) error {
	if d.left--; d.left < 0 {
		return errNoDeadlines
	}
	return d.Conn.SetReadDeadline(at)
}
