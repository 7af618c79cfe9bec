package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Opcodes (RFC 6455 §5.2).
const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPong   = 0xA
)

// step reads one message, or a control frame, and deals with it. For either to begin, and for all of a control frame, it
// waits in one of its Peeks: nothing of the step is under way then, and whatever has arrived is still in the buffer. The
// rest of a message is waited for in the library. step returns nil, the cause of the connection's end, or errQuiet if
// nothing has arrived for a while.
func (c *Conn) step() error {
	c.resting = !c.pending()
	head, err := c.peekHeader()
	if err == errQuiet {
		return err
	}
	if err != nil {
		return c.readFailed(err)
	}
	if head.startsMessage() && head.payload > c.opts.MaxMessageSize {
		return c.violated(codeTooBig, errTooBig)
	}
	if head.isControl() {
		if _, err := c.br.Peek(head.size + int(head.payload)); err != nil {
			return c.readFailed(err)
		}
		// If nothing came behind it the library is stopped before it waits for more: waiting is for the next step.
		c.paused = c.br.Buffered() == head.size+int(head.payload)
	}
	isBinary, r, err := c.lib.next()
	c.paused = false
	if errors.Is(err, errPaused) {
		return nil
	}
	if err != nil {
		c.astray = true
		return c.readFailed(err)
	}
	data, err := c.readMessage(r, head)
	if err != nil {
		c.astray = true
		if errors.Is(err, errTooBig) {
			return c.violated(codeTooBig, err)
		}
		return c.readFailed(err)
	}
	if !isBinary && !utf8.Valid(data) {
		return c.violated(codeInvalidText, errNotUTF8)
	}
	if c.closing.Load() {
		return c.ended()
	}
	if err := c.deliver(data, isBinary); err != nil {
		return c.handlerFailed(err)
	}
	return nil
}

// pending reports whether bytes have been received that were not read yet.
func (c *Conn) pending() bool { return c.br.Buffered() > 0 || len(c.early) > 0 }

var (
	errPaused  = errors.New("nothing more for now")
	errTooBig  = errors.New("message over the size limit")
	errNotUTF8 = errors.New("text that is not UTF-8")
)

// A header is what the read loop looks at in a client's frame, before or instead of the library. Whether the frame is
// allowed is the library's to say.
type header struct {
	opcode  byte
	final   bool
	size    int   // of the header
	payload int64 // bytes; negative for a length that no frame can have
}

// startsMessage reports whether the frame is the first of a message.
func (h header) startsMessage() bool { return h.opcode == opText || h.opcode == opBinary }

// isControl reports whether the frame is a control frame, and short as such a frame must be.
func (h header) isControl() bool {
	return h.opcode >= opClose && h.opcode <= opPong && h.payload >= 0 && h.payload <= maxControlPayload
}

// peekHeader waits for the next frame's header and leaves it in the buffer.
func (c *Conn) peekHeader() (header, error) {
	b, err := c.br.Peek(2)
	if err != nil {
		return header{}, err
	}
	h := header{opcode: b[0] & 0x0f, final: b[0]&0x80 != 0, size: 2, payload: int64(b[1] & 0x7f)}
	if h.payload == 126 {
		h.size = 4
	} else if h.payload == 127 {
		h.size = 10
	}
	masked := b[1]&0x80 != 0
	if h.size > 2 {
		if b, err = c.br.Peek(h.size); err != nil {
			return header{}, err
		}
		if h.size == 4 {
			h.payload = int64(binary.BigEndian.Uint16(b[2:]))
		} else {
			h.payload = int64(binary.BigEndian.Uint64(b[2:]))
		}
	}
	if masked {
		h.size += 4
	}
	return h, nil
}

// holdsMessage reports whether the next message, in one frame, is in the buffer.
func (c *Conn) holdsMessage() bool {
	c.paused = true
	defer func() { c.paused = false }()
	head, err := c.peekHeader()
	return err == nil && head.startsMessage() && head.final &&
		0 <= head.payload && head.payload <= int64(c.br.Buffered()-head.size)
}

// readMessage reads a message into memory of its own. head is the header that was peeked: if it started the message it
// tells how much is coming, and that nothing comes behind; if it was a control frame's, it tells nothing.
func (c *Conn) readMessage(r io.Reader, head header) ([]byte, error) {
	whole := head.startsMessage() && head.final
	announced := int64(-1)
	if whole {
		announced = head.payload
	}
	// What has arrived already may be asked for at once. The usual message has arrived entirely, and gets exactly the
	// memory it needs.
	data := make([]byte, 0, capacity(max(c.br.Buffered(), firstRead), announced))
	for {
		if whole && int64(len(data)) == announced {
			return data, nil
		}
		if len(data) == cap(data) {
			data = append(make([]byte, 0, capacity(growth(cap(data)), announced)), data...)
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case err == io.EOF && c.readErr == nil:
			return data, nil // the library says io.EOF as well when the connection ends inside of the message
		case err != nil:
			return nil, fmt.Errorf("failed to read a message: %w", err)
		case int64(len(data)) > c.opts.MaxMessageSize:
			return nil, errTooBig
		}
	}
}

// firstRead is the memory a message of unknown size begins with, and the most that is taken for bytes that have only
// been announced.
const firstRead = 64

// capacity is wanted, but not more than was announced (negative: unknown).
func capacity(wanted int, announced int64) int {
	if announced >= 0 && announced < int64(wanted) {
		return int(announced)
	}
	return wanted
}

// growth is the memory to go on with when size bytes have arrived. Memory is bounded by a multiple of what the client
// really sent, and copying by the length of the message.
func growth(size int) int {
	if size < 64<<10 {
		return max(4*size, readBuffer)
	}
	return 2 * size
}
