package websocket

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A tap is a network connection that counts the writes, and holds them up while its gate is shut.
type tap struct {
	net.Conn
	gate sync.Mutex

	mu     sync.Mutex
	writes [][]byte
	fail   error
}

func (c *tap) Write(b []byte) (int, error) {
	c.gate.Lock()
	defer c.gate.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return 0, c.fail
	}
	c.writes = append(c.writes, bytes.Clone(b))
	return len(b), nil
}

func (c *tap) written() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// tapped is a connection whose writes are seen.
func tapped(t *testing.T, o Options) (*tap, *client, *peer) {
	ours, theirs := net.Pipe()
	w := &tap{Conn: ours}
	return w, &client{t: t, nc: theirs}, over(t, w, o, nil)
}

// Whatever is queued when the writer comes to it is one write.
func TestWritesCoalesce(t *testing.T) {
	w, c, p := tapped(t, Options{})
	w.gate.Lock()
	var want []byte
	for i := range 1000 {
		f := message(t, fmt.Sprint(i))
		p.conn.Send(f)
		want = append(want, f.WebSocket()...)
	}
	if len(want) > maxBatch {
		t.Fatal("the test's frames are too long for one write")
	}
	w.gate.Unlock()
	for until := time.Now().Add(patience); len(bytes.Join(w.written(), nil)) < len(want); {
		if time.Now().After(until) {
			t.Fatal("not everything was written")
		}
	}
	if got := w.written(); !bytes.Equal(bytes.Join(got, nil), want) {
		t.Error("what was written is not what was sent")
	} else if len(got) > 2 { // the writer may have taken some frames before the rest was there
		t.Errorf("1000 frames took %d writes", len(got))
	}
	_ = c.nc.Close()
	<-p.ended
}

// The same where writes are real, with and without writev: everything arrives in order, at all batch sizes.
func TestBursts(t *testing.T) {
	for name, start := range map[string]func(testing.TB, Options, func(*peer)) *host{"tcp": serve, "tls": serveTLS} {
		t.Run(name, func(t *testing.T) {
			h := start(t, Options{MaxQueuedBytes: 64 << 20}, nil)
			c := connect(t, h.Server)
			p := h.peer(t)
			for _, burst := range []int{1, 2, 3, maxVectors - 1, maxVectors, maxVectors + 1, 500, 3000} {
				for i := range burst {
					p.conn.Send(message(t, fmt.Sprint("short ", i)))
				}
				for i := range burst {
					c.expect(wire(message(t, fmt.Sprint("short ", i))))
				}
			}
			var frames []protocol.Frame
			for i, size := range []int{10, 70_000, 100, 60_000, 60_000, maxBatch, 8_000_000, 5, 5, 65_000} {
				f := message(t, fmt.Sprint(i, strings.Repeat("x", size)))
				frames = append(frames, f)
				p.conn.Send(f)
			}
			for _, f := range frames {
				c.expect(wire(f))
			}
		})
	}
}

// A frame is shared by connections that write it at the same time: it must come out of that unchanged.
func TestFramesAreNotChanged(t *testing.T) {
	h := serve(t, Options{}, nil)
	f, g := message(t, "shared"), message(t, strings.Repeat("and long", 20_000))
	before := append(bytes.Clone(f.WebSocket()), g.WebSocket()...)
	var clients []*client
	var peers []*peer
	for range 20 {
		clients = append(clients, connect(t, h.Server))
		peers = append(peers, h.peer(t))
	}
	for range 5 {
		for _, p := range peers {
			p.conn.Send(f)
			p.conn.Send(g)
			p.conn.Send(f)
		}
	}
	for _, c := range clients {
		for range 5 {
			c.expect(wire(f))
			c.expect(wire(g))
			c.expect(wire(f))
		}
	}
	if !bytes.Equal(append(bytes.Clone(f.WebSocket()), g.WebSocket()...), before) {
		t.Error("the frame was changed")
	}
}

func TestSendNothing(t *testing.T) {
	h := serve(t, Options{}, nil)
	c := connect(t, h.Server)
	p := h.peer(t)
	p.conn.Send(protocol.Frame{})
	p.conn.Send(message(t, "something"))
	c.expect(wire(message(t, "something")))
}

// A client that does not read is dropped; nobody else notices, and nobody waits for it.
func TestSlowClient(t *testing.T) {
	h := serve(t, Options{}, func(p *peer) {
		_ = p.conn.nc.(*net.TCPConn).SetWriteBuffer(32 << 10)
	})
	slow := connect(t, h.Server)
	victim := h.peer(t)
	var others []*client
	var peers []*peer
	for range 3 {
		others = append(others, connect(t, h.Server))
		peers = append(peers, h.peer(t))
	}
	const broadcasts = 1000
	f := message(t, strings.Repeat("x", 16<<10))
	arrived := make(chan error, len(others))
	for _, c := range others {
		go func() {
			for range broadcasts {
				if got, err := c.next(); err != nil || !bytes.Equal(got.payload, f.Bytes()) {
					arrived <- fmt.Errorf("got %v, %v", got, err)
					return
				}
			}
			arrived <- nil
		}()
	}
	for range broadcasts {
		victim.conn.Send(f)
		for _, p := range peers {
			for { // the others keep up: that they are not dropped must not depend on the machine
				p.conn.mu.Lock()
				waiting := p.conn.out != nil && p.conn.out.size > 512<<10
				p.conn.mu.Unlock()
				if !waiting {
					break
				}
				time.Sleep(time.Millisecond)
			}
			p.conn.Send(f)
		}
	}
	start := time.Now()
	for range others {
		if err := wait(t, arrived, "the broadcasts"); err != nil {
			t.Error(err)
		}
	}
	if cause := victim.cause(); cause != ErrSlow || Reason(cause) != DropSlow {
		t.Errorf("cause %v", cause)
	}
	wait(t, victim.ended, "the end")
	if took := time.Since(start); took > DefaultFlushTimeout+2*time.Second {
		t.Errorf("dropped after %v", took)
	}
	if s := victim.summary; s.Code != codeSlow || s.Sent == 0 || s.Sent > broadcasts*int64(len(f.WebSocket()))/2 {
		t.Errorf("summary %+v", s)
	}
	for last := (frame{}); ; { // whole frames, then the cut
		got, err := slow.next()
		if err != nil {
			// If the system had room for all that was under way, it may end in order. It is not left with what the client
			// would not take.
			if !errors.Is(err, syscall.ECONNRESET) && (err != io.EOF || last.opcode != opClose) {
				t.Errorf("the stream ends with %v behind a frame (%v)", err, last)
			}
			break
		}
		last = got
		if got.opcode == opText && !bytes.Equal(got.payload, f.Bytes()) {
			t.Fatalf("a damaged frame: %v", got)
		}
	}
}

// Dropped for being slow: what the writer is at may end, what waits is forgotten, and the close frame names the limit.
func TestOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{MaxQueuedBytes: 1000}, nil)
		f := message(t, strings.Repeat("x", 300))
		for range 10 {
			p.conn.Send(f)
			synctest.Wait()
		}
		if cause := p.cause(); cause != ErrSlow {
			t.Errorf("cause %v", cause)
		}
		time.Sleep(DefaultFlushTimeout - 1)
		c.expect(wire(f))
		got, err := c.next()
		if err != nil || got.opcode != opClose || string(got.payload) != "\x03\xf5client reads too slowly: more than 1000 bytes queued" {
			t.Errorf("got %v, %v", got, err)
		}
		c.expectEnd()
		<-p.ended
	})
}

// The same with a client that does not read at all: the cut.
func TestOverflowIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{MaxQueuedBytes: 1000}, nil)
		f := message(t, strings.Repeat("x", 300))
		start := time.Now()
		for range 10 {
			p.conn.Send(f)
		}
		<-p.ended
		if took := time.Since(start); took != DefaultFlushTimeout {
			t.Errorf("cut after %v", took)
		}
		c.expectEnd()
	})
}

// A long download is not an overflow, neither when it starts nor when others are sent behind it.
func TestLongFrameIsNoOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{}, nil)
		short, long := message(t, "short"), message(t, strings.Repeat("x", 8_000_000))
		for _, f := range []protocol.Frame{short, long, short, short} {
			p.conn.Send(f)
		}
		time.Sleep(10 * time.Second)
		for _, f := range []protocol.Frame{short, long, short, short} {
			c.expect(wire(f))
		}
		p.conn.Close(1001, "")
		c.send(byeFrame(1001, ""))
		<-p.ended
	})
}

// A ping in the middle of a slow download is answered between two frames, as soon as the one under way has gone out, and
// however long that takes. Of several pings the last is answered.
func TestPingDuringASlowDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{IdleTimeout: -1, MaxQueuedBytes: 8 << 20}, nil)
		f := message(t, strings.Repeat("x", 1_000_000))
		const frames = 8
		for range frames {
			p.conn.Send(f)
		}
		read := make(chan frame)
		go func() {
			defer close(read)
			slow := &client{t: t, nc: c.nc}
			slow.br = newSlowReader(c.nc, 100_000) // 10 s a frame
			for {
				got, err := slow.next()
				if err != nil || got.opcode == opClose {
					return
				}
				read <- got
			}
		}()
		time.Sleep(5 * time.Second)
		for _, ping := range []string{"one", "two", "three"} {
			c.send(pingFrame(ping))
			synctest.Wait()
		}
		c.send(textFrame("the server still reads"))
		if got := <-p.arrived; got != "the server still reads" {
			t.Errorf("got %q", got)
		}
		for i := range frames + 1 {
			got := <-read
			switch {
			case i == 1 && (got.opcode != opPong || string(got.payload) != "three"):
				t.Errorf("behind the first frame comes %v", got)
			case i != 1 && !bytes.Equal(got.payload, f.Bytes()):
				t.Errorf("frame %d is %v", i, got)
			}
		}
		p.conn.Close(1001, "")
		c.send(byeFrame(1001, ""))
		<-p.ended
		<-read
	})
}

// The same with one frame of 8 MB: the connection outlives the library's patience of 5 s for each pong.
func TestPingDuringOneLongFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{IdleTimeout: -1}, nil)
		f := message(t, strings.Repeat("x", 8_000_000))
		p.conn.Send(f)
		time.Sleep(time.Second)
		for range 10 {
			c.send(pingFrame("still there?"))
			time.Sleep(6 * time.Second)
		}
		c.expect(wire(f))
		c.expect(frame{final: true, opcode: opPong, payload: []byte("still there?")})
		c.send(byeFrame(1000, ""))
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xe8}})
		<-p.ended
	})
}

// The same on a real connection, where the system's buffers come in between.
func TestPingDuringADownloadOverTCP(t *testing.T) {
	h := serve(t, Options{MaxQueuedBytes: 16 << 20}, func(p *peer) {
		_ = p.conn.nc.(*net.TCPConn).SetWriteBuffer(64 << 10)
	})
	c := connect(t, h.Server)
	p := h.peer(t)
	f := message(t, strings.Repeat("x", 1_000_000))
	const frames = 16
	for range frames {
		p.conn.Send(f)
	}
	c.send(pingFrame("hello"), textFrame("read"))
	wait(t, p.arrived, "the message behind the ping")
	pong := -1
	for i := range frames + 1 {
		got, err := c.next()
		switch {
		case err != nil:
			t.Fatal(err)
		case got.opcode == opPong:
			pong = i
		case !bytes.Equal(got.payload, f.Bytes()):
			t.Fatalf("frame %d is %v", i, got)
		}
	}
	if pong < 0 || pong == frames {
		t.Errorf("the pong came at place %d of %d", pong, frames+1)
	}
}

// A network that breaks while it is written to ends the connection, though the reader sees nothing.
func TestWriteError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c, p := tapped(t, Options{})
		w.fail = errors.New("no route")
		p.conn.Send(message(t, "x"))
		if cause := p.cause(); !errors.Is(cause, w.fail) || Reason(cause) != DropNetwork {
			t.Errorf("cause %v", cause)
		}
		<-p.ended
		if _, err := c.nc.Write([]byte("x")); err == nil {
			t.Error("the connection is still open")
		}
	})
}

// Senders, closers and clients at once; for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	h := serve(t, Options{MaxQueuedBytes: 20_000}, echo)
	f := message(t, strings.Repeat("x", 3000))
	var all sync.WaitGroup
	for i := range 40 {
		c := connect(t, h.Server)
		p := h.peer(t)
		for range 3 {
			all.Go(func() {
				for range 50 {
					p.conn.Send(f)
				}
			})
		}
		all.Go(func() {
			for j := range 20 {
				if _, err := c.nc.Write(append(pingFrame("p").bytes(), textFrame("t").bytes()...)); err != nil {
					return
				}
				if i%4 == 0 && j == 10 {
					p.conn.Close(1001, "")
				}
			}
			if i%4 == 1 {
				_, _ = c.nc.Write(byeFrame(1000, "").bytes())
			}
			if i%4 == 2 {
				_ = c.nc.Close()
			}
		})
		all.Go(func() {
			for {
				if _, err := c.next(); err != nil {
					_ = c.nc.Close()
					return
				}
			}
		})
		all.Go(func() {
			if i%4 == 3 {
				time.Sleep(10 * time.Millisecond)
				_ = c.nc.Close()
			}
			<-p.ended
		})
	}
	all.Wait()
}
