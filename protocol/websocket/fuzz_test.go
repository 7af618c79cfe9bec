package websocket

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

const fuzzLimit = 300

// expected is what RFC 6455 makes of a client's bytes: the messages, and the close code (of the server's answer, if the
// client's close frame has one) or 0 if the stream just ends.
func expected(b []byte) (messages []string, code int) {
	var message []byte
	inMessage, isText := false, false
	for {
		if len(b) < 2 {
			return messages, 0
		}
		final, rsv, opcode, masked := b[0]&0x80 != 0, b[0]&0x70, b[0]&0x0f, b[1]&0x80 != 0
		size, rest := uint64(b[1]&0x7f), b[2:]
		switch {
		case size == 126 && len(rest) >= 2:
			size, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
		case size == 127 && len(rest) >= 8:
			size, rest = binary.BigEndian.Uint64(rest), rest[8:]
		case size >= 126:
			return messages, 0
		}
		if !inMessage && (opcode == opText || opcode == opBinary) && size > fuzzLimit && size < 1<<63 {
			return messages, codeTooBig // announced
		}
		if size >= 1<<63 {
			return messages, codeProtocol
		}
		var key []byte
		if masked {
			if len(rest) < 4 {
				return messages, 0
			}
			key, rest = rest[:4], rest[4:]
		}
		known := opcode <= opBinary || opcode >= opClose && opcode <= opPong
		control := opcode >= opClose
		fits := inMessage == (opcode == 0)
		if rsv != 0 || !masked || !known || control && (size > 125 || !final) || !control && !fits {
			return messages, codeProtocol
		}
		payload := make([]byte, min(size, uint64(len(rest))))
		for i := range payload {
			payload[i] = rest[i] ^ key[i%4]
		}
		if !control && len(message)+len(payload) > fuzzLimit {
			return messages, codeTooBig
		}
		if uint64(len(payload)) < size {
			return messages, 0
		}
		b = rest[size:]
		switch {
		case opcode == opClose:
			return messages, expectedAnswer(payload)
		case control:
			continue
		case opcode != 0:
			inMessage, isText = true, opcode == opText
		}
		message = append(message, payload...)
		if final {
			if isText && !utf8.Valid(message) {
				return messages, codeInvalidText
			}
			messages = append(messages, string(message))
			message, inMessage = nil, false
		}
	}
}

// expectedAnswer is the code that answers a close frame, 0 if there is none.
func expectedAnswer(payload []byte) int {
	if len(payload) == 0 {
		return 0
	}
	if len(payload) == 1 {
		return codeProtocol
	}
	code := int(binary.BigEndian.Uint16(payload))
	if !sendable(code) || !utf8.Valid(payload[2:]) {
		return codeProtocol
	}
	return code
}

// FuzzRead compares what is delivered, and how the connection ends, with a reading of the RFC that is not the library's.
func FuzzRead(f *testing.F) {
	for _, frames := range [][]frame{
		{textFrame("hello"), pingFrame("x"), binaryFrame([]byte{0xff}), byeFrame(1001, "bye")},
		{{opcode: opText, payload: []byte("a\xc5")}, pingFrame(""), {opcode: 0, payload: nil}, {opcode: 0, final: true, payload: []byte("\xbe")}},
		{textFrame("\xff")},
		{{opcode: 0, final: true}},
		{{opcode: opText}, textFrame("x")},
		{{rsv: 4, opcode: opText, final: true}},
		{{opcode: 11, final: true}},
		{byeFrame(1006, "")},
		{byeFrame(codeNone, "")},
		{{opcode: opClose, final: true, payload: []byte{1}}},
		{byeFrame(1000, "\xff")},
		{{opcode: opText, payload: make([]byte, 200)}, {opcode: 0, final: true, payload: make([]byte, 100)}},
		{{opcode: opText, payload: make([]byte, 200)}, {opcode: 0, final: true, payload: make([]byte, 101)}},
		{binaryFrame(make([]byte, fuzzLimit+1))},
	} {
		var b []byte
		for _, frame := range frames {
			b = append(b, frame.bytes()...)
		}
		f.Add(b)
		f.Add(b[:len(b)-1])
	}
	f.Add([]byte{0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4})
	f.Add([]byte{0x81, 0x01, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		var got []string
		for _, r := range []io.Reader{bytes.NewReader(b), iotest.OneByteReader(bytes.NewReader(b))} {
			got = nil
			p := over(t, &script{r: r}, Options{MaxMessageSize: fuzzLimit}, func(p *peer) {
				p.onMessage = func(_ *peer, data []byte, _ bool) error {
					got = append(got, string(data))
					return nil
				}
			})
			wait(t, p.ended, "the end")
			messages, code := expected(b)
			if !slices.Equal(got, messages) {
				t.Errorf("got messages %q, wanted %q", got, messages)
			}
			// A message may be cut off inside of the piece that goes over the limit: then both ends are right.
			if p.summary.Code != code && (code != codeTooBig || p.summary.Code != 0) {
				t.Errorf("closed with %d (%v), wanted %d", p.summary.Code, p.causes, code)
			}
		}
	})
}

// A script is a network connection of which the client's bytes are known beforehand.
type script struct {
	net.Conn
	r io.Reader
}

func (s *script) Read(p []byte) (int, error)      { return s.r.Read(p) }
func (s *script) Write(p []byte) (int, error)     { return len(p), nil }
func (s *script) SetReadDeadline(time.Time) error { return nil }
func (s *script) Close() error                    { return nil }
