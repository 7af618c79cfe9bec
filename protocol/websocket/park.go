package websocket

import (
	"bufio"
	"errors"
	"sync"
	"time"
)

// quietAfter is how long a connection is awake after its client last sent something.
const quietAfter = time.Second

// tinyBuffer is what a parked connection reads into: the longest header of a client's frame has 14 bytes.
const tinyBuffer = 16

var errQuiet = errors.New("the client is quiet")

// park leaves the waiting to a goroutine that does nothing else, and does not wait for it. Reading a message grows a
// goroutine's stack, which does not shrink again to its first size: what an idle connection waits in has never read one.
// The read buffer goes back to the pool.
//
// The reader calls it as its last act, when nothing of a message has arrived.
func (c *Conn) park() {
	c.parked = true
	c.returnBuffer()
	if err := c.extendDeadline(); err != nil {
		c.wake(err)
		return
	}
	go c.sleep()
}

// sleep is all that an idle connection does.
func (c *Conn) sleep() {
	n, err := c.receive(c.tiny[:])
	c.early = c.tiny[:n]
	go c.wake(err)
}

// wake goes on reading, in a goroutine of its own. Bytes that ended the sleep are the first to be read.
func (c *Conn) wake(err error) {
	c.parked = false
	c.borrowBuffer()
	if err != nil {
		c.end(c.readFailed(err))
		return
	}
	c.read()
}

// buffers are readers of readBuffer bytes, for connections that are awake. The library keeps a pointer to the
// connection's reader, and so it is the contents that change places: a connection has one of these in buffer, which is
// empty as long as the connection has what was in it.
var buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, readBuffer) }}

func (c *Conn) borrowBuffer() {
	c.buffer = buffers.Get().(*bufio.Reader)
	c.br, *c.buffer = *c.buffer, c.br
	c.br.Reset((*link)(c))
}

func (c *Conn) returnBuffer() {
	c.br, *c.buffer = *c.buffer, c.br
	c.buffer.Reset(nil) // forgets the connection
	buffers.Put(c.buffer)
	c.buffer = nil
}
