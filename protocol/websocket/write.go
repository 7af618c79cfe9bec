package websocket

import (
	"fmt"
	"net"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Send queues a frame. It never blocks and never fails: on a connection that is being closed the frame is forgotten, and
// a queue that is over its limit ends the connection (ErrSlow). The frame is not changed, it may be sent to any number
// of connections.
func (c *Conn) Send(f protocol.Frame) {
	if f.IsZero() {
		return
	}
	frame := f.WebSocket()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing.Load():
	case !c.writing && c.lane != nil:
		c.single = frame
		c.startWriting()
	case !c.outbox().push(frame, c.opts.MaxQueuedBytes):
		c.out.drop()
		_ = c.shutLocked(slowFrame(c.opts.MaxQueuedBytes), ErrSlow)
	}
}

// Reply is Send for a frame behind which no other is expected soon, such as the answer to a client's message. If nothing
// is queued, the caller writes it, as far as the connection takes it at once: another goroutine would cost more than that,
// and be later. It does not block either. To a client that has sent more than one message at once the answers are queued,
// and go out together.
func (c *Conn) Reply(f protocol.Frame) {
	frame := f.WebSocket()
	c.mu.Lock()
	if c.writing || c.lane == nil || c.crowded.Load() || c.closing.Load() || f.IsZero() || len(frame) > maxBatch {
		c.mu.Unlock()
		c.Send(f)
		return
	}
	c.writing = true
	c.mu.Unlock()
	t := tries.Get().(*try)
	c.writeSingle(frame, t)
	tries.Put(t)
}

// pong queues the answer to a ping. One that has not gone out yet is forgotten: the newest answers for all
// (RFC 6455 §5.5.3), and a client that pings without reading gets no memory for it.
func (c *Conn) pong(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing.Load() {
		c.outbox().pong = frame
	}
}

// outbox returns the queue, with a writer at work on it. A frame that waited alone is its first now. The lock is held.
func (c *Conn) outbox() *outbox {
	if c.out == nil {
		c.out = borrow(c)
		if c.single != nil {
			c.out.push(c.single, c.opts.MaxQueuedBytes) // there is always room for the first
			c.single = nil
		}
	}
	if !c.writing {
		c.startWriting()
	}
	return c.out
}

// startWriting finds a writer for what is queued. The lock is held.
func (c *Conn) startWriting() {
	c.writing = true
	if c.lane != nil {
		c.lane.add(c)
	} else {
		c.out.writeAlone()
	}
}

// write is the connection's own writer: it lives until the queue is empty.
func (c *Conn) write() {
	c.mu.Lock()
	out := c.out
	var err error
	for err == nil && out.take() {
		c.mu.Unlock()
		var n int64
		n, err = out.writeTo(c.nc)
		c.mu.Lock()
		c.sent += n
		out.written()
	}
	c.finish(out, err)
}

// finish lets go of a queue when nothing is left of it, or nothing more can be written. The lock is held, and given back.
func (c *Conn) finish(out *outbox, err error) {
	spoken := out.hasBye || err != nil
	if err != nil && !c.closing.Load() {
		_ = c.shutLocked(nil, fmt.Errorf("websocket: failed to write: %w", err))
	}
	c.out, c.writing = nil, false
	c.mu.Unlock()
	out.recycle()
	if err != nil {
		c.cut()
	} else if spoken {
		c.saidAll()
	}
}

// writeTo makes one system call of the batch where it can.
func (o *outbox) writeTo(nc net.Conn) (int64, error) {
	if len(o.batch) == 1 {
		n, err := nc.Write(o.batch[0])
		return int64(n), err
	}
	if vectored(nc) && len(o.batch) <= maxVectors {
		o.rest = o.batch // the same frames; of this slice no more than the header is consumed, and the entries set to nil
		return o.rest.WriteTo(nc)
	}
	buf := copyBuffers.Get().(*[]byte)
	n, err := nc.Write(o.join(*buf))
	copyBuffers.Put(buf)
	return int64(n), err
}

// copyBuffers hold a batch where there is no writev, or its vector would be too long. A batch of several frames is never
// longer: take stops at maxBatch.
var copyBuffers = sync.Pool{New: func() any {
	b := make([]byte, 0, maxBatch+2*maxControlFrame)
	return &b
}}

// vectored reports whether writing net.Buffers to the connection is one system call. Wrapped connections (TLS, ...) have
// none.
func vectored(nc net.Conn) bool {
	switch nc.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}
