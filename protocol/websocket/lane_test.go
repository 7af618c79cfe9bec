//go:build unix

package websocket

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A ledger says who wrote how often through a lane.
type ledger struct {
	mu    sync.Mutex
	lines []string
}

func (l *ledger) written() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// watched notes each write of a lane to a connection. If it is full, nothing is taken.
type watched struct {
	syscall.RawConn
	ledger *ledger
	name   string
	full   bool
	during func() // is called while the first write is under way
}

func (w *watched) Write(once func(uintptr) bool) error {
	w.ledger.mu.Lock()
	w.ledger.lines = append(w.ledger.lines, w.name)
	w.ledger.mu.Unlock()
	if during := w.during; during != nil {
		w.during = nil
		during()
	}
	if w.full {
		return nil
	}
	return w.RawConn.Write(once)
}

// A held lane does not start before it is told to.
func held() *lane {
	l := &newLanes(1)[0]
	l.running = true
	return l
}

// onLane is a connection on a lane of the test's.
func onLane(t *testing.T, h *host, l *lane, book *ledger, name string) (*client, *peer, *watched) {
	t.Helper()
	c := connect(t, h.Server)
	p := h.peer(t)
	p.conn.mu.Lock()
	defer p.conn.mu.Unlock()
	w := &watched{RawConn: p.conn.raw, ledger: book, name: name}
	p.conn.raw, p.conn.lane = w, l
	return c, p, w
}

// narrow makes the system take little of what is written to the connection and not read.
func narrow(t *testing.T, p *peer) {
	t.Helper()
	if err := p.conn.nc.(*net.TCPConn).SetWriteBuffer(32 << 10); err != nil {
		t.Fatal(err)
	}
}

// A connection with much to write has its turn, and so have the others: nobody waits for the end of its queue.
func TestLaneIsFair(t *testing.T) {
	h := serve(t, Options{MaxQueuedBytes: 8 << 20}, nil)
	l, book := held(), new(ledger)
	greedy, busy, _ := onLane(t, h, l, book, "busy")
	var others []*client
	for range maxBatch / 1000 * 5 {
		busy.conn.Send(message(t, strings.Repeat("x", 1000)))
	}
	for i := range 3 {
		c, p, _ := onLane(t, h, l, book, fmt.Sprint(i))
		p.conn.Send(message(t, "one"))
		others = append(others, c)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range maxBatch / 1000 * 5 {
			greedy.expect(wire(message(t, strings.Repeat("x", 1000))))
		}
	}()
	l.run()
	for _, c := range others {
		c.expect(wire(message(t, "one")))
	}
	wait(t, done, "what was queued for the busy one")
	got := book.written()
	if len(got) < 4 || !slices.Equal(got[:4], []string{"busy", "0", "1", "2"}) {
		t.Errorf("turns %v", got)
	}
	if l.running || l.first != nil || l.last != nil {
		t.Error("the lane has not ended")
	}
}

// One long frame does not hold up those behind it: it is not for the lane.
func TestLongFrameLeavesTheLane(t *testing.T) {
	h := serve(t, Options{}, nil)
	l, book := held(), new(ledger)
	c, p, _ := onLane(t, h, l, book, "long")
	other, q, _ := onLane(t, h, l, book, "short")
	long := message(t, strings.Repeat("x", 8_000_000))
	p.conn.Send(message(t, "before"))
	p.conn.Send(long)
	p.conn.Send(message(t, "behind"))
	p.conn.Close(1001, "")
	q.conn.Send(message(t, "one"))
	l.run()
	other.expect(wire(message(t, "one")))
	c.expect(wire(message(t, "before")))
	c.expect(wire(long))
	c.expect(wire(message(t, "behind")))
	c.expectClose(1001)
	_ = c.nc.Close()
	wait(t, p.ended, "the end")
	if got := book.written(); !slices.Equal(got, []string{"long", "short"}) {
		t.Errorf("turns %v", got)
	}
	for _, send := range []func(*Conn, protocol.Frame){(*Conn).Send, (*Conn).Reply} { // it alone
		l.running = true // held again
		c, p, _ := onLane(t, h, l, book, "long alone")
		send(p.conn, long)
		l.run()
		c.expect(wire(long))
	}
	if got := book.written(); len(got) != 2 {
		t.Errorf("turns %v", got)
	}
	if want := int64(len(long.WebSocket()) + len(message(t, "before").WebSocket()) + len(message(t, "behind").WebSocket()) + 4); p.summary.Sent != want {
		t.Errorf("%d bytes counted, %d sent", p.summary.Sent, want)
	}
}

// What a connection does not take at once goes on where it stopped, in order with what comes behind it, a pong included;
// every byte is counted once; and the others on the lane do not wait.
func TestLaneLeavesTheRest(t *testing.T) {
	for _, size := range []int{100, 3000, 50_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			h := serve(t, Options{MaxQueuedBytes: 8 << 20}, nil)
			l, book := held(), new(ledger)
			c, p, _ := onLane(t, h, l, book, "slow")
			narrow(t, p)
			quick, q, _ := onLane(t, h, l, book, "quick")
			var sent []protocol.Frame
			total := 0
			for i := range 1_000_000 / size {
				f := message(t, fmt.Sprint(i, strings.Repeat("x", size)))
				sent = append(sent, f)
				total += len(f.WebSocket())
				p.conn.Send(f)
			}
			q.conn.Send(message(t, "one"))
			l.run() // to the end, though the slow one reads nothing
			quick.expect(wire(message(t, "one")))
			c.send(pingFrame("x"))
			pongs := 0
			for _, f := range sent {
				got, err := c.next()
				if err == nil && got.opcode == opPong {
					pongs++
					got, err = c.next()
				}
				if err != nil || !bytes.Equal(got.payload, f.Bytes()) {
					t.Fatalf("got (%v), %v; want %.40q", got, err, f.Bytes())
				}
			}
			if pongs == 0 { // the ping came late
				c.expect(frame{final: true, opcode: opPong, payload: []byte("x")})
				pongs++
			}
			p.conn.Close(1001, "")
			c.expectClose(1001)
			_ = c.nc.Close()
			wait(t, p.ended, "the end")
			if want := int64(total + 4 + pongs*3); pongs != 1 || p.summary.Sent != want {
				t.Errorf("%d bytes counted, %d sent; %d pongs", p.summary.Sent, want, pongs)
			}
			if got := book.written(); got[0] != "slow" || !slices.Contains(got[:3], "quick") {
				t.Errorf("turns %.10v", got)
			}
		})
	}
}

// The same where nothing at all is taken, and what is queued meanwhile comes behind.
func TestLaneIsRefused(t *testing.T) {
	h := serve(t, Options{}, nil)
	l, book := held(), new(ledger)
	c, p, w := onLane(t, h, l, book, "full")
	w.full = true
	p.conn.Send(message(t, "one"))
	p.conn.Send(message(t, "two"))
	l.run()
	l.running = true // held again
	p.conn.Send(message(t, "three"))
	l.run()
	for _, want := range []string{"one", "two", "three"} {
		c.expect(wire(message(t, want)))
	}
	for until := time.Now().Add(patience); ; runtime.Gosched() {
		p.conn.mu.Lock()
		idle := p.conn.out == nil && !p.conn.writing
		p.conn.mu.Unlock()
		if idle {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the queue is not given back")
		}
	}
	w.full = false
	l.running = true
	p.conn.Send(message(t, "back on the lane"))
	l.run()
	c.expect(wire(message(t, "back on the lane")))
	if got := book.written(); len(got) < 2 || got[len(got)-1] != "full" {
		t.Errorf("turns %v", got)
	}
}

// One frame needs no queue. It gets one, and is the first of it, as soon as something else is to go out before it has,
// and also if it is not taken, or not whole.
func TestLaneWritesOneFrame(t *testing.T) {
	pong := []byte{0x80 | opPong, 1, 'p'}
	for _, taken := range []string{"all", "part", "nothing"} {
		for _, when := range []string{"before", "during", "after"} {
			t.Run(fmt.Sprintf("more %s, %s is taken", when, taken), func(t *testing.T) {
				h := serve(t, Options{}, nil)
				l, book := held(), new(ledger)
				c, p, w := onLane(t, h, l, book, "x")
				w.full = taken == "nothing"
				more := func() {
					p.conn.pong(pong)
					p.conn.Send(message(t, "two"))
					p.conn.Close(1001, "")
				}
				p.conn.Send(message(t, "one"))
				if p.conn.out != nil {
					t.Error("a queue for one frame")
				}
				if when == "before" {
					more()
				}
				w.during = func() {
					if taken == "part" {
						l.try.b = l.try.b[:2]
					}
					if when == "during" {
						more()
					}
				}
				l.run()
				if when == "after" {
					l.running = true // held again
					more()
					l.run()
				}
				want := []frame{wire(message(t, "one")), {final: true, opcode: opPong, payload: []byte("p")}, wire(message(t, "two"))}
				if when == "before" { // a pong is before everything else
					want[0], want[1] = want[1], want[0]
				}
				for _, f := range want {
					c.expect(f)
				}
				c.expectClose(1001)
				_ = c.nc.Close()
				wait(t, p.ended, "the end")
				total := int64(len(message(t, "one").WebSocket()) + len(pong) + len(message(t, "two").WebSocket()) + 4)
				if p.summary.Sent != total {
					t.Errorf("%d bytes counted, %d sent", p.summary.Sent, total)
				}
				if got := book.written(); taken == "all" && when == "before" && len(got) != 1 {
					t.Errorf("%d writes", len(got))
				}
			})
		}
	}
}

// A connection that was cut off while it waited for its turn harms nobody.
func TestLaneMeetsADeadConnection(t *testing.T) {
	h := serve(t, Options{}, nil)
	l, book := held(), new(ledger)
	_, dead, _ := onLane(t, h, l, book, "dead")
	c, p, _ := onLane(t, h, l, book, "alive")
	dead.conn.Send(message(t, "into the void"))
	dead.conn.cut()
	p.conn.Send(message(t, "one"))
	l.run()
	c.expect(wire(message(t, "one")))
	if cause := dead.cause(); Reason(cause) != DropNetwork {
		t.Errorf("cause %v", cause)
	}
	wait(t, dead.ended, "the end")
}

// A slow client is found out on a lane as well: Send does not block, and the queue is cut off.
func TestSlowClientOnALane(t *testing.T) {
	h := serve(t, Options{MaxQueuedBytes: 100_000}, nil)
	connect(t, h.Server)
	p := h.peer(t)
	narrow(t, p)
	f := message(t, strings.Repeat("x", 1000))
	for until := time.Now().Add(patience); !p.conn.closing.Load(); {
		p.conn.Send(f)
		if time.Now().After(until) {
			t.Fatal("not found to be slow")
		}
	}
	if cause := p.cause(); cause != ErrSlow {
		t.Errorf("cause %v", cause)
	}
	wait(t, p.ended, "the end")
}

// Lanes end when they have nothing to write.
func TestLanesEnd(t *testing.T) {
	h := serve(t, Options{}, nil)
	for range 3 * len(lanes) {
		c := connect(t, h.Server)
		p := h.peer(t)
		if p.conn.lane == nil {
			t.Fatal("a TCP connection without a lane")
		}
		p.conn.Send(message(t, "x"))
		c.expect(wire(message(t, "x")))
	}
	for until := time.Now().Add(patience); strings.Contains(others(), "websocket.(*lane)"); runtime.Gosched() {
		if time.Now().After(until) {
			t.Fatalf("a lane goes on:\n%s", others())
		}
	}
}

// Connections that come in turns, a busy one and then quiet ones, do not have the busy ones on one lane.
func TestLanesAreNotDealtByTurn(t *testing.T) {
	busy := make(map[*lane]bool)
	for i := range 100 * len(lanes) * len(lanes) {
		if l := anyLane(); i%len(lanes) == 0 {
			busy[l] = true
		}
	}
	if len(busy) != len(lanes) {
		t.Errorf("%d lanes are used of %d", len(busy), len(lanes))
	}
}

// Whatever is no bare socket has a writer of its own.
func TestWrappedConnectionsHaveNoLane(t *testing.T) {
	h := serveTLS(t, Options{}, nil)
	connect(t, h.Server)
	if h.peer(t).conn.lane != nil {
		t.Error("TLS on a lane")
	}
	for _, nc := range []net.Conn{&tap{}, struct{ net.Conn }{}, struct{ *net.TCPConn }{}} {
		if rawOf(nc) != nil {
			t.Errorf("%T on a lane", nc)
		}
	}
}

// Sending takes no memory, and starts a lane without any. Nor does a reply.
func TestSendAllocatesNothing(t *testing.T) {
	for name, send := range map[string]func(*Conn, protocol.Frame){"Send": (*Conn).Send, "Reply": (*Conn).Reply} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, Options{}, nil)
			c := connect(t, h.Server)
			p := h.peer(t)
			f := message(t, "x")
			answer := make([]byte, len(f.WebSocket()))
			round := func() {
				send(p.conn, f)
				if _, err := io.ReadFull(c.br, answer); err != nil {
					t.Fatal(err)
				}
			}
			round()
			if n := testing.AllocsPerRun(1000, round); n >= 1 {
				t.Errorf("%v allocations for each frame", n)
			}
		})
	}
}

// Nor does sending with a queue: that comes from a pool.
func TestQueueingAllocatesNothing(t *testing.T) {
	h := serve(t, Options{}, nil)
	l := held()
	c, p, w := onLane(t, h, l, new(ledger), "x")
	p.conn.raw = w.RawConn // nothing is noted
	f := message(t, "x")
	answer := make([]byte, 2*len(f.WebSocket()))
	round := func() {
		l.running = true // held again
		p.conn.Send(f)
		p.conn.Send(f)
		if p.conn.out == nil {
			t.Fatal("no queue")
		}
		l.run()
		if _, err := io.ReadFull(c.br, answer); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(1000, round); n >= 1 {
		t.Errorf("%v allocations for each pair of frames", n)
	}
}
