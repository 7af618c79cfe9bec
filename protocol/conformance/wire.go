package conformance

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
)

// The WebSocket framing layer (RFC 6455 §5), from the client's side.

type opcode byte

const (
	opContinuation opcode = 0
	opText         opcode = 1
	opBinary       opcode = 2
	opClose        opcode = 8
	opPing         opcode = 9
	opPong         opcode = 10
)

func (op opcode) control() bool { return op >= opClose }

// largestMessage is how many bytes of one message the client takes: more than
// any transcript has, less than would hurt.
const largestMessage = 64 << 20

const (
	finalBit = 0x80
	maskBit  = 0x80
	rsvBits  = 0x70
)

// appendFrame appends a masked frame, as a client must send it.
func appendFrame(dst []byte, op opcode, final bool, payload []byte) []byte {
	first := byte(op)
	if final {
		first |= finalBit
	}
	switch n := len(payload); {
	case n <= 125:
		dst = append(dst, first, maskBit|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, first, maskBit|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, first, maskBit|127), uint64(n))
	}
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], rand.Uint32())
	dst = append(dst, mask[:]...)
	start := len(dst)
	dst = append(dst, payload...)
	for i := range payload {
		dst[start+i] ^= mask[i%4]
	}
	return dst
}

// appendMessage appends a message in frames of size bytes each; size 0 makes it
// one frame.
func appendMessage(dst []byte, op opcode, payload []byte, size int) []byte {
	if size <= 0 {
		size = len(payload)
	}
	for len(payload) > size {
		dst = appendFrame(dst, op, false, payload[:size])
		op, payload = opContinuation, payload[size:]
	}
	return appendFrame(dst, op, true, payload)
}

// A wireFrame is one frame from the server.
type wireFrame struct {
	op      opcode
	final   bool
	payload []byte
}

// readFrame reads a frame and refuses what RFC 6455 does not let a server send.
// An error of the connection is returned as it is.
func readFrame(r *bufio.Reader) (wireFrame, error) {
	var header [2]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return wireFrame{}, err
	}
	f := wireFrame{op: opcode(header[0] & 0x0f), final: header[0]&finalBit != 0}
	size, err := readSize(r, header[1]&^maskBit)
	switch {
	case err != nil:
		return f, err
	case header[0]&rsvBits != 0:
		return f, fmt.Errorf("the server sent a frame with reserved bits set: %#x", header[0])
	case header[1]&maskBit != 0:
		return f, errors.New("the server sent a masked frame")
	case f.op.control() && (!f.final || size > 125):
		return f, fmt.Errorf("the server sent a control frame in fragments or of %d bytes", size)
	case size > largestMessage:
		return f, fmt.Errorf("the server sent a frame of %d bytes", size)
	}
	f.payload = make([]byte, size)
	_, err = io.ReadFull(r, f.payload)
	return f, err
}

func readSize(r *bufio.Reader, short byte) (uint64, error) {
	switch short {
	case 126:
		var n [2]byte
		_, err := io.ReadFull(r, n[:])
		return uint64(binary.BigEndian.Uint16(n[:])), err
	case 127:
		var n [8]byte
		_, err := io.ReadFull(r, n[:])
		return binary.BigEndian.Uint64(n[:]), err
	default:
		return uint64(short), nil
	}
}

// The close codes that never are in a frame (RFC 6455 §7.4.1).
const (
	codeNone     = 1005 // a close frame without a code
	codeAbnormal = 1006 // no close frame at all
)

// A closeFrame is what a close frame says, or 1006 where none came.
type closeFrame struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"`
}

func (c closeFrame) String() string {
	switch {
	case c.Code == codeAbnormal:
		return "an end without a close frame (1006)"
	case c.Code == codeNone:
		return "a close frame without a code (1005)"
	case c.Reason == "":
		return fmt.Sprintf("a close frame with the code %d", c.Code)
	default:
		return fmt.Sprintf("a close frame with the code %d and the reason %q", c.Code, c.Reason)
	}
}

func (c closeFrame) payload() []byte {
	if c.Code == codeNone {
		return nil
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(c.Code)), c.Reason...)
}

func parseClose(payload []byte) (closeFrame, error) {
	switch len(payload) {
	case 0:
		return closeFrame{Code: codeNone}, nil
	case 1:
		return closeFrame{}, errors.New("the server sent a close frame of one byte")
	default:
		return closeFrame{int(binary.BigEndian.Uint16(payload)), string(payload[2:])}, nil
	}
}
