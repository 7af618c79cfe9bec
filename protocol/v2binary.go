package protocol

import (
	"fmt"
	"unicode/utf8"
)

// The kinds of V2 binary messages (PROTOCOL.md §3.4). Clients send pushes only; those have a ref, the server's do not.
const (
	kindPush      = 0
	kindReply     = 1
	kindBroadcast = 2
)

// maxField is the length of a header field that its one length byte can say.
const maxField = 255

// decodeBinary reads a client's push: kind, four lengths, join_ref, ref, topic, event, data. An empty ref is the empty
// string, not null, and so matches no join_ref that was given in text.
func decodeBinary(data []byte) (Message, error) {
	const header = 5
	if len(data) < header {
		return Message{}, &DecodeError{Reason: "a binary message begins with a kind and four lengths"}
	}
	if data[0] != kindPush {
		return Message{}, &DecodeError{Reason: fmt.Sprintf("a client's binary message is of kind 0, not %d", data[0])}
	}
	rest := data[header:]
	size := 0
	for _, n := range data[1:header] {
		size += int(n)
	}
	if size > len(rest) {
		return Message{}, &DecodeError{Reason: "the lengths of a binary message claim more bytes than there are"}
	}
	var field [4]string
	all := string(rest[:size])
	for i, n := range data[1:header] {
		field[i], all = all[:n], all[n:]
		if !utf8.ValidString(field[i]) {
			return Message{}, &DecodeError{Reason: "a header field of a binary message is not UTF-8"}
		}
	}
	return Message{
		JoinRef: StringRef(field[0]),
		Ref:     StringRef(field[1]),
		Topic:   field[2],
		Event:   field[3],
		Payload: Binary(rest[size:]),
	}, nil
}

// encodeBinaryPush writes kind, three lengths, join_ref, topic, event, data.
func encodeBinaryPush(m Message) (Frame, error) {
	joinRef, err := m.JoinRef.plain("join_ref")
	if err != nil {
		return Frame{}, err
	}
	return encodeBinary(kindPush, m.Payload, field{"join_ref", joinRef}, field{"topic", m.Topic}, field{"event", m.Event})
}

// encodeBinaryReply writes kind, four lengths, join_ref, ref, topic, status, data.
func encodeBinaryReply(r Reply) (Frame, error) {
	joinRef, err := r.JoinRef.plain("join_ref")
	if err != nil {
		return Frame{}, err
	}
	ref, err := r.Ref.plain("ref")
	if err != nil {
		return Frame{}, err
	}
	return encodeBinary(kindReply, r.Response,
		field{"join_ref", joinRef}, field{"ref", ref}, field{"topic", r.Topic}, field{"status", r.Status})
}

// encodeBinaryBroadcast writes kind, two lengths, topic, event, data.
func encodeBinaryBroadcast(b Broadcast) (Frame, error) {
	return encodeBinary(kindBroadcast, b.Payload, field{"topic", b.Topic}, field{"event", b.Event})
}

func encodeBinary(kind byte, data Payload, fields ...field) (Frame, error) {
	size := 1 + len(fields) + len(data.text)
	for _, f := range fields {
		if len(f.value) > maxField {
			return Frame{}, &EncodeError{
				Field:  f.name,
				Reason: fmt.Sprintf("is %d bytes long; a binary message has room for %d", len(f.value), maxField),
			}
		}
		if err := f.check(); err != nil {
			return Frame{}, err
		}
		size += len(f.value)
	}
	b := append(newFrame(size), kind)
	for _, f := range fields {
		b = append(b, byte(len(f.value)))
	}
	for _, f := range fields {
		b = append(b, f.value...)
	}
	return seal(append(b, data.text...), opBinary), nil
}
