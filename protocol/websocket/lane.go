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
	first, last *Conn // those with something to write, one behind the other
	running     bool
	try         try
	start       func() // run; made once, so that starting a lane takes no memory

	_ [64]byte // lanes are side by side: a processor shall not wait for another's
}

var lanes = newLanes(runtime.GOMAXPROCS(0))

func newLanes(n int) []lane {
	all := make([]lane, n)
	for i := range all {
		l := &all[i]
		l.start = l.run
	}
	return all
}

// anyLane picks a lane by chance. If they were dealt by turn, the busy ones of connections that are made in turns with
// quiet ones would all be on the same.
func anyLane() *lane { return &lanes[rand.Uint32N(uint32(len(lanes)))] }

// add puts a connection at the end of the line.
func (l *lane) add(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.first = c
	} else {
		l.last.behind = c
	}
	l.last = c
	if !l.running {
		l.running = true
		go l.start()
	}
}

// next takes the first in line, nil if there is none: then the lane ends.
func (l *lane) next() *Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.first
	if c == nil {
		l.running = false
		return nil
	}
	l.first, c.behind = c.behind, nil
	if l.first == nil {
		l.last = nil
	}
	return c
}

func (l *lane) run() {
	for c := l.next(); c != nil; c = l.next() {
		c.writeTurn(&l.try)
	}
}

// writeTurn writes one batch, as far as the connection takes it at once. What is queued meanwhile is left to the lane.
func (c *Conn) writeTurn(t *try) {
	c.mu.Lock()
	if frame := c.single; frame != nil && len(frame) <= maxBatch {
		c.single = nil
		c.mu.Unlock()
		c.writeSingle(frame, t)
		return
	}
	out := c.outbox()
	if !out.take() {
		c.finish(out, nil)
		return
	}
	c.mu.Unlock()
	if len(out.batch[0]) > maxBatch {
		out.writeAlone()
		return
	}
	n, all := out.attempt(c.raw, t)
	c.mu.Lock()
	c.sent += int64(n)
	if !all {
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
	c.lane.add(c)
}

// writeSingle is writeTurn for a frame that is alone. It needs no queue, unless something is left of it, or has come
// meanwhile.
func (c *Conn) writeSingle(frame []byte, t *try) {
	n := t.write(c.raw, frame)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent += int64(n)
	switch {
	case n < len(frame):
		out := c.outbox()
		out.resume(frame[n:])
		out.writeAlone()
	case c.out != nil:
		c.lane.add(c)
	default:
		c.writing = false
	}
}

// attempt writes the batch without waiting. It reports how many bytes the connection took, and whether that was all.
func (o *outbox) attempt(raw syscall.RawConn, t *try) (n int, all bool) {
	if len(o.batch) == 1 {
		n = t.write(raw, o.batch[0])
		return n, n == len(o.batch[0])
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	b := o.join(*buf)
	n = t.write(raw, b)
	return n, n == len(b)
}

// A try is a write that does not wait.
type try struct {
	b    []byte
	n    int
	call func(fd uintptr) bool // once; made once, so that writing takes no memory
}

// tries are Reply's; a lane has its own.
var tries = sync.Pool{New: func() any { return new(try) }}

// write reports how many bytes the connection took.
func (t *try) write(raw syscall.RawConn, b []byte) int {
	if t.call == nil {
		t.call = t.once
	}
	t.b, t.n = b, 0
	_ = raw.Write(t.call) // fails if the connection was closed
	t.b = nil
	return t.n
}
