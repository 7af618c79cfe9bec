package main

import (
	"encoding/binary"
	"fmt"
)

// The kinds of binary frames (protocol/PROTOCOL.md §3.4), in which all lengths
// are single bytes.
const (
	kindPush      = 0
	kindBroadcast = 2
)

// parseBinary takes a server's binary frame apart. Its header must be whole.
func parseBinary(b []byte, _ bool) (m message, err error) {
	m.binary = true
	var parts []*[]byte
	if len(b) > 0 && b[0] == kindPush {
		parts = []*[]byte{&m.joinRef, &m.topic, &m.event}
	}
	if len(b) > 0 && b[0] == kindBroadcast {
		parts = []*[]byte{&m.topic, &m.event}
	}
	m.start = 1 + len(parts)
	ok := len(parts) > 0 && len(b) >= m.start
	for i, part := range parts {
		if !ok || len(b) < m.start+int(b[1+i]) {
			ok = false
			break
		}
		*part = b[m.start : m.start+int(b[1+i])]
		m.start += len(*part)
	}
	if !ok {
		return message{}, fmt.Errorf("%w: %.100q", errNoMessage, b)
	}
	m.payload = b[m.start:]
	return m, nil
}

// encodeBinary writes a client's push of bytes.
func encodeBinary(joinRef, r ref, topic, event string, payload ...[]byte) []byte {
	jr, rr := fmt.Appendf(nil, "%d", joinRef), fmt.Appendf(nil, "%d", r)
	b := []byte{kindPush, byte(len(jr)), byte(len(rr)), byte(len(topic)), byte(len(event))}
	b = append(append(b, jr...), rr...)
	b = append(append(b, topic...), event...)
	for _, p := range payload {
		b = append(b, p...)
	}
	return b
}

// partHeader is what each part of a page begins with: its offset, and the page's
// length.
const partHeader = 8

func appendPartHeader(b []byte, offset, total int) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, uint32(offset)), uint32(total))
}

func parsePartHeader(b []byte) (offset, total int, ok bool) {
	if len(b) < partHeader {
		return 0, 0, false
	}
	return int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint32(b[4:])), true
}
