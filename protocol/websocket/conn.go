package websocket

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A Handler gets what arrives on a connection. Its methods are called in order, never two at once.
type Handler interface {
	// Message is one message: text, which is valid UTF-8, or binary. data belongs to the handler from then on.
	//
	// While it blocks nothing is read from the client, who is stopped by TCP once the buffers are full; sending and
	// closing go on. A *CloseError closes the connection with that code and reason; any other error, a panic and
	// runtime.Goexit do with 1011.
	Message(data []byte, binary bool) error

	// Closed is the last call, and the only one if no message arrived. cause is ErrClosed, ErrIdle, ErrSlow, an error
	// that wraps ErrHandler, a *ProtocolError, the client's *CloseError, or else an error of the network. Reason sorts it.
	Closed(cause error)
}

// A Conn is the server's side of a WebSocket connection. Accept makes it, Serve starts it; Send and Close may be called
// from any goroutine, at any time.
type Conn struct {
	nc   net.Conn
	raw  syscall.RawConn // of nc, if it can be written to without waiting
	lane *lane           // that does; nil if it cannot

	// What a frame is sent with stands here together: of thousands of connections that a broadcast goes to, none is in the
	// processor's cache, and each line of it counts.
	mu      sync.Mutex
	closing atomic.Bool // set under mu; once it is, nothing more is queued or delivered
	crowded atomic.Bool // more has come behind the message that the handler was given last
	writing bool        // something is queued, or being written, and somebody sees to it
	single  []byte      // what is queued, if that is one frame and waits for a lane
	out     *outbox     // what is queued, if that is more
	behind  *Conn       // it, in a lane's line; the lane's
	sent    int64

	// Under mu as well.
	handler Handler // nil until Serve
	cause   error   // of closing, as far as it is known
	code    int     // of the close frame queued
	expiry  *time.Timer
	deaf    bool // reads fail at once
	heard   bool // the client will send no more, or nothing that matters
	spoken  bool // the close frame has been written
	gone    bool // the network connection was closed

	opts Options

	// The reader's. It is one goroutine at a time, and hands all of this on to the next.
	lib        library
	br         bufio.Reader  // over (*link)(c); the library reads from it, too
	buffer     *bufio.Reader // whose contents are in br; nil while parked
	early      []byte        // came with the handshake, or ended the sleep
	tiny       [tinyBuffer]byte
	since      time.Time // when it began to wait for the client
	received   int64
	readErr    error // of the network, or ErrIdle
	parked     bool  // nothing of a message is there, and no buffer to read it into
	resting    bool  // nothing of a message is there
	paused     bool  // the library may not wait for the network
	peerClosed bool  // the client's close frame was read
	astray     bool  // the place in the stream of frames was lost
}

// Serve starts to read. It waits for the first message, for a second at most and only if that comes in one piece, and
// has the handler deal with it in the caller's goroutine, which net/http has given a stack that another would have to
// grow first. Everything else is left to goroutines of the connection's own: Serve returns, so that the HTTP handler can
// return and net/http can let go of what it holds. It must be called once.
func (c *Conn) Serve(h Handler) {
	c.mu.Lock()
	c.handler = h
	c.mu.Unlock()
	switch cause := c.first(); cause {
	case nil:
		go c.read()
	case errQuiet:
		c.park()
	default:
		go c.end(cause)
	}
}

// first reads the first message if it has been received whole. It returns nil if there is more to read, errQuiet if
// there is not, or the cause of the connection's end.
func (c *Conn) first() error {
	c.resting = !c.pending()
	if cause := c.await(); cause != nil {
		return cause
	}
	_, err := c.br.Peek(1)
	if err == errQuiet {
		return err
	}
	if err != nil {
		return c.readFailed(err)
	}
	if !c.holdsMessage() {
		return nil
	}
	cause := c.step()
	if cause == nil && !c.pending() {
		c.since = time.Now()
		return errQuiet
	}
	return cause
}

// read is the reader's loop. It ends with the connection, or parks it.
func (c *Conn) read() {
	if cause := c.await(); cause != nil {
		c.end(cause)
		return
	}
	for {
		switch cause := c.step(); cause {
		case nil:
		case errQuiet:
			c.park()
			return
		default:
			c.end(cause)
			return
		}
	}
}

// await begins to wait for the client. It returns the cause of the connection's end if that is not possible.
func (c *Conn) await() error {
	c.since = time.Now()
	if err := c.extendDeadline(); err != nil && c.readErr != nil { // any other error comes again with the first read
		return c.readFailed(err)
	}
	return nil
}

// end is the reader's last part, whatever the handler does in its last call.
func (c *Conn) end(cause error) {
	defer func() {
		c.linger()
		c.returnBuffer()
		c.report(cause)
	}()
	c.tell(cause)
}

// deliver hands a message to the handler. A panic is an error. So is runtime.Goexit, but that takes the reader with it:
// the end is left to another goroutine.
func (c *Conn) deliver(data []byte, binary bool) (err error) {
	c.crowded.Store(c.pending())
	returned := false
	defer func() {
		if p := recover(); p != nil {
			c.logPanic(p)
			err = fmt.Errorf("panic: %v", p)
		} else if !returned {
			go c.end(c.handlerFailed(errExited))
		}
	}()
	err = c.handler.Message(data, binary)
	returned = true
	return err
}

var errExited = errors.New("the handler ended its goroutine")

// tell makes the handler's last call.
func (c *Conn) tell(cause error) {
	defer func() {
		if p := recover(); p != nil {
			c.logPanic(p)
		}
	}()
	c.handler.Closed(cause)
}

func (c *Conn) logPanic(p any) {
	c.opts.Logger.Error("websocket: panic in handler", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
}

// report closes the books.
func (c *Conn) report(cause error) {
	c.mu.Lock()
	s := Summary{Reason: Reason(cause), Code: c.code, Received: c.received, Sent: c.sent}
	c.mu.Unlock()
	if s.Reason == DropSlow {
		c.opts.Logger.Warn("websocket: dropped a client that reads too slowly",
			slog.Int("limit", c.opts.MaxQueuedBytes), slog.Int64("sent", s.Sent), slog.Any("client", c.nc.RemoteAddr()))
	}
	if c.opts.Observer != nil {
		c.opts.Observer(s)
	}
}
