package websocket

import (
	"net"
	"sync"
)

const (
	// maxBatch is how many bytes of short frames go out in one write. Between two writes a pong can go in: with a bound
	// it waits for one long frame at most.
	maxBatch = 64 << 10

	// maxVectors is how many frames one writev takes. The runtime keeps the vector of 16 bytes a frame with the
	// connection for good; more frames than this are short, and are copied together instead.
	maxVectors = 64

	// roomSlots is how many frames a queue, and its batch, have room for without memory of their own.
	roomSlots = 2

	// burstSlots is what a queue that outgrows this room grows to at once: if it doubled its way there, each burst that is
	// a little longer than the one before would have every connection allocate again.
	burstSlots = 32

	// keepSlots is how large a queue may have grown and still be used again.
	keepSlots = 1024
)

// An outbox is what is queued on a connection, unless that is one data frame that waits for a lane: it is taken from
// a pool and goes back when everything has been written, so that an idle connection has none. The connection's lock guards
// it, but for what the writer has taken.
type outbox struct {
	pong   []byte   // the newest, before everything else
	frames [][]byte // data frames, in order; those before next have been taken
	next   int
	bye    []byte // the close frame, behind everything else

	// Bytes of the data frames that were not written yet, taken or not, and the length of the longest of them.
	size, longest int

	// What the writer took for one write.
	batch        net.Buffers
	batchSize    int // of its data frames
	batchLongest int
	hasBye       bool
	rest         net.Buffers // of the batch; what writev consumes

	conn  *Conn  // whose it is now
	write func() // conn's; made once, so that starting a writer again takes no memory

	room [2][roomSlots][]byte // for the first frames and the first batch
}

var outboxes = sync.Pool{New: func() any {
	o := new(outbox)
	o.frames, o.batch = o.room[0][:0], o.room[1][:0]
	return o
}}

// borrow takes an outbox for a connection from the pool.
func borrow(c *Conn) *outbox {
	o := outboxes.Get().(*outbox)
	o.conn = c
	return o
}

// writeAlone starts a writer of the connection's own.
func (o *outbox) writeAlone() {
	if o.write == nil {
		o.write = func() { o.conn.write() }
	}
	go o.write()
}

// push queues a data frame, or reports that there is no room. The longest frame does not count, whether it comes first
// or last: a limit that did count it would depend on how far the writer got.
func (o *outbox) push(frame []byte, limit int) bool {
	longest := max(o.longest, len(frame))
	if o.size+len(frame)-longest > limit {
		return false
	}
	o.frames = enqueue(o.frames, frame)
	o.size += len(frame)
	o.longest = longest
	return true
}

// enqueue is append to a list that grows from roomSlots to burstSlots at once.
func enqueue(frames [][]byte, frame []byte) [][]byte {
	if n := len(frames); n == cap(frames) && roomSlots <= n && n < burstSlots {
		frames = append(make([][]byte, 0, burstSlots), frames...)
	}
	return append(frames, frame)
}

// drop forgets the frames the writer has not taken.
func (o *outbox) drop() {
	clear(o.frames)
	o.frames, o.next = o.frames[:0], 0
	o.size, o.longest = o.batchSize, o.batchLongest
}

// take moves what goes into the next write to the batch, unless something of the last is left there, and reports whether
// there is anything. A frame longer than maxBatch goes alone.
func (o *outbox) take() bool {
	if len(o.batch) > 0 {
		return true
	}
	if o.pong != nil {
		o.batch = enqueue(o.batch, o.pong)
		o.pong = nil
	}
	for o.next < len(o.frames) {
		frame := o.frames[o.next]
		if len(o.batch) > 0 && o.batchSize+len(frame) > maxBatch {
			break
		}
		o.batch = enqueue(o.batch, frame)
		o.batchSize += len(frame)
		o.batchLongest = max(o.batchLongest, len(frame))
		o.frames[o.next] = nil
		o.next++
	}
	if o.next == len(o.frames) && o.bye != nil && o.batchSize <= maxBatch {
		o.batch = enqueue(o.batch, o.bye)
		o.bye, o.hasBye = nil, true
	}
	o.compact()
	return len(o.batch) > 0
}

// compact reuses the room of the frames taken. A queue that is filled as fast as it empties must not grow.
func (o *outbox) compact() {
	if o.next < (len(o.frames)+1)/2 {
		return
	}
	n := copy(o.frames, o.frames[o.next:])
	clear(o.frames[n:])
	o.frames, o.next = o.frames[:n], 0
}

// empty reports whether nothing is left to take.
func (o *outbox) empty() bool { return o.pong == nil && o.next == len(o.frames) && o.bye == nil }

// resume makes what is left of a frame the batch: what a lane, or Reply, could not write of one that was alone.
func (o *outbox) resume(rest []byte) {
	o.batch = enqueue(o.batch, rest)
	o.batchSize, o.batchLongest = len(rest), len(rest)
	o.size += len(rest)
	o.longest = max(o.longest, len(rest))
}

// skip takes the bytes that went out off the batch. Something must be left.
func (o *outbox) skip(n int) {
	whole := 0
	for n >= len(o.batch[whole]) {
		n -= len(o.batch[whole])
		whole++
	}
	left := copy(o.batch, o.batch[whole:])
	clear(o.batch[left:])
	o.batch = o.batch[:left]
	o.batch[0] = o.batch[0][n:]
}

// join copies the batch together.
func (o *outbox) join(b []byte) []byte {
	b = b[:0]
	for _, frame := range o.batch {
		b = append(b, frame...)
	}
	return b
}

// written accounts for a batch that went out.
func (o *outbox) written() {
	clear(o.batch)
	o.batch = o.batch[:0]
	o.size -= o.batchSize
	if o.batchLongest == o.longest {
		o.longest = 0
		for _, frame := range o.frames[o.next:] {
			o.longest = max(o.longest, len(frame))
		}
	}
	o.batchSize, o.batchLongest = 0, 0
}

// recycle gives the outbox back, empty.
func (o *outbox) recycle() {
	clear(o.frames)
	clear(o.batch)
	empty := outbox{frames: o.frames[:0], batch: o.batch[:0], write: o.write}
	if cap(empty.frames) > keepSlots {
		empty.frames = o.room[0][:0]
	}
	if cap(empty.batch) > keepSlots {
		empty.batch = o.room[1][:0]
	}
	*o = empty
	outboxes.Put(o)
}
