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
	// readBuffer is what an idle connection keeps for reading. Most of a channel client's messages fit; larger ones are
	// read past the buffer, straight into their own memory.
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

// WriteHeader adds to the 101 what the library does not. Refusals are left as they are.
func (h *hijacker) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		h.Header().Set("Cache-Control", cacheControl)
		if p := h.conn.opts.Subprotocol; p != "" {
			h.Header().Set("Sec-WebSocket-Protocol", p)
		}
	}
	h.ResponseWriter.WriteHeader(status)
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
	if n := rw.Reader.Buffered(); n > 0 {
		early, _ := rw.Reader.Peek(n)
		c.early = bytes.Clone(early)
	}
	wrapper := (*link)(c)
	c.br = bufio.NewReaderSize(wrapper, readBuffer)
	return wrapper, bufio.NewReadWriter(c.br, bufio.NewWriterSize(wrapper, maxControlFrame)), nil
}

// link is the Conn as the library sees it: the net.Conn it reads from, writes its control frames to, and believes to
// close. None of its methods blocks but Read, and Read ends when the connection is being closed.
type link Conn

// Read waits for the client. Only the read loop calls it. The idle timeout starts anew with each call: the bytes read
// before have been dealt with by then, however long the handler took.
//
// The deadline is not moved for each read. It is left where it was, and moved if it passes too early.
func (l *link) Read(p []byte) (int, error) {
	c := (*Conn)(l)
	if c.paused {
		return 0, errPaused
	}
	if len(c.early) > 0 {
		n := copy(p, c.early)
		if c.early = c.early[n:]; len(c.early) == 0 {
			c.early = nil
		}
		c.received += int64(n)
		return n, nil
	}
	since := time.Now()
	for {
		n, err := c.nc.Read(p)
		c.received += int64(n)
		switch {
		case n > 0 || err == nil:
			return n, nil // an error will come again
		case !errors.Is(err, os.ErrDeadlineExceeded):
			c.readErr = err
			return 0, err
		}
		if err := c.extendDeadline(since); err != nil {
			return 0, err
		}
	}
}

// extendDeadline lets reads go on until the client has been idle since then for too long: if it has been already,
// ErrIdle; if nobody listens any more, net.ErrClosed.
func (c *Conn) extendDeadline(since time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch idle := c.opts.IdleTimeout; {
	case c.deaf:
		return net.ErrClosed
	case idle < 0:
		return c.nc.SetReadDeadline(time.Time{})
	case time.Since(since) >= idle:
		c.readErr = ErrIdle
		return ErrIdle
	default:
		return c.nc.SetReadDeadline(since.Add(idle))
	}
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
