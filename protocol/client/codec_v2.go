package client

import (
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// v2 is vsn 2.0.0: arrays, and binary messages (PROTOCOL.md §3.3, §3.4).
type v2 struct{}

func (v2) version() string { return "2.0.0" }

// encode writes [join_ref, ref, topic, event, payload].
func (v2) encode(m protocol.Message) (_ outgoing, err error) {
	if m.Payload.IsBinary() {
		return encodeBinary(m)
	}
	payload := m.Payload.Bytes()
	b := make([]byte, 0, 48+len(m.Topic)+len(m.Event)+len(payload))
	b = append(b, '[')
	b = append(b, m.JoinRef.String()...)
	b = append(b, ',')
	b = append(b, m.Ref.String()...)
	b = append(b, ',')
	if b, err = appendText(b, "topic", m.Topic); err != nil {
		return outgoing{}, err
	}
	b = append(b, ',')
	if b, err = appendText(b, "event", m.Event); err != nil {
		return outgoing{}, err
	}
	b = append(b, ',')
	b = append(b, payload...)
	return outgoing{data: append(b, ']')}, nil
}

func (v2) decode(data []byte, binary bool) (received, error) {
	if binary {
		return decodeBinary(data)
	}
	m, err := protocol.V2.Decode(data, false)
	if err != nil {
		return received{}, err
	}
	if m.Event == protocol.EventReply {
		return reply(m)
	}
	return received{Message: m}, nil
}

// encodeBinary writes a push: kind 0, four lengths, join_ref, ref, topic, event, data.
func encodeBinary(m protocol.Message) (outgoing, error) {
	fields := [...]struct{ name, value string }{
		{"join_ref", plain(m.JoinRef)}, {"ref", plain(m.Ref)}, {"topic", m.Topic}, {"event", m.Event},
	}
	data := m.Payload.Bytes()
	size := 1 + len(fields) + len(data)
	for _, f := range fields {
		switch {
		case len(f.value) > 255:
			return outgoing{}, &protocol.EncodeError{
				Field:  f.name,
				Reason: fmt.Sprintf("is %d bytes long; a binary message has room for 255", len(f.value)),
			}
		case !utf8.ValidString(f.value):
			return outgoing{}, &protocol.EncodeError{Field: f.name, Reason: "is not UTF-8"}
		}
		size += len(f.value)
	}
	b := append(make([]byte, 0, size), 0)
	for _, f := range fields {
		b = append(b, byte(len(f.value)))
	}
	for _, f := range fields {
		b = append(b, f.value...)
	}
	return outgoing{data: append(b, data...), binary: true}, nil
}

// plain is a ref of our own, a string, without its quotes.
func plain(r protocol.Ref) string {
	if r == protocol.Null {
		return ""
	}
	return string(r[1 : len(r)-1])
}

// The kinds of binary messages of a server, by their header's fields.
const (
	kindPush      = 0 // join_ref, topic, event
	kindReply     = 1 // join_ref, ref, topic, status
	kindBroadcast = 2 // topic, event
)

func decodeBinary(data []byte) (received, error) {
	if len(data) == 0 {
		return received{}, &protocol.DecodeError{Reason: "a binary message is empty"}
	}
	var f []string
	var err error
	var r received
	switch data[0] {
	case kindPush:
		if f, data, err = header(data, 3); err == nil {
			r.JoinRef, r.Topic, r.Event = refOf(f[0]), f[1], f[2]
		}
	case kindReply:
		if f, data, err = header(data, 4); err == nil {
			r.JoinRef, r.Ref, r.Topic, r.status = refOf(f[0]), refOf(f[1]), f[2], f[3]
			r.Event = protocol.EventReply
		}
	case kindBroadcast:
		if f, data, err = header(data, 2); err == nil {
			r.Topic, r.Event = f[0], f[1]
		}
	default:
		err = &protocol.DecodeError{Reason: fmt.Sprintf("a server's binary message is of kind 0, 1 or 2, not %d", data[0])}
	}
	if err != nil {
		return received{}, err
	}
	r.Payload = protocol.Binary(data)
	return r, nil
}

// header splits a binary message into its n fields and its data.
func header(data []byte, n int) (fields []string, rest []byte, err error) {
	if len(data) < 1+n {
		return nil, nil, &protocol.DecodeError{Reason: "the header of a binary message is cut off"}
	}
	lengths, rest := data[1:1+n], data[1+n:]
	for _, length := range lengths {
		if int(length) > len(rest) {
			return nil, nil, &protocol.DecodeError{Reason: "the lengths of a binary message claim more bytes than there are"}
		}
		fields = append(fields, string(rest[:length]))
		rest = rest[length:]
	}
	return fields, rest, nil
}

// refOf returns the ref that a binary message has as plain text; nothing is null. The refs that a client gets back are
// its own, strings all of them.
func refOf(text string) protocol.Ref {
	if text == "" {
		return protocol.Null
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return protocol.Null
	}
	return protocol.Ref(quoted)
}
