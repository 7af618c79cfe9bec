package websocket

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// A Handler gets what arrives on a connection. Its methods are called one at a time, in order, from one goroutine.
type Handler interface {
	// Message is one message: text, which is valid UTF-8, or binary. data belongs to the handler from then on.
	//
	// While it blocks nothing is read from the client, who is stopped by TCP once the buffers are full; sending and
	// closing go on. A *CloseError closes the connection with that code and reason, any other error, and a panic, with 1011.
	Message(data []byte, binary bool) error

	// Closed is the last call, and the only one if no message arrived. cause is ErrClosed, ErrIdle, ErrSlow, an error
	// that wraps ErrHandler, a *ProtocolError, the client's *CloseError, or else an error of the network. Reason sorts it.
	Closed(cause error)
}

// A Conn is the server's side of a WebSocket connection. Accept makes it, Serve starts it; Send and Close may be called
// from any goroutine, at any time.
type Conn struct {
	nc   net.Conn
	br   *bufio.Reader // over (*link)(c); the library reads from it, too
	lib  library
	opts Options

	// The read loop's.
	early      []byte // came with the handshake
	received   int64
	readErr    error // of the network, or ErrIdle
	paused     bool  // the library may not wait for the network
	peerClosed bool  // the client's close frame was read
	astray     bool  // the place in the stream of frames was lost

	closing atomic.Bool // set under mu; once it is, nothing more is queued or delivered

	mu     sync.Mutex
	out    *outbox // what is queued; nil if nothing is. A writer runs as long as it is there
	sent   int64
	cause  error // of closing, as far as it is known
	code   int   // of the close frame queued
	expiry *time.Timer
	served bool // Serve was called
	deaf   bool // reads fail at once
	heard  bool // the client will send no more, or nothing that matters
	spoken bool // the close frame has been written
	gone   bool // the network connection was closed
}

// Serve starts to read in a goroutine of its own and returns at once, so that the HTTP handler can return and net/http
// can let go of what it holds. It must be called once.
func (c *Conn) Serve(h Handler) {
	c.mu.Lock()
	c.served = true
	c.mu.Unlock()
	go c.serve(h)
}

func (c *Conn) serve(h Handler) {
	// The error is the same as that of the first read.
	_ = c.extendDeadline(time.Now())
	var cause error
	for cause == nil {
		cause = c.step(h)
	}
	c.tell(h, cause)
	c.linger()
	c.report(cause)
}

// deliver hands a message to the handler. A panic is an error.
func (c *Conn) deliver(h Handler, data []byte, binary bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.opts.Logger.Error("websocket: panic in handler", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h.Message(data, binary)
}

// tell makes the handler's last call.
func (c *Conn) tell(h Handler, cause error) {
	defer func() {
		if p := recover(); p != nil {
			c.opts.Logger.Error("websocket: panic in handler", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	h.Closed(cause)
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
