package websocket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func echo(p *peer) {
	p.onMessage = func(p *peer, data []byte, binary bool) error {
		p.conn.Send(message(p.t, fmt.Sprintf("%v %s", binary, data)))
		return nil
	}
}

func TestMessagesOfAllSizes(t *testing.T) {
	type received struct {
		data   []byte
		binary bool
	}
	got := make(chan received, 1)
	h := serve(t, Options{MaxMessageSize: 1 << 20}, func(p *peer) {
		p.onMessage = func(_ *peer, data []byte, binary bool) error {
			got <- received{data, binary}
			return nil
		}
	})
	c := connect(t, h.Server)
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 2, 63, 64, 65, 125, 126, 127, 500, 505, 506, 507, 511, 512, 513, 1024, 4096, 65535, 65536, 65537, 300_000, 1 << 20} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(random.IntN(128)) // ASCII is UTF-8
		}
		for _, f := range []frame{textFrame(string(payload)), binaryFrame(payload)} {
			c.send(f)
			m := wait(t, got, "a message")
			if m.binary != (f.opcode == opBinary) || !bytes.Equal(m.data, payload) {
				t.Errorf("%v did not arrive as sent", f)
			}
			if cap(m.data) != size {
				t.Errorf("a message of %d bytes costs %d", size, cap(m.data))
			}
		}
	}
}

// Each message has memory of its own: the handler may keep one.
func TestMessagesBelongToTheHandler(t *testing.T) {
	kept := make(chan []byte, 3)
	h := serve(t, Options{}, func(p *peer) {
		p.onMessage = func(_ *peer, data []byte, _ bool) error {
			kept <- data
			return nil
		}
	})
	c := connect(t, h.Server)
	c.send(textFrame("first"), textFrame("other"), textFrame("third"))
	one, two, three := wait(t, kept, "1"), wait(t, kept, "2"), wait(t, kept, "3")
	copy(two[:cap(two)], "#####")
	if string(one) != "first" || string(three) != "third" {
		t.Errorf("messages share memory: %q %q", one, three)
	}
}

func TestFragments(t *testing.T) {
	part := func(opcode byte, final bool, payload string) frame {
		return frame{opcode: opcode, final: final, payload: []byte(payload)}
	}
	pong := frame{final: true, opcode: opPong, payload: []byte("unasked")}
	tests := []struct {
		name   string
		frames []frame
		pongs  []string
		want   string
	}{
		{"two", []frame{part(opText, false, "ab"), part(0, true, "cd")}, nil, "false abcd"},
		{"binary", []frame{part(opBinary, false, "ab"), part(0, true, "cd")}, nil, "true abcd"},
		{"empty ones", []frame{part(opText, false, ""), part(0, false, ""), part(0, false, "x"), part(0, true, "")}, nil, "false x"},
		{"all empty", []frame{part(opText, false, ""), part(0, true, "")}, nil, "false "},
		{"control frames between", []frame{
			pingFrame("0"), part(opText, false, "ab"), pingFrame("1"), pong, part(0, false, "cd"), pingFrame(""), part(0, true, "ef"), pong,
		}, []string{"0", "1", ""}, "false abcdef"},
		{"a character in two", []frame{part(opText, false, "\xc5"), part(0, true, "\xbe")}, nil, "false ž"},
		{"long ones", []frame{part(opText, false, strings.Repeat("a", 1000)), part(0, true, strings.Repeat("b", 70_000))}, nil,
			"false " + strings.Repeat("a", 1000) + strings.Repeat("b", 70_000)},
		{"a pong before", []frame{pong, part(opText, true, "x")}, nil, "false x"},
	}
	h := serve(t, Options{}, echo)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, h.Server)
			for _, f := range tt.frames {
				c.send(f)
				if f.opcode == 9 {
					c.expect(frame{final: true, opcode: opPong, payload: f.payload})
				}
			}
			c.expect(wire(message(t, tt.want)))

			// Once more, byte by byte, and all at once; the pongs may be fewer then.
			for _, glued := range []bool{false, true} {
				var all []byte
				for _, f := range tt.frames {
					all = append(all, f.bytes()...)
				}
				if len(all) < 1000 && !glued {
					for i := range all {
						c.write(all[i : i+1])
					}
				} else {
					c.write(all)
				}
				for {
					got, err := c.next()
					if err != nil {
						t.Fatal(err)
					}
					if got.opcode == opPong {
						continue
					}
					if want := wire(message(t, tt.want)); !bytes.Equal(got.payload, want.payload) {
						t.Fatalf("got %v, want %v", got, want)
					}
					break
				}
			}
		})
	}
}

// A message in frames of one byte must cost neither time nor memory out of proportion.
func TestManySmallFragments(t *testing.T) {
	const size = 100_000
	h := serve(t, Options{}, nil)
	c := connect(t, h.Server)
	p := h.peer(t)
	sent := frame{opcode: opText, payload: []byte("a")}.bytes()
	sent = append(sent, bytes.Repeat(frame{opcode: 0, payload: []byte("a")}.bytes(), size-2)...)
	sent = append(sent, frame{opcode: 0, final: true, payload: []byte("a")}.bytes()...)
	c.write(sent)
	wait(t, p.arrived, "the first message") // pools and stacks have grown

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.write(sent)
	got := wait(t, p.arrived, "the message")
	runtime.ReadMemStats(&after)
	if got != strings.Repeat("a", size) {
		t.Errorf("got %d bytes, %.20q", len(got), got)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 10*size {
		t.Errorf("%d bytes were allocated for a message of %d", used, size)
	}
}

// A header that announces much is not believed.
func TestAnnouncedIsNotAllocated(t *testing.T) {
	const connections = 50
	h := serve(t, Options{}, nil)
	var clients []*client
	for range connections {
		c := connect(t, h.Server)
		h.peer(t)
		c.send(pingFrame("warm"))
		c.expect(frame{final: true, opcode: opPong, payload: []byte("warm")})
		clients = append(clients, c)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, c := range clients {
		c.write(append(clientHeader(0x80|opBinary, 9_999_999), make([]byte, 1000)...))
	}
	for until := time.Now().Add(patience); strings.Count(others(), "websocket.(*Conn).readMessage(") < connections; runtime.Gosched() {
		if time.Now().After(until) {
			t.Fatal("the messages did not begin")
		}
	}
	runtime.GC() // of the stacks just looked at
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+connections*20_000 {
		t.Errorf("the heap grew from %d to %d bytes for %d messages of which 1000 bytes came", before.HeapAlloc, after.HeapAlloc, connections)
	}
}

func TestMessageSizeLimit(t *testing.T) {
	const limit = 1000
	part := func(opcode byte, final bool, size int) []byte {
		return frame{opcode: opcode, final: final, payload: bytes.Repeat([]byte("a"), size)}.bytes()
	}
	tests := []struct {
		name string
		sent [][]byte
		ok   bool
	}{
		{"at the limit", [][]byte{part(opText, true, limit)}, true},
		{"at the limit in fragments", [][]byte{part(opText, false, limit-1), part(0, false, 1), part(0, true, 0)}, true},
		{"over the limit", [][]byte{part(opText, true, limit+1)}, false},
		{"announced", [][]byte{clientHeader(0x80|opBinary, limit+1)}, false},
		{"announced, huge", [][]byte{binary.BigEndian.AppendUint64([]byte{0x82, 0xff}, 1<<62), {1, 2, 3, 4}}, false},
		{"over the limit in fragments", [][]byte{part(opText, false, limit), part(0, true, 1)}, false},
		{"a long last fragment", [][]byte{part(opText, false, 1), part(0, true, 100_000)}, false},
		{"behind a ping", [][]byte{pingFrame("x").bytes(), part(opText, true, limit+1)}, false},
		{"glued to a ping", [][]byte{append(pingFrame("x").bytes(), part(opText, true, limit+1)...)}, false},
	}
	h := serve(t, Options{MaxMessageSize: limit}, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(t, h.Server)
			p := h.peer(t)
			for _, b := range tt.sent {
				c.write(b)
			}
			if tt.ok {
				if got := wait(t, p.arrived, "the message"); len(got) != limit {
					t.Errorf("%d bytes arrived", len(got))
				}
				return
			}
			c.expectClose(codeTooBig)
			asViolation(t, p.cause(), codeTooBig)
			if got := Reason(p.cause()); got != DropSize {
				t.Errorf("reason %s", got)
			}
		})
	}
}

// Transcripts v1-malformed-invalid-utf8 and v2-fragment-split-in-character. The neighbour is one that would break with a
// browser if the bytes were passed on.
func TestTextMustBeUTF8(t *testing.T) {
	h := serve(t, Options{}, nil)
	neighbour := connect(t, h.Server)
	theirs := h.peer(t)
	for _, bad := range [][]frame{
		{textFrame("\xff\xfe")},
		{textFrame("[\"\xc5\"]")},
		{textFrame("\xed\xa0\x80")}, // a surrogate
		{textFrame("\xf4\x90\x80\x80")},
		{textFrame("\xc0\x80")},
		{{opcode: opText, payload: []byte("\xc5")}, {opcode: 0, final: true, payload: []byte("x")}},
		{{opcode: opText, payload: []byte("ok")}, {opcode: 0, final: true, payload: []byte("\xc5")}},
	} {
		c := connect(t, h.Server)
		p := h.peer(t)
		c.send(bad...)
		if reason := c.expectClose(codeInvalidText); reason != "" {
			t.Errorf("reason %q", reason)
		}
		asViolation(t, p.cause(), codeInvalidText)
		if got := Reason(p.cause()); got != DropText {
			t.Errorf("reason %s", got)
		}
		if len(p.arrived) != 0 {
			t.Error("the message was delivered")
		}
	}
	neighbour.send(binaryFrame([]byte("\xff\xfe"))) // binary need not be text
	if got := wait(t, theirs.arrived, "a message"); got != "\xff\xfe" {
		t.Errorf("got %q", got)
	}
	neighbour.send(pingFrame("well"))
	neighbour.expect(frame{final: true, opcode: opPong, payload: []byte("well")})
}

func TestProtocolErrors(t *testing.T) {
	data := func(f frame) []byte { return f.bytes() }
	tests := map[string][]byte{
		"rsv1":                    data(frame{final: true, rsv: 4, opcode: opText, payload: []byte("[]")}),
		"rsv2":                    data(frame{final: true, rsv: 2, opcode: opText, payload: []byte("[]")}),
		"rsv3":                    data(frame{final: true, rsv: 1, opcode: opText, payload: []byte("[]")}),
		"rsv1 on a ping":          data(frame{final: true, rsv: 4, opcode: 9}),
		"opcode 3":                data(frame{final: true, opcode: 3, payload: []byte("x")}),
		"opcode 7":                data(frame{final: true, opcode: 7}),
		"opcode 11":               data(frame{final: true, opcode: 11, payload: []byte("x")}),
		"opcode 15":               data(frame{final: true, opcode: 15}),
		"fragmented ping":         data(frame{opcode: 9, payload: []byte("x")}),
		"fragmented close":        data(frame{opcode: opClose}),
		"ping of 126 bytes":       data(pingFrame(strings.Repeat("x", 126))),
		"continuation first":      data(frame{final: true, opcode: 0, payload: []byte("x")}),
		"message in a message":    append(data(frame{opcode: opText, payload: []byte("x")}), data(textFrame("y"))...),
		"no mask":                 append([]byte{0x81, 2}, "[]"...),
		"no mask, empty":          {0x81, 0},
		"no mask on a close":      {0x88, 2, 3, 0xe8},
		"negative length":         {0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4},
		"close with one byte":     data(frame{final: true, opcode: opClose, payload: []byte{3}}),
		"close with bad UTF-8":    data(byeFrame(1000, "\xff\xfe")),
		"close with code 0":       data(byeFrame(0, "")),
		"close with code 999":     data(byeFrame(999, "")),
		"close with code 1004":    data(byeFrame(1004, "")),
		"close with code 1005":    data(frame{final: true, opcode: opClose, payload: []byte{3, 0xed}}),
		"close with code 1006":    data(byeFrame(1006, "")),
		"close with code 1015":    data(byeFrame(1015, "")),
		"close with code 2999":    data(byeFrame(2999, "")),
		"close with code 5000":    data(byeFrame(5000, "")),
		"http":                    []byte("GET / HTTP/1.1\r\n\r\n"),
		"an error, and much more": append(data(frame{final: true, opcode: 3}), make([]byte, 300_000)...),
	}
	for name, sent := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t, Options{}, nil)
			c := connect(t, h.Server)
			p := h.peer(t)
			c.write(sent)
			c.expectClose(codeProtocol)
			_ = c.nc.Close()
			asViolation(t, p.cause(), codeProtocol)
			wait(t, p.ended, "the end")
			if p.summary.Reason != DropProtocol || p.summary.Code != codeProtocol {
				t.Errorf("summary %+v", p.summary)
			}
		})
	}
}

// The library reports the end of the network connection in the middle of a message as the message's end.
func TestTruncatedMessages(t *testing.T) {
	whole := append(textFrame(strings.Repeat("a", 2000)).bytes(), frame{opcode: opText, payload: []byte("abc")}.bytes()...)
	whole = append(whole, frame{final: true, opcode: 0, payload: []byte("def")}.bytes()...)
	h := serve(t, Options{}, nil)
	for cut := 0; cut < len(whole); cut += 1 + 6*(cut%2) {
		c := connect(t, h.Server)
		p := h.peer(t)
		c.write(whole[:cut])
		_ = c.nc.Close()
		cause := p.cause()
		if Reason(cause) != DropNetwork {
			t.Errorf("cut after %d bytes: cause is %v", cut, cause)
		}
		if got := len(p.arrived); got > 1 || got == 1 && cut < 2008 {
			t.Errorf("cut after %d bytes: %d messages", cut, got)
		}
	}
}

// A client that sends faster than the handler works is stopped by TCP, and costs no memory.
func TestFloodOfABlockingHandler(t *testing.T) {
	release := make(chan struct{})
	var handled atomic.Int64
	h := serve(t, Options{}, func(p *peer) {
		p.onMessage = func(_ *peer, data []byte, _ bool) error {
			handled.Add(int64(len(data)))
			<-release
			return nil
		}
	})
	c := connect(t, h.Server)
	p := h.peer(t)
	const total = 64 << 20
	piece := binaryFrame(make([]byte, 10_000)).bytes()
	sent, err := 0, error(nil)
	for sent < total && err == nil {
		_ = c.nc.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		var n int
		n, err = c.nc.Write(piece)
		sent += n
	}
	if sent >= total {
		t.Fatalf("the client could send %d bytes while the handler was busy", sent)
	}
	if handled.Load() != 10_000 {
		t.Errorf("the handler was given %d bytes", handled.Load())
	}
	_ = p.conn.nc.SetReadDeadline(time.Now()) // whatever the deadline did meanwhile
	_ = c.nc.Close()
	close(release)
	cause := p.cause()
	if Reason(cause) != DropNetwork {
		t.Errorf("cause is %v", cause)
	}
	wait(t, p.ended, "the end")
	if got := handled.Load(); got > int64(sent) || got < int64(sent)/2 {
		t.Errorf("%d bytes sent, %d handled", sent, got)
	}
}

// What the handler returns decides on the close frame.
func TestHandlerErrors(t *testing.T) {
	errBroken := errors.New("broken")
	tests := []struct {
		name   string
		handle func() error
		code   int
		reason string
		cause  error
		sorted DropReason
	}{
		{"an error", func() error { return errBroken }, codeFailed, "", errBroken, DropHandler},
		{"io.EOF", func() error { return io.EOF }, codeFailed, "", ErrHandler, DropHandler},
		{"a close error", func() error { return &CloseError{Code: 1012, Reason: "later"} }, 1012, "later", ErrClosed, DropServer},
		{"a wrapped one", func() error { return fmt.Errorf("x: %w", &CloseError{Code: 4123}) }, 4123, "", ErrClosed, DropServer},
		{"a panic", func() error { panic("oh") }, codeFailed, "", ErrHandler, DropHandler},
		{"its goroutine's end", func() error { runtime.Goexit(); return nil }, codeFailed, "", ErrHandler, DropHandler},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, Options{}, func(p *peer) {
				p.onMessage = func(p *peer, _ []byte, _ bool) error {
					p.conn.Send(message(p.t, "first"))
					return tt.handle()
				}
			})
			c := connect(t, h.Server)
			p := h.peer(t)
			c.send(textFrame("x"), textFrame("y"))
			c.expect(wire(message(t, "first")))
			if reason := c.expectClose(tt.code); reason != tt.reason {
				t.Errorf("reason %q", reason)
			}
			if cause := p.cause(); !errors.Is(cause, tt.cause) || Reason(cause) != tt.sorted {
				t.Errorf("cause %v (%s)", cause, Reason(cause))
			}
		})
	}
}

// A handler that panics in Closed, or ends its goroutine there, takes nobody with it.
func TestClosedDoesNotReturn(t *testing.T) {
	for name, last := range map[string]func(){
		"a panic":             func() { panic("oh") },
		"its goroutine's end": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				book := newPeer(t)
				conn := accepted(t, ours, book, Options{})
				go conn.Serve(leaver{last})
				conn.Close(1001, "")
				c := &client{t: t, nc: theirs, br: bufio.NewReader(theirs)}
				c.expectClose(1001)
				_ = theirs.Close()
				<-book.ended
				if book.summary.Code != 1001 {
					t.Errorf("summary %+v", book.summary)
				}
			})
		})
	}
}

// A leaver does something else than to return from Closed.
type leaver struct{ last func() }

func (l leaver) Message([]byte, bool) error { return nil }
func (l leaver) Closed(error)               { l.last() }

// Wherever a client stops but inside a message, the connection waits in one of two places: in a Peek of step's or, when it
// has been quiet, asleep. It does not wait in the library.
func TestParkingPlaces(t *testing.T) {
	h := serve(t, Options{}, nil)
	c := connect(t, h.Server)
	p := h.peer(t)
	parked := func() {
		t.Helper()
		for until := time.Now().Add(patience); ; runtime.Gosched() {
			stacks := others()
			if (strings.Contains(stacks, "bufio.(*Reader).Peek(") || strings.Contains(stacks, "websocket.(*Conn).sleep(")) && !strings.Contains(stacks, "websocket.library.next(") {
				return
			}
			if time.Now().After(until) {
				t.Fatalf("parked elsewhere:\n%s", stacks)
			}
		}
	}
	parked()
	c.send(textFrame("x"))
	wait(t, p.arrived, "a message")
	parked()
	c.send(pingFrame("x"))
	c.expect(frame{final: true, opcode: opPong, payload: []byte("x")})
	parked()
	c.write(pingFrame(strings.Repeat("x", 125)).bytes()[:60])
	parked()
	c.write(pingFrame(strings.Repeat("x", 125)).bytes()[60:])
	c.expect(frame{final: true, opcode: opPong, payload: []byte(strings.Repeat("x", 125))})
	parked()
	c.send(frame{final: true, opcode: opPong})
	c.send(textFrame("y"))
	if got := wait(t, p.arrived, "a message"); got != "y" {
		t.Errorf("got %q", got)
	}
	parked()
}
