package websocket

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"syscall"
)

// A lane is a goroutine that writes for many connections in turn, a batch each, and waits for none of them: a broadcast to
// thousands would otherwise start a goroutine for each. What a connection does not take at once, and what would hold up
// the others, is left to a goroutine of the connection's own. So is every error: it will come again there.
//
// Lanes are for connections that can be written to without waiting (lane_unix.go). They belong to the process, because
// they are as many as its processors, and end when there is nothing to write.
type lane struct {
	mu          sync.Mutex
	first, last *outbox // those with something to write, one behind the other
	running     bool
	start       func() // run; made once, so that starting a lane takes no memory

	attempt attempt // the running lane's

	_ [64]byte // lanes are side by side: a processor shall not wait for another's
}

var lanes = newLanes(runtime.GOMAXPROCS(0))

func newLanes(n int) []lane {
	all := make([]lane, n)
	for i := range all {
		l := &all[i]
		l.start = l.run
		l.attempt.write = l.attempt.once
	}
	return all
}

// anyLane picks a lane by chance. If they were dealt by turn, the busy ones of connections that are made in turns with
// quiet ones would all be on the same.
func anyLane() *lane { return &lanes[rand.Uint32N(uint32(len(lanes)))] }

// add puts a queue at the end of the line.
func (l *lane) add(o *outbox) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.first = o
	} else {
		l.last.behind = o
	}
	l.last = o
	if !l.running {
		l.running = true
		go l.start()
	}
}

// next takes the first in line, nil if there is none: then the lane ends.
func (l *lane) next() *outbox {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.first
	if o == nil {
		l.running = false
		return nil
	}
	l.first, o.behind = o.behind, nil
	if l.first == nil {
		l.last = nil
	}
	return o
}

func (l *lane) run() {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	for o := l.next(); o != nil; o = l.next() {
		o.conn.writeTurn(l, *buf)
	}
}

// writeTurn writes one batch, as far as the connection takes it at once.
func (c *Conn) writeTurn(l *lane, joined []byte) {
	c.mu.Lock()
	out := c.out
	if !out.take() {
		c.finish(out, nil)
		return
	}
	c.mu.Unlock()
	b := out.batch[0]
	if len(b) > maxBatch {
		out.writeAlone()
		return
	}
	if len(out.batch) > 1 {
		b = out.join(joined)
	}
	n := l.attempt.make(c.raw, b)
	c.mu.Lock()
	c.sent += int64(n)
	if n < len(b) {
		out.skip(n)
		c.mu.Unlock()
		out.writeAlone()
		return
	}
	out.written()
	if out.empty() {
		c.finish(out, nil)
		return
	}
	c.mu.Unlock()
	l.add(out)
}

// An attempt writes without waiting.
type attempt struct {
	b     []byte
	n     int
	write func(fd uintptr) bool // once; made once, so that writing takes no memory
}

// make reports how many bytes the connection took.
func (a *attempt) make(raw syscall.RawConn, b []byte) int {
	a.b, a.n = b, 0
	_ = raw.Write(a.write) // fails if the connection was closed
	a.b = nil
	return a.n
}
