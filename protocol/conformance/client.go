package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
	"unicode/utf8"
)

// A client is an open WebSocket connection. Its reader takes whatever the
// server sends, at once, so that a server never waits for the steps of a
// transcript; the steps take it from the client in order.
//
// Pings of the server are answered and shown to nobody, as browsers do.
type client struct {
	conn   net.Conn
	events chan event // closed when the reader ends
	quit   chan struct{}
	stop   func() bool

	writing     sync.Mutex // guards writes and the fields below
	closeSent   bool
	writeFailed error

	// What the steps have taken from events and not used yet.
	messages []event
	pongs    []string
	ended    bool // the connection's end has been taken from events
}

// An event is something that a server did on a connection: it sent a message or
// a pong, or it ended the connection.
type event struct {
	message *message
	pong    *string
	end     *end
}

// An end is how a connection ended.
type end struct {
	closeFrame
	cause error // why there is no close frame, or that what came was no WebSocket
}

func (e end) String() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.closeFrame, e.cause)
	}
	return e.closeFrame.String()
}

// queued is how many events the reader keeps before it stops reading.
const queued = 4096

// newClient starts the reader of a connection whose handshake is done. The
// client lives until close is called or ctx ends.
func newClient(ctx context.Context, conn net.Conn, r *bufio.Reader) *client {
	c := &client{conn: conn, events: make(chan event, queued), quit: make(chan struct{})}
	c.stop = context.AfterFunc(ctx, func() { conn.Close() })
	go c.read(r)
	return c
}

// close ends the connection and waits for the reader.
func (c *client) close() {
	c.stop()
	c.conn.Close()
	close(c.quit)
	for range c.events {
	}
}

func (c *client) read(r *bufio.Reader) {
	defer close(c.events)
	reader := messageReader{r: r, pong: c.pong}
	closed := false
	for {
		e, err := reader.next()
		if err != nil {
			if closed {
				return // the TCP connection ended behind the close frame, as it should
			}
			e = event{end: &end{closeFrame{Code: codeAbnormal}, err}}
		}
		select {
		case c.events <- e:
		case <-c.quit:
			return
		}
		if err != nil {
			return
		}
		if e.end != nil {
			closed = true
			c.answerClose(e.end.closeFrame)
		}
	}
}

// A messageReader puts the server's frames together.
type messageReader struct {
	r       *bufio.Reader
	pong    func(payload []byte)
	partial []byte
	op      opcode // of the message whose first fragments are in partial; 0 none
}

// next reads up to the next thing that a transcript can speak of.
func (m *messageReader) next() (event, error) {
	for {
		f, err := readFrame(m.r)
		if err != nil {
			return event{}, err
		}
		switch f.op {
		case opPing:
			m.pong(f.payload)
		case opPong:
			text := string(f.payload)
			return event{pong: &text}, nil
		case opClose:
			c, err := parseClose(f.payload)
			return event{end: &end{closeFrame: c}}, err
		case opText, opBinary, opContinuation:
			if done, err := m.add(f); err != nil {
				return event{}, err
			} else if done {
				return m.take(), nil
			}
		default:
			return event{}, fmt.Errorf("the server sent a frame with the unknown opcode %d", f.op)
		}
	}
}

// add adds a fragment and reports whether the message is complete.
func (m *messageReader) add(f wireFrame) (done bool, err error) {
	switch {
	case (f.op == opContinuation) != (m.op != 0):
		return false, errors.New("the server sent a fragment that does not belong to a message, or a message inside another")
	case len(m.partial)+len(f.payload) > largestMessage:
		return false, fmt.Errorf("the server sent a message of more than %d bytes", largestMessage)
	case f.op != opContinuation:
		m.op = f.op
	}
	m.partial = append(m.partial, f.payload...)
	if f.final && m.op == opText && !utf8.Valid(m.partial) {
		return false, errors.New("the server sent a text message that is not UTF-8")
	}
	return f.final, nil
}

func (m *messageReader) take() event {
	e := event{message: newMessage(m.partial, m.op == opBinary)}
	m.partial, m.op = nil, 0
	return e
}

// writeTimeout bounds a write to a server that does not read.
const writeTimeout = 10 * time.Second

// write sends bytes. A server may close while the client is still sending, so
// a failed write is no mismatch by itself; what the server sends then is. The
// failure is kept for the message of a later mismatch.
func (c *client) write(data []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		c.writeFailed = err
		return
	}
	if _, err := c.conn.Write(data); err != nil {
		c.writeFailed = err
	}
}

func (c *client) failedWrite() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.writeFailed
}

func (c *client) pong(payload []byte) {
	c.write(appendFrame(nil, opPong, true, payload))
}

// sendClose sends a close frame.
func (c *client) sendClose(f closeFrame) {
	c.writing.Lock()
	c.closeSent = true
	c.writing.Unlock()
	c.write(appendFrame(nil, opClose, true, f.payload()))
}

// answerClose answers the server's close frame, unless that was the answer.
func (c *client) answerClose(f closeFrame) {
	c.writing.Lock()
	sent := c.closeSent
	c.writing.Unlock()
	if !sent {
		c.sendClose(closeFrame{Code: f.Code})
	}
}

var (
	// errSilent is returned where nothing comes until the deadline.
	errSilent = errors.New("nothing came")
	// errEnded is the cause of an end that is not the first.
	errEnded = errors.New("the connection has ended before")
)

// take takes the next event from the reader. What has come already is returned
// also when the deadline is over.
func (c *client) take(ctx context.Context, deadline time.Time) (event, error) {
	select {
	case e, ok := <-c.events:
		return c.taken(e, ok)
	default:
	}
	if c.ended {
		return event{end: &end{closeFrame{Code: codeAbnormal}, errEnded}}, nil
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case e, ok := <-c.events:
		return c.taken(e, ok)
	case <-timer.C:
		return event{}, errSilent
	case <-ctx.Done():
		return event{}, context.Cause(ctx)
	}
}

func (c *client) taken(e event, ok bool) (event, error) {
	if !ok {
		return event{end: &end{closeFrame{Code: codeAbnormal}, errEnded}}, nil
	}
	if e.end != nil {
		c.ended = true
	}
	return e, nil
}

// nextMessage returns the next message or the connection's end. Pongs on the
// way are kept for nextPong: they need not come in order with messages.
func (c *client) nextMessage(ctx context.Context, deadline time.Time) (event, error) {
	if len(c.messages) > 0 {
		e := c.messages[0]
		c.messages = c.messages[1:]
		return e, nil
	}
	for {
		e, err := c.take(ctx, deadline)
		if err != nil || e.pong == nil {
			return e, err
		}
		c.pongs = append(c.pongs, *e.pong)
	}
}

// nextPong returns the next pong or the connection's end. Messages on the way
// are kept for nextMessage.
func (c *client) nextPong(ctx context.Context, deadline time.Time) (event, error) {
	if len(c.pongs) > 0 {
		pong := c.pongs[0]
		c.pongs = c.pongs[1:]
		return event{pong: &pong}, nil
	}
	for {
		e, err := c.take(ctx, deadline)
		if err != nil || e.message == nil {
			return e, err
		}
		c.messages = append(c.messages, e)
	}
}

// nextOfAny returns whatever is there next; nothing, where the connection has
// ended before.
func (c *client) nextOfAny(ctx context.Context, deadline time.Time) (event, error) {
	if len(c.pongs) > 0 {
		return c.nextPong(ctx, deadline)
	}
	if len(c.messages) > 0 {
		return c.nextMessage(ctx, deadline)
	}
	e, err := c.take(ctx, deadline)
	if e.end != nil && e.end.cause == errEnded {
		return e, errSilent
	}
	return e, err
}

func (e event) String() string {
	switch {
	case e.message != nil:
		return e.message.String()
	case e.pong != nil:
		return fmt.Sprintf("a pong %q", *e.pong)
	default:
		return e.end.String()
	}
}
