package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Opcodes and limits of RFC 6455 §5.
const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xA

	final      = 0x80
	masked     = 0x80
	maxSmall   = 125
	maxControl = 125
)

// smallBuffer is the usual size of a connection's only buffer, in bytes: most
// messages of a channel fit.
const (
	smallBuffer = 512
)

// maskKey masks every frame. RFC 6455 wants a new one for each, against proxies
// that are not there; what unmasking costs the server does not depend on it.
var maskKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// appendFrame appends a final, masked client frame.
func appendFrame(b []byte, opcode byte, payload []byte) []byte {
	b = append(b, final|opcode)
	switch n := len(payload); {
	case n <= maxSmall:
		b = append(b, masked|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, masked|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, masked|127), uint64(n))
	}
	b = append(b, maskKey[:]...)
	start := len(b)
	b = append(b, payload...)
	for i := range payload {
		b[start+i] ^= maskKey[i&3]
	}
	return b
}

// wire reads a server's messages from a connection, and answers its pings. It is
// one goroutine's.
type wire struct {
	nc   net.Conn
	br   *bufio.Reader
	left int64 // of the message that was returned last, not read yet
}

func newWire(nc net.Conn, buffer int) *wire {
	return &wire{nc: nc, br: bufio.NewReaderSize(nc, max(buffer, smallBuffer))}
}

// incoming is a message. Head is all of it, or if it is longer than the buffer
// its beginning; it is valid until the next message is asked for.
type incoming struct {
	head   []byte
	size   int64
	binary bool
}

func (m incoming) whole() bool { return int64(len(m.head)) == m.size }

// closed says that the server closed the connection.
type closed struct {
	code   int // 0 if its frame had none
	reason string
}

func (e *closed) Error() string {
	return fmt.Sprintf("the server closed the connection with code %d %q", e.code, e.reason)
}

var errFragmented = errors.New("the server sent a message in several frames, or an extension's: this client understands neither")

// next waits for a message. What was not read of the one before is skipped.
func (w *wire) next() (incoming, error) {
	if err := w.skip(); err != nil {
		return incoming{}, err
	}
	for {
		opcode, size, err := w.header()
		if err != nil {
			return incoming{}, err
		}
		if opcode >= opClose {
			if err := w.control(opcode, size); err != nil {
				return incoming{}, err
			}
			continue
		}
		w.left = size
		head, err := w.br.Peek(int(min(size, int64(w.br.Size()))))
		return incoming{head, size, opcode == opBinary}, err
	}
}

// header reads a frame's header.
func (w *wire) header() (opcode byte, size int64, err error) {
	b, err := w.br.Peek(2)
	if err != nil {
		return 0, 0, err
	}
	first, length := b[0], b[1]
	used := 2
	size = int64(length)
	switch {
	case first&0xf0 != final || first&0x0f == 0:
		return 0, 0, errFragmented
	case length&masked != 0:
		return 0, 0, errors.New("the server sent a masked frame")
	case length == 126:
		used = 4
	case length == 127:
		used = 10
	}
	if b, err = w.br.Peek(used); err != nil {
		return 0, 0, err
	}
	switch used {
	case 4:
		size = int64(binary.BigEndian.Uint16(b[2:]))
	case 10:
		size = int64(binary.BigEndian.Uint64(b[2:]) & (1<<63 - 1))
	}
	_, err = w.br.Discard(used)
	return first & 0x0f, size, err
}

// control deals with a control frame.
func (w *wire) control(opcode byte, size int64) error {
	if size > maxControl {
		return errors.New("the server sent a control frame that is too long")
	}
	payload, err := w.br.Peek(int(size))
	if err != nil {
		return err
	}
	switch opcode {
	case opClose:
		e := &closed{}
		if size >= 2 {
			e.code, e.reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
		}
		return e
	case opPing:
		if _, err := w.nc.Write(appendFrame(nil, opPong, payload)); err != nil {
			return err
		}
	}
	_, err = w.br.Discard(int(size))
	return err
}

func (w *wire) skip() error {
	for w.left > 0 {
		n, err := w.br.Discard(int(min(w.left, 1<<20)))
		w.left -= int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// chunks are what long messages are read with: taken while one arrives, so that
// a thousand connections that wait have none.
var chunks = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// stream passes the message that next returned, from its beginning, to f piece
// by piece.
func (w *wire) stream(f func(piece []byte) error) error {
	chunk := chunks.Get().(*[]byte)
	defer chunks.Put(chunk)
	for w.left > 0 {
		n, err := w.br.Read((*chunk)[:min(w.left, int64(len(*chunk)))])
		w.left -= int64(n)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if err := f((*chunk)[:n]); err != nil {
			return err
		}
	}
	return nil
}

// errOther is what matches finds.
var errOther = errors.New("it is not what it should be")

// matches compares the message that next returned, behind its first skip bytes,
// with texts one after another, as it arrives. They are as long as that together.
func (w *wire) matches(skip int, texts ...[]byte) error {
	return w.stream(func(piece []byte) error {
		n := min(skip, len(piece))
		skip -= n
		for piece = piece[n:]; len(piece) > 0; {
			n := min(len(piece), len(texts[0]))
			if !bytes.Equal(piece[:n], texts[0][:n]) {
				return errOther
			}
			piece, texts[0] = piece[n:], texts[0][n:]
			if len(texts[0]) == 0 {
				texts = texts[1:]
			}
		}
		return nil
	})
}

// send writes a text message.
func (w *wire) send(text []byte) error {
	_, err := w.nc.Write(appendFrame(make([]byte, 0, len(text)+14), opText, text))
	return err
}

// sendAll writes several text messages at once.
func (w *wire) sendAll(texts [][]byte) error {
	var b []byte
	for _, text := range texts {
		b = appendFrame(b, opText, text)
	}
	_, err := w.nc.Write(b)
	return err
}
