package protocol

import (
	"encoding/binary"
	"math"
)

// A Frame is one encoded message. It is immutable, and made to be shared: every recipient of a broadcast is sent the
// same bytes. The header of the WebSocket frame stands right in front of the message, in one buffer, so that sending
// it takes one write and no copy.
//
// The zero Frame stands for "nothing to send" (IsZero).
type Frame struct {
	ws []byte // header and message
}

const (
	// headerRoom is the longest header of an unmasked WebSocket frame: 2 bytes and a 64-bit length (RFC 6455 §5.2).
	headerRoom = 10

	opText   = 0x81 // FIN and opcode 1
	opBinary = 0x82 // FIN and opcode 2
)

// WebSocket returns the whole WebSocket frame: final, unmasked (as servers must send), header and message. The bytes
// must not be changed.
func (f Frame) WebSocket() []byte { return f.ws }

// Bytes returns the message alone, for transports that frame it otherwise. The bytes must not be changed.
func (f Frame) Bytes() []byte {
	if f.IsZero() {
		return nil
	}
	return f.ws[f.headerLen():]
}

// IsBinary reports whether the message is a binary one rather than text.
func (f Frame) IsBinary() bool { return !f.IsZero() && f.ws[0] == opBinary }

// IsZero reports whether there is nothing to send.
func (f Frame) IsZero() bool { return len(f.ws) == 0 }

func (f Frame) headerLen() int {
	switch f.ws[1] {
	case 126:
		return 4
	case 127:
		return 10
	default:
		return 2
	}
}

// newFrame returns a buffer to append a message of about size bytes to. seal makes it a Frame.
func newFrame(size int) []byte { return make([]byte, headerRoom, headerRoom+size) }

// seal writes the header in front of the message that was appended to a buffer of newFrame.
func seal(buf []byte, opcode byte) Frame {
	size := len(buf) - headerRoom
	var start int
	switch {
	case size < 126:
		start = headerRoom - 2
		buf[start+1] = byte(size)
	case size <= math.MaxUint16:
		start = headerRoom - 4
		buf[start+1] = 126
		binary.BigEndian.PutUint16(buf[start+2:], uint16(size))
	default:
		start = 0
		buf[1] = 127
		binary.BigEndian.PutUint64(buf[2:], uint64(size))
	}
	buf[start] = opcode
	return Frame{ws: buf[start:len(buf):len(buf)]}
}
