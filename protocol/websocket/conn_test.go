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

// Serve gives net/http's goroutine back when the first message has been dealt with, or as soon as it is clear that there
// is none, whatever the client does then.
func TestServeReturns(t *testing.T) {
	for name, tt := range map[string]struct {
		sent []frame
		want time.Duration
	}{
		"nothing":           {nil, quietAfter},
		"a message":         {[]frame{textFrame("x")}, time.Hour},
		"two messages":      {[]frame{textFrame("x"), textFrame("y")}, time.Hour},
		"a long message":    {[]frame{textFrame(strings.Repeat("x", readBuffer))}, 0},
		"a fragment":        {[]frame{{opcode: opText, payload: []byte("x")}}, 0},
		"a ping":            {[]frame{pingFrame("x")}, 0},
		"a ping in front":   {[]frame{pingFrame("x"), textFrame("x")}, 0},
		"an end":            {[]frame{byeFrame(1000, "")}, 0},
		"a protocol error":  {[]frame{{final: true, opcode: 0x3}}, 0},
		"too long a length": {[]frame{{final: true, opcode: opText, payload: make([]byte, 1000)}}, 0},
		"not UTF-8":         {[]frame{textFrame("\xff")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				p := newPeer(t)
				p.conn = accepted(t, ours, p, Options{MaxMessageSize: 999})
				p.onMessage = func(*peer, []byte, bool) error {
					time.Sleep(time.Hour)
					return nil
				}
				var all []byte
				for _, f := range tt.sent {
					all = append(all, f.bytes()...)
				}
				if len(all) > 0 { // a pipe tells its reader of a write of nothing
					go func() { _, _ = theirs.Write(all) }()
				}
				synctest.Wait() // they are there
				start := time.Now()
				p.conn.Serve(p)
				if took := time.Since(start); took != tt.want {
					t.Errorf("Serve returned after %v, wanted %v", took, tt.want)
				}
				_ = theirs.Close()
				<-p.ended
			})
		})
	}
}

// The bytes of a message may come one by one: they do not keep it either.
func TestServeReturnsInTheMiddleOfAFrame(t *testing.T) {
	whole := clientHeader(0x81, 200)
	for n := 1; n <= len(whole); n++ {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			p := newPeer(t)
			p.conn = accepted(t, ours, p, Options{})
			go func() { _, _ = theirs.Write(whole[:n]) }()
			start := time.Now()
			p.conn.Serve(p)
			if took := time.Since(start); took != 0 {
				t.Errorf("Serve returned %v after %d bytes", took, n)
			}
			_ = theirs.Close()
			<-p.ended
		})
	}
}

// The first message may take the handler longer than a client may be silent: that time is the handler's.
func TestFirstMessageTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{}, func(p *peer) {
			p.onMessage = func(p *peer, data []byte, _ bool) error {
				time.Sleep(2 * DefaultIdleTimeout)
				p.arrived <- string(data)
				return nil
			}
		})
		c.send(textFrame("x"))
		<-p.arrived
		start := time.Now()
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xea}})
		if took := time.Since(start); took != DefaultIdleTimeout {
			t.Errorf("closed after %v, wanted %v", took, DefaultIdleTimeout)
		}
		_ = c.nc.Close()
		<-p.ended
	})
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
