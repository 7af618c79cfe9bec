package websocket

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	// readBuffer is what a connection has for reading while it is awake. Most of a channel client's messages fit; larger
	// ones are read past the buffer, straight into their own memory.
	readBuffer = 512

	// maxControlFrame is the longest control frame of a server (RFC 6455 §5.5). The library's write buffer has this size,
	// so that each of its writes is one whole frame.
	maxControlFrame   = 2 + maxControlPayload
	maxControlPayload = 125
)

// hijacker is the ResponseWriter given to the library. It puts the wrapper, and buffers of our size, in the place of
// net/http's connection and its two buffers of 4 KiB.
type hijacker struct {
	http.ResponseWriter
	conn *Conn
}

// WriteHeader leaves the 101 to switchProtocols. Refusals are net/http's.
func (h *hijacker) WriteHeader(status int) {
	if status != http.StatusSwitchingProtocols {
		h.ResponseWriter.WriteHeader(status)
	}
}

// Hijack takes the connection over. Bytes that came with the handshake sit in net/http's buffer: they are copied, and
// are the first the wrapper gives.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, fmt.Errorf("failed to take the connection over: %w", err)
	}
	c := h.conn
	c.nc = nc
	if c.raw = rawOf(nc); c.raw != nil {
		c.lane = anyLane()
	}
	if n := rw.Reader.Buffered(); n > 0 {
		early, _ := rw.Reader.Peek(n)
		c.early = bytes.Clone(early)
		c.received = int64(n)
	}
	c.borrowBuffer()
	wrapper := (*link)(c)
	return wrapper, bufio.NewReadWriter(&c.br, bufio.NewWriterSize(wrapper, maxControlFrame)), nil
}

// switchProtocols writes the 101, with what the library does not know of. net/http would need so much stack for that
// that the goroutine's would have to grow once more. Its buffer of 4 KiB is not used: the first write to memory that is
// new from the system is a page fault.
func (h *hijacker) switchProtocols() error {
	w, header := bytes.NewBuffer(make([]byte, 0, readBuffer)), h.Header()
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	header.Set("Cache-Control", cacheControl)
	if p := h.conn.opts.Subprotocol; p != "" {
		header.Set("Sec-WebSocket-Protocol", p)
	}
	w.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = header.Write(w) // a buffer does not fail
	w.WriteString("\r\n")
	_, err := h.conn.nc.Write(w.Bytes())
	return err
}

// link is the Conn as the library sees it: the net.Conn it reads from, writes its control frames to, and believes to
// close. None of its methods blocks but Read, and Read ends when the connection is being closed.
type link Conn

// Read waits for the client. Only the reader calls it. The idle timeout starts anew with each call: the bytes read
// before have been dealt with by then, however long the handler took.
func (l *link) Read(p []byte) (int, error) {
	c := (*Conn)(l)
	if c.paused {
		return 0, errPaused
	}
	if len(c.early) > 0 {
		c.resting = false
		n := copy(p, c.early)
		if c.early = c.early[n:]; len(c.early) == 0 {
			c.early = nil
		}
		return n, nil
	}
	c.since = time.Now()
	return c.receive(p)
}

// receive waits for the network.
//
// The deadline is not moved for each read. It is left where it was, and moved if it passes too early.
func (c *Conn) receive(p []byte) (int, error) {
	for {
		n, err := c.nc.Read(p)
		switch {
		case n > 0 || err == nil:
			c.received += int64(n)
			c.resting = false
			return n, nil // an error will come again
		case !errors.Is(err, os.ErrDeadlineExceeded):
			c.readErr = err
			return 0, err
		}
		if err := c.extendDeadline(); err != nil {
			return 0, err
		}
	}
}

// extendDeadline lets reads go on until it is time to look again at how long the client has been silent. It fails if that
// has been for too long, ErrIdle, or for long enough to park the connection, errQuiet; if nobody listens any more,
// net.ErrClosed; and if the network has no deadlines, for nothing would end the silence then.
func (c *Conn) extendDeadline() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	silent, timeout := time.Since(c.since), c.opts.IdleTimeout
	switch {
	case c.deaf:
		return net.ErrClosed
	case timeout >= 0 && silent >= timeout:
		c.readErr = ErrIdle
		return ErrIdle
	case c.resting && !c.parked && silent >= quietAfter:
		return errQuiet
	}
	look := quietAfter
	if !c.resting {
		look += silent // again: the message may be over by then
	}
	if c.parked || timeout >= 0 && timeout < look {
		look = timeout
	}
	var deadline time.Time
	if look >= 0 {
		deadline = c.since.Add(look)
	}
	if err := c.nc.SetReadDeadline(deadline); err != nil {
		c.readErr = err
		return err
	}
	return nil
}

// Write takes one control frame from the library: a pong, the answer to the client's close frame, or the close frame
// that follows a protocol error. It goes to the queue.
func (l *link) Write(frame []byte) (int, error) {
	c := (*Conn)(l)
	switch frame[0] & 0x0f {
	case opPong:
		c.pong(bytes.Clone(frame))
	case opClose:
		_ = c.shut(closeFromLibrary(frame), nil)
	}
	return len(frame), nil
}

// Close is the library's idea of closing: it reads no more. The network connection stays, for what is queued must still
// go out.
func (l *link) Close() error {
	c := (*Conn)(l)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deafen()
	return nil
}

// The rest of net.Conn. Deadlines are the wrapper's own: the library sets none, and shall not.
func (l *link) LocalAddr() net.Addr              { return l.nc.LocalAddr() }
func (l *link) RemoteAddr() net.Addr             { return l.nc.RemoteAddr() }
func (l *link) SetDeadline(time.Time) error      { return nil }
func (l *link) SetReadDeadline(time.Time) error  { return nil }
func (l *link) SetWriteDeadline(time.Time) error { return nil }
