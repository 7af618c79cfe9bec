package websocket

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestCloseFrame(t *testing.T) {
	long := strings.Repeat("é", 100)
	tests := []struct {
		code   int
		reason string
		want   string
	}{
		{1001, "", "\x88\x02\x03\xe9"},
		{1012, "later", "\x88\x07\x03\xf4later"},
		{4999, "", "\x88\x02\x13\x87"},
		{0, "x", "\x88\x03\x03\xf3x"}, // codes that may not be sent are 1011
		{1004, "", "\x88\x02\x03\xf3"},
		{1005, "", "\x88\x02\x03\xf3"},
		{1006, "", "\x88\x02\x03\xf3"},
		{1015, "", "\x88\x02\x03\xf3"},
		{2000, "", "\x88\x02\x03\xf3"},
		{5000, "", "\x88\x02\x03\xf3"},
		{-1, "", "\x88\x02\x03\xf3"},
		{1001, "a\xffb", "\x88\x07\x03\xe9a\uFFFDb"},
		{1001, long, "\x88\x7c\x03\xe9" + long[:122]},
	}
	for _, tt := range tests {
		got := closeFrame(tt.code, tt.reason)
		if string(got) != tt.want {
			t.Errorf("closeFrame(%d, %q) = %q, want %q", tt.code, tt.reason, got, tt.want)
		}
		if !utf8.Valid(got[4:]) {
			t.Errorf("closeFrame(%d, %q) has a reason that is not UTF-8", tt.code, tt.reason)
		}
	}
}

// The reason of a dropped client must fit, whatever the limit.
func TestSlowFrame(t *testing.T) {
	got := slowFrame(1 << 62)
	if len(got) > maxControlFrame || !strings.Contains(string(got), "4611686018427387904") {
		t.Errorf("%q", got)
	}
}

// The client closes: the library answers with the client's code and reason (D14), what was queued before arrives.
func TestClientCloses(t *testing.T) {
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000, 4999, codeNone} {
		for name, start := range map[string]func(testing.TB, Options, func(*peer)) *host{"tcp": serve, "tls": serveTLS} {
			h := start(t, Options{}, echo)
			c := connect(t, h.Server)
			p := h.peer(t)
			reason := ""
			if code != codeNone {
				reason = "bye"
			}
			c.send(textFrame("x"), byeFrame(code, reason), textFrame("not looked at"))
			c.expect(wire(message(t, "false x")))
			if got := c.expectClose(code); got != reason {
				t.Errorf("%s: reason %q", name, got)
			}
			_ = c.nc.Close()
			var cause *CloseError
			if err := p.cause(); !errors.As(err, &cause) || cause.Code != code || cause.Reason != reason || Reason(err) != DropPeer {
				t.Errorf("%s: cause %v, wanted code %d", name, err, code)
			}
			wait(t, p.ended, "the end")
			want := code
			if code == codeNone {
				want = 0
			}
			if p.summary.Code != want || p.summary.Reason != DropPeer {
				t.Errorf("summary %+v", p.summary)
			}
		}
	}
}

// The client goes without a word.
func TestClientVanishes(t *testing.T) {
	h := serve(t, Options{}, nil)
	for _, reset := range []bool{false, true} {
		c := connect(t, h.Server)
		p := h.peer(t)
		if reset {
			_ = c.nc.(*net.TCPConn).SetLinger(0)
		}
		_ = c.nc.Close()
		if cause := p.cause(); Reason(cause) != DropNetwork || !reset && !errors.Is(cause, io.EOF) {
			t.Errorf("cause %v", cause)
		}
		wait(t, p.ended, "the end")
		if p.summary.Code != 0 {
			t.Errorf("summary %+v", p.summary)
		}
		p.conn.Send(message(t, "into the void"))
		p.conn.Close(1001, "")
	}
}

// The server closes: every frame queued before arrives, none queued later.
func TestServerCloses(t *testing.T) {
	for name, start := range map[string]func(testing.TB, Options, func(*peer)) *host{"tcp": serve, "tls": serveTLS} {
		t.Run(name, func(t *testing.T) {
			h := start(t, Options{}, nil)
			c := connect(t, h.Server)
			p := h.peer(t)
			f := message(t, "queued")
			for range 100 {
				p.conn.Send(f)
			}
			p.conn.Close(1012, "restarting")
			p.conn.Close(1001, "again")
			p.conn.Send(message(t, "too late"))
			for range 100 {
				c.expect(wire(f))
			}
			if got := c.expectClose(1012); got != "restarting" {
				t.Errorf("reason %q", got)
			}
			_ = c.nc.Close()
			if cause := p.cause(); !errors.Is(cause, ErrClosed) {
				t.Errorf("cause %v", cause)
			}
			wait(t, p.ended, "the end")
			if p.summary.Code != 1012 || p.summary.Reason != DropServer || p.summary.Sent != 100*int64(len(f.WebSocket()))+4+10 {
				t.Errorf("summary %+v", p.summary)
			}
		})
	}
}

// A client that answers the close frame as it should does not have to wait, whether it closes its side at once, or
// leaves that to the server as RFC 6455 §7.1.1 wants.
func TestServerClosesAndTheClientAnswers(t *testing.T) {
	h := serve(t, Options{FlushTimeout: time.Hour}, nil)
	c := connect(t, h.Server)
	p := h.peer(t)
	p.conn.Close(1001, "")
	c.expectClose(1001) // and the end of the stream
	c.send(textFrame("crossed"), byeFrame(1001, ""))
	_ = c.nc.Close()
	wait(t, p.ended, "the end")
	if len(p.arrived) > 0 {
		t.Error("a message was delivered after Close")
	}
}

// On connections that cannot be closed by halves the client's close frame ends the wait.
func TestCloseWithoutHalfClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{FlushTimeout: time.Hour}, nil)
		start := time.Now()
		p.conn.Close(1001, "")
		c.send(textFrame("crossed"), pingFrame("crossed"))
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xe9}})
		c.send(byeFrame(1001, ""))
		c.expectEnd()
		<-p.ended
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}

		c, p = pair(t, Options{FlushTimeout: time.Hour}, nil)
		c.send(byeFrame(4000, ""))
		c.expect(frame{final: true, opcode: opClose, payload: []byte{0x0f, 0xa0}})
		c.expectEnd()
		<-p.ended
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

// No client can keep a connection that is being closed, and the handler hears of the end at once.
func TestCloseIsBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name  string
		setup func(c *client, p *peer) // what the client does before it falls silent
	}{
		{"nothing", func(*client, *peer) {}},
		{"part of a header", func(c *client, _ *peer) { c.write([]byte{0x81}) }},
		{"a header that announces 1 MiB", func(c *client, _ *peer) { c.write(clientHeader(0x82, 1<<20)) }},
		{"half a frame", func(c *client, _ *peer) { c.write(append(clientHeader(0x82, 1000), make([]byte, 500)...)) }},
		{"half a message", func(c *client, _ *peer) { c.send(frame{opcode: opText, payload: []byte("x")}) }},
		{"half a ping", func(c *client, _ *peer) { c.write([]byte{0x89, 0x85, 1, 2, 3, 4, 5}) }},
		{"frames queued, none read", func(_ *client, p *peer) {
			for range 10 {
				p.conn.Send(message(p.t, long))
			}
		}},
		{"pings, and no pong read", func(c *client, _ *peer) { c.send(pingFrame("a"), pingFrame("b")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := pair(t, Options{}, nil)
				tt.setup(c, p)
				synctest.Wait()
				start := time.Now()
				p.conn.Close(1001, "")
				<-p.closed
				if took := time.Since(start); took != 0 {
					t.Errorf("Closed was called after %v", took)
				}
				if cause := p.cause(); cause != ErrClosed {
					t.Errorf("cause %v", cause)
				}
				<-p.ended
				if took := time.Since(start); took != DefaultFlushTimeout {
					t.Errorf("ended after %v, wanted %v", took, DefaultFlushTimeout)
				}
				if _, err := c.nc.Write([]byte("x")); err == nil {
					t.Error("the connection is still open")
				}
			})
		})
	}
}

// The same on a real connection: nothing of it is left.
func TestHalfAFrameThenClose(t *testing.T) {
	h := serve(t, Options{}, nil)
	warm := connect(t, h.Server)
	h.peer(t).conn.Close(1001, "")
	warm.expectClose(1001)
	_ = warm.nc.Close()
	if stacks := leftoverServe(); stacks != "" {
		t.Fatalf("before the test:\n%s", stacks)
	}

	const connections = 10
	before := descriptors(t)
	var clients []*client
	var peers []*peer
	for i := range connections {
		c := connect(t, h.Server)
		clients, peers = append(clients, c), append(peers, h.peer(t))
		if i%2 == 0 {
			c.write(clientHeader(0x82, 1<<20))
		} else {
			c.write(append(clientHeader(0x81, 4000), make([]byte, 2000)...))
		}
	}
	start := time.Now()
	for _, p := range peers {
		p.conn.Close(1001, "")
	}
	for _, p := range peers {
		wait(t, p.ended, "the end")
	}
	if took := time.Since(start); took > DefaultFlushTimeout+time.Second {
		t.Errorf("it took %v", took)
	}
	if stacks := leftoverServe(); stacks != "" {
		t.Errorf("goroutines left:\n%s", stacks)
	}
	for until := time.Now().Add(patience); descriptors(t) > before+connections; {
		if time.Now().After(until) {
			t.Fatalf("%d descriptors, %d of them the clients', %d before", descriptors(t), connections, before)
		}
	}
	for _, c := range clients {
		c.expectClose(1001)
	}
}

// leftoverServe waits for all connections' goroutines to end.
func leftoverServe() string {
	for until := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		stacks := others()
		if !strings.Contains(stacks, "websocket.(*Conn)") {
			return ""
		}
		if time.Now().After(until) {
			return stacks
		}
	}
}

// Close works while the handler is busy: the client is told at once, and cut off in time. Closed waits for its turn.
func TestCloseWhileTheHandlerBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c, p := pair(t, Options{}, func(p *peer) {
			p.onMessage = func(*peer, []byte, bool) error {
				<-release
				return errors.New("too late to matter")
			}
		})
		c.send(textFrame("x"))
		synctest.Wait()
		start := time.Now()
		p.conn.Close(1012, "")
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xf4}})
		c.expectEnd()
		if took := time.Since(start); took != DefaultFlushTimeout {
			t.Errorf("cut after %v", took)
		}
		time.Sleep(time.Minute)
		select {
		case <-p.closed:
			t.Error("Closed was called while Message ran")
		default:
		}
		close(release)
		if cause := p.cause(); cause != ErrClosed {
			t.Errorf("cause %v", cause)
		}
		<-p.ended
	})
}

// The handler may close the connection itself, and gets nothing afterwards.
func TestCloseFromTheHandler(t *testing.T) {
	h := serve(t, Options{}, func(p *peer) {
		p.onMessage = func(p *peer, data []byte, _ bool) error {
			p.arrived <- string(data)
			p.conn.Close(1001, "")
			return nil
		}
	})
	c := connect(t, h.Server)
	p := h.peer(t)
	c.send(textFrame("one"), textFrame("two"))
	c.expectClose(1001)
	if cause := p.cause(); cause != ErrClosed || len(p.arrived) != 1 {
		t.Errorf("cause %v after %d messages", cause, len(p.arrived))
	}
}

// A connection may be closed before it is served, and need not be served after that.
func TestCloseBeforeServe(t *testing.T) {
	for _, served := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			p := newPeer(t)
			conn := accepted(t, ours, p, Options{})
			conn.Close(1001, "")
			if served {
				conn.Serve(p)
				if cause := p.cause(); cause != ErrClosed {
					t.Errorf("cause %v", cause)
				}
				<-p.ended
			} else {
				time.Sleep(DefaultFlushTimeout)
				synctest.Wait()
			}
			if _, err := theirs.Write([]byte("x")); err == nil {
				t.Error("the connection is still open")
			}
		})
	}
}

func TestIdle(t *testing.T) {
	const idle = 60 * time.Second
	// Each test does something at the start; the connection must be closed idle after what it returns.
	tests := []struct {
		name string
		o    Options
		do   func(t *testing.T, c *client, p *peer) (since time.Time)
	}{
		{"nothing", Options{}, func(*testing.T, *client, *peer) time.Time { return time.Now() }},
		{"messages", Options{}, func(_ *testing.T, c *client, _ *peer) time.Time {
			for range 5 {
				time.Sleep(idle - 1)
				c.send(textFrame("x"))
			}
			return time.Now()
		}},
		{"pings", Options{}, func(_ *testing.T, c *client, _ *peer) time.Time {
			for range 5 {
				time.Sleep(idle - 1)
				c.send(pingFrame("x"))
				c.expect(frame{final: true, opcode: opPong, payload: []byte("x")})
			}
			return time.Now()
		}},
		{"single bytes of a frame", Options{}, func(_ *testing.T, c *client, _ *peer) time.Time {
			for _, b := range textFrame("hello").bytes() {
				time.Sleep(idle - 1)
				c.write([]byte{b})
			}
			return time.Now()
		}},
		{"half a frame", Options{}, func(_ *testing.T, c *client, _ *peer) time.Time {
			time.Sleep(time.Second)
			c.write(textFrame("hello").bytes()[:8])
			return time.Now()
		}},
		{"the server's frames", Options{}, func(t *testing.T, c *client, p *peer) time.Time {
			start := time.Now()
			for range 5 {
				time.Sleep(10 * time.Second)
				p.conn.Send(message(t, "x"))
				c.expect(wire(message(t, "x")))
			}
			return start
		}},
		{"half a ping", Options{}, func(_ *testing.T, c *client, _ *peer) time.Time {
			time.Sleep(time.Second)
			c.write(pingFrame("hello").bytes()[:8])
			return time.Now()
		}},
		{"a busy handler", Options{}, func(_ *testing.T, c *client, p *peer) time.Time {
			time.Sleep(10 * time.Second)
			p.onMessage = func(*peer, []byte, bool) error {
				time.Sleep(10 * idle)
				return nil
			}
			c.send(textFrame("x"))
			time.Sleep(10 * idle)
			return time.Now()
		}},
		{"a handler that is busy with the first message", Options{}, func(_ *testing.T, c *client, p *peer) time.Time {
			p.onMessage = func(*peer, []byte, bool) error {
				time.Sleep(10 * idle)
				return nil
			}
			c.send(textFrame("x"))
			time.Sleep(10 * idle)
			return time.Now()
		}},
		{"another timeout", Options{IdleTimeout: 150 * time.Second}, func(*testing.T, *client, *peer) time.Time {
			return time.Now().Add(150*time.Second - idle)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := pair(t, tt.o, nil)
				since := tt.do(t, c, p)
				c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xea}}) // 1002, no reason
				if took := time.Since(since); took != idle {
					t.Errorf("closed after %v", took)
				}
				if cause := p.cause(); cause != ErrIdle || Reason(cause) != DropIdle {
					t.Errorf("cause %v", cause)
				}
				if took := time.Since(since); took != idle {
					t.Errorf("Closed was called after %v", took)
				}
				c.expectEnd()
				<-p.ended
				if took := time.Since(since); took != idle+DefaultFlushTimeout {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
}

func TestNoIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{IdleTimeout: -1}, nil)
		time.Sleep(1000 * time.Hour)
		c.send(textFrame("still here"))
		if got := <-p.arrived; got != "still here" {
			t.Errorf("got %q", got)
		}
		p.conn.Close(1001, "")
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xe9}})
		c.send(byeFrame(1001, ""))
		<-p.ended
	})
}

// The library gives a control frame 5 s to arrive, once it has seen its header. It sees those within a message.
func TestControlFrameThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{}, nil)
		start := time.Now()
		c.send(frame{opcode: opText, payload: []byte("x")})
		c.write([]byte{0x89, 0x85, 1, 2, 3, 4, 5}) // one byte of five
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xea}})
		asViolation(t, p.cause(), codeProtocol)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("closed after %v", took)
		}
		<-p.ended
	})
}

// The first cause counts, whatever else happens.
func TestOneCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{}, nil)
		p.conn.Close(1001, "")
		_ = c.nc.Close()
		if cause := p.cause(); cause != ErrClosed {
			t.Errorf("cause %v", cause)
		}
		<-p.ended
	})
}

// That the library has queued a close frame is known before the reason: Close does not take its place.
func TestCloseBehindTheClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		p := newPeer(t)
		conn := accepted(t, ours, p, Options{})
		if _, err := (*link)(conn).Write(closeFrame(4000, "bye")); err != nil {
			t.Error(err)
		}
		conn.Close(1001, "")
		if cause := conn.ended(); cause != nil {
			t.Errorf("cause %v", cause)
		}
		received := &CloseError{Code: 4000}
		if cause := conn.shut(nil, received); cause != received {
			t.Errorf("cause %v", cause)
		}
		c := &client{t: t, nc: theirs, br: bufio.NewReader(theirs)}
		c.expect(frame{final: true, opcode: opClose, payload: []byte("\x0f\xa0bye")})
		conn.Serve(p)
		_ = theirs.Close()
		<-p.ended
	})
}

func TestReasons(t *testing.T) {
	for cause, want := range map[error]DropReason{
		&CloseError{Code: 1000}:                    DropPeer,
		&ProtocolError{Code: 1002, Err: io.EOF}:    DropProtocol,
		io.EOF:                                     DropNetwork,
		net.ErrClosed:                              DropNetwork,
		errors.Join(ErrHandler, &CloseError{}):     DropHandler,
		&ProtocolError{Code: 1007, Err: io.EOF}:    DropText,
		&ProtocolError{Code: 1009, Err: errTooBig}: DropSize,
		ErrSlow: DropSlow,
	} {
		if got := Reason(cause); got != want {
			t.Errorf("Reason(%v) = %s, want %s", cause, got, want)
		}
	}
	for err, want := range map[error]string{
		&CloseError{Code: 1001}:                     "websocket: closed with code 1001",
		&CloseError{Code: 4000, Reason: "bye"}:      "websocket: closed with code 4000: bye",
		&ProtocolError{Code: 1009, Err: errTooBig}:  "websocket: protocol error: message over the size limit",
		&ProtocolError{Code: 1007, Err: errNotUTF8}: "websocket: protocol error: text that is not UTF-8",
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	if !errors.Is(&ProtocolError{Err: errTooBig}, errTooBig) {
		t.Error("a protocol error hides what it is about")
	}
}

// Under TLS the end of the stream is a message like any other, and a client that reads nothing can hold that up, too.
func TestTLSClientStopsReading(t *testing.T) {
	source := httptest.NewUnstartedServer(nil)
	source.StartTLS()
	certificates := source.TLS.Certificates
	source.Close()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		server := tls.Server(ours, &tls.Config{Certificates: certificates, SessionTicketsDisabled: true})
		remote := tls.Client(theirs, &tls.Config{InsecureSkipVerify: true})
		handshaken := make(chan error)
		go func() { handshaken <- server.Handshake() }()
		if err := errors.Join(remote.Handshake(), <-handshaken); err != nil {
			t.Fatal(err)
		}
		p := over(t, server, Options{}, nil)
		c := &client{t: t, nc: remote, br: bufio.NewReader(remote)}
		c.send(textFrame("x"))
		<-p.arrived
		start := time.Now()
		p.conn.Close(1001, "")
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xe9}}) // and no further
		<-p.ended
		if took := time.Since(start); took != DefaultFlushTimeout {
			t.Errorf("ended after %v", took)
		}
		if _, err := theirs.Write([]byte("x")); err == nil {
			t.Error("the connection is still open")
		}
	})
}
