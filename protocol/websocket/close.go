package websocket

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode/utf8"
)

// Close codes (RFC 6455 §7.4.1, PROTOCOL.md §1.9). 1000 is not among them: phoenix.js does not come back after it, so the
// package never sends it on its own account (D2).
const (
	codeProtocol    = 1002 // also for an idle client, as the reference does
	codeNone        = 1005 // stands for a frame without a code
	codeInvalidText = 1007
	codeTooBig      = 1009
	codeFailed      = 1011
	codeSlow        = 1013
)

const maxReason = maxControlPayload - 2 // bytes of a close frame's reason; the code has 2

// closeFrame makes a close frame. A code that may not be sent becomes 1011, a reason that is too long is cut.
//
// The library makes only those that answer the client, or a frame it cannot read. Its own way to close reads from the
// connection until the client has answered, which would get in the way of the read loop.
func closeFrame(code int, reason string) []byte {
	if !sendable(code) {
		code = codeFailed
	}
	reason = strings.ToValidUTF8(reason, string(utf8.RuneError))
	for len(reason) > maxReason {
		_, last := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-last]
	}
	frame := make([]byte, 0, 4+len(reason))
	frame = append(frame, 0x80|opClose, byte(2+len(reason)))
	frame = binary.BigEndian.AppendUint16(frame, uint16(code))
	return append(frame, reason...)
}

func sendable(code int) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}

func slowFrame(limit int) []byte {
	return closeFrame(codeSlow, fmt.Sprintf("client reads too slowly: more than %d bytes queued", limit))
}

// closeFromLibrary copies a close frame of the library's. The library sends a client's reason back without looking at it;
// one that is not UTF-8 is a protocol error (RFC 6455 §5.5.1).
func closeFromLibrary(frame []byte) []byte {
	if len(frame) > 4 && !utf8.Valid(frame[4:]) {
		return closeFrame(codeProtocol, "")
	}
	return append([]byte(nil), frame...)
}

// codeOf reads the code of a close frame of ours, 0 if it has none.
func codeOf(frame []byte) int {
	if len(frame) < 4 {
		return 0
	}
	return int(binary.BigEndian.Uint16(frame[2:]))
}

// Close sends what is queued and then a close frame, and waits for the client to go, for Options.FlushTimeout at most;
// all of that later: it does not block. The handler's Closed is told ErrClosed, unless the end had another cause before.
// Calls after the first do nothing.
//
// A code that may not be sent (RFC 6455 §7.4) becomes 1011, a reason is cut at 123 bytes.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing.Load() {
		_ = c.shutLocked(closeFrame(code, reason), ErrClosed)
	}
}

// shut begins the end: nothing more is queued or delivered, frame (nil: none) goes out behind what is queued, and the
// connection is cut after the flush timeout at the latest. The first call decides on all of that. A close frame of the
// library's comes without a cause; the read loop finds it out and says it in a second call. The cause is returned.
func (c *Conn) shut(frame []byte, cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shutLocked(frame, cause)
}

func (c *Conn) shutLocked(frame []byte, cause error) error {
	if c.cause == nil {
		c.cause = cause
	}
	if c.closing.Swap(true) {
		return c.cause
	}
	c.deafen()
	c.expiry = time.AfterFunc(c.opts.FlushTimeout, c.cut)
	if frame != nil {
		c.code = codeOf(frame)
		c.outbox().bye = frame
	}
	return c.cause
}

// deafen ends the read under way and those to come. The lock is held.
func (c *Conn) deafen() {
	c.deaf = true
	_ = c.nc.SetReadDeadline(time.Unix(1, 0))
}

// ended returns the cause of a closing under way.
func (c *Conn) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// violated closes the connection on a client that broke a rule the library does not check.
func (c *Conn) violated(code int, err error) error {
	return c.shut(closeFrame(code, ""), &ProtocolError{Code: code, Err: err})
}

// handlerFailed closes the connection as the handler's error says.
func (c *Conn) handlerFailed(err error) error {
	var order *CloseError
	if errors.As(err, &order) {
		return c.shut(closeFrame(order.Code, order.Reason), ErrClosed)
	}
	return c.shut(closeFrame(codeFailed, ""), fmt.Errorf("%w: %w", ErrHandler, err))
}

// readFailed finds out why nothing more can be read, and closes the connection if that was not done yet.
func (c *Conn) readFailed(err error) error {
	if cause := c.ended(); cause != nil {
		return cause
	}
	if received := c.lib.closeOf(err); received != nil {
		c.peerClosed = true
		if !utf8.ValidString(received.Reason) {
			return c.violated(codeProtocol, errors.New("close reason that is not UTF-8"))
		}
		return c.shut(nil, received) // the library has queued the answer
	}
	switch {
	case errors.Is(c.readErr, ErrIdle):
		return c.shut(closeFrame(codeProtocol, ""), ErrIdle)
	case c.readErr != nil:
		cause := c.shut(nil, fmt.Errorf("websocket: failed to read: %w", err))
		c.cut()
		return cause
	}
	// What is left: the client sent what the library does not read. It has queued a close frame in most cases.
	return c.violated(codeProtocol, err)
}

// linger is the read loop's last part. A socket that is closed with bytes unread is reset by the system, and the client
// may lose what was sent to it: so they are read and thrown away until the client goes, or it is cut off.
func (c *Conn) linger() {
	c.lib.release()
	if c.listen() {
		for !c.peerClosed && !c.astray {
			head, err := c.peekHeader()
			if err == nil {
				err = c.skip(head)
			}
			if err != nil {
				break
			}
			c.peerClosed = head.opcode == opClose
		}
		// Whoever was told by the end of the stream that we have nothing more to say will end it, too. Where that cannot
		// be told, the close frame has to do.
		if _, ok := c.nc.(closeWriter); ok || !c.peerClosed {
			c.drain()
		}
	}
	c.heardAll()
}

// listen undoes deafen. Without a deadline nobody looks at the idle timeout: the flush timeout alone counts from here on.
func (c *Conn) listen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return false
	}
	c.deaf = false
	return c.nc.SetReadDeadline(time.Time{}) == nil
}

const discardStep = 1 << 20

// skip reads a frame and throws it away.
func (c *Conn) skip(h header) error {
	if h.payload < 0 {
		c.astray = true
		return nil
	}
	for left := int64(h.size) + h.payload; left > 0; {
		n, err := c.br.Discard(int(min(left, discardStep)))
		if err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}

// drain reads whatever comes, to the end.
func (c *Conn) drain() {
	for {
		if _, err := c.br.Discard(discardStep); err != nil {
			return
		}
	}
}

// heardAll ends the reading half, saidAll the writing half of a close. The last of them closes the connection.
func (c *Conn) heardAll() {
	c.mu.Lock()
	c.heard = true
	both := c.spoken
	c.mu.Unlock()
	if both {
		c.cut()
	}
}

func (c *Conn) saidAll() {
	c.mu.Lock()
	c.spoken = true
	both := c.heard
	c.mu.Unlock()
	if both {
		c.cut()
	} else if half, ok := c.nc.(closeWriter); ok {
		_ = half.CloseWrite()
	}
}

type closeWriter interface{ CloseWrite() error }

// cut closes the network connection. Whatever is blocked on it returns.
func (c *Conn) cut() {
	c.mu.Lock()
	first := !c.gone
	c.gone = true
	unsent := c.writing
	served := c.handler != nil
	if c.expiry != nil {
		c.expiry.Stop()
	}
	c.mu.Unlock()
	if !first {
		return
	}
	nc := c.nc
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = t.NetConn() // TLS's Close would wait up to 5 s to say goodbye
	}
	if s, ok := nc.(interface{ SetLinger(int) error }); ok && unsent {
		_ = s.SetLinger(0) // the system shall not keep, and go on offering, what the client does not take
	}
	_ = nc.Close()
	if !served {
		c.lib.release()
	}
}
