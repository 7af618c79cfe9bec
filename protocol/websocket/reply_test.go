//go:build unix

package websocket

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A reply is out when Reply returns, and needs nobody else for that.
func TestReply(t *testing.T) {
	h := serve(t, Options{}, nil)
	l, book := held(), new(ledger)
	c, p, _ := onLane(t, h, l, book, "writes")
	for i := range 3 {
		p.conn.Reply(message(t, fmt.Sprint(i)))
		c.expect(wire(message(t, fmt.Sprint(i))))
		if got := book.written(); len(got) != i+1 || l.first != nil || p.conn.writing || p.conn.out != nil {
			t.Errorf("writes %v, still writing %t, a queue %v", got, p.conn.writing, p.conn.out)
		}
	}
	p.conn.Reply(protocol.Frame{}) // nothing
	p.conn.Close(1001, "")
	p.conn.Reply(message(t, "too late"))
	l.run()
	c.expectClose(1001)
	_ = c.nc.Close()
	wait(t, p.ended, "the end")
	if want := int64(3*len(message(t, "0").WebSocket()) + 4); p.summary.Sent != want {
		t.Errorf("%d bytes counted, %d sent", p.summary.Sent, want)
	}
}

// Replies that cannot go out at once, or had better not, go out in order all the same: behind what is queued, to a client
// that has sent more than one message, over a connection without a lane.
func TestReplyWaits(t *testing.T) {
	t.Run("behind what is queued", func(t *testing.T) {
		h := serve(t, Options{}, nil)
		l, book := held(), new(ledger)
		c, p, _ := onLane(t, h, l, book, "x")
		p.conn.Send(message(t, "one"))
		p.conn.Reply(message(t, "two"))
		if got := book.written(); len(got) != 0 {
			t.Errorf("writes %v", got)
		}
		l.run()
		c.expect(wire(message(t, "one")))
		c.expect(wire(message(t, "two")))
	})
	t.Run("several messages at once", func(t *testing.T) {
		h := serve(t, Options{}, func(p *peer) {
			p.onMessage = func(p *peer, data []byte, _ bool) error {
				p.conn.Reply(message(p.t, string(data)))
				return nil
			}
		})
		l, book := held(), new(ledger)
		c, p, _ := onLane(t, h, l, book, "x")
		c.send(textFrame("one"), textFrame("two"), textFrame("three"), pingFrame("x"))
		for until := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			p.conn.mu.Lock()
			answered := p.conn.out != nil && p.conn.out.pong != nil
			p.conn.mu.Unlock()
			if answered {
				break
			}
			if time.Now().After(until) {
				t.Fatal("the messages were not dealt with")
			}
		}
		l.run()
		c.expect(frame{final: true, opcode: opPong, payload: []byte("x")})
		for _, want := range []string{"one", "two", "three"} {
			c.expect(wire(message(t, want)))
		}
		if got := book.written(); len(got) != 1 {
			t.Errorf("%d writes", len(got))
		}
	})
	t.Run("no lane", func(t *testing.T) {
		h := serveTLS(t, Options{}, nil)
		c := connect(t, h.Server)
		p := h.peer(t)
		for _, s := range []string{"one", "two"} {
			p.conn.Reply(message(t, s))
			c.expect(wire(message(t, s)))
		}
	})
}

// What the connection does not take is left to a writer of its own: Reply does not wait for the client.
func TestReplyLeavesTheRest(t *testing.T) {
	for _, size := range []int{1000, maxBatch / 2, 4_000_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			h := serve(t, Options{MaxQueuedBytes: 64 << 20}, nil)
			c := connect(t, h.Server)
			p := h.peer(t)
			narrow(t, p)
			var sent []protocol.Frame
			total := 0
			for i := range 8_000_000 / size {
				f := message(t, fmt.Sprint(i, strings.Repeat("x", size)))
				p.conn.Reply(f) // the client reads nothing
				sent = append(sent, f)
				total += len(f.WebSocket())
			}
			for _, f := range sent {
				got, err := c.next()
				if err != nil || !bytes.Equal(got.payload, f.Bytes()) {
					t.Fatalf("got (%v), %v; want %.40q", got, err, f.Bytes())
				}
			}
			p.conn.Close(1001, "")
			c.expectClose(1001)
			_ = c.nc.Close()
			wait(t, p.ended, "the end")
			if p.summary.Sent != int64(total+4) {
				t.Errorf("%d bytes counted, %d sent", p.summary.Sent, total+4)
			}
		})
	}
}

// Whoever else sends meanwhile is not overtaken, and does not overtake.
func TestReplyAndSendAtOnce(t *testing.T) {
	h := serve(t, Options{MaxQueuedBytes: 64 << 20}, nil)
	c := connect(t, h.Server)
	p := h.peer(t)
	const each = 2000
	var senders sync.WaitGroup
	for i, send := range []func(protocol.Frame){p.conn.Send, p.conn.Reply, p.conn.Reply} {
		senders.Go(func() {
			for j := range each {
				send(message(t, fmt.Sprintf("%d %d", i, j)))
			}
		})
	}
	next := map[string]int{}
	for range 3 * each {
		got, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		who := -1
		for i := range 3 {
			if bytes.Equal(got.payload, message(t, fmt.Sprintf("%d %d", i, next[fmt.Sprint(i)])).Bytes()) {
				who = i
			}
		}
		if who < 0 {
			t.Fatalf("out of turn: %s; next were %v", got.payload, next)
		}
		next[fmt.Sprint(who)]++
	}
	senders.Wait()
}
