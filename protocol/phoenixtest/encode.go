package phoenixtest

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// An encoder writes a client's messages.
type encoder func(m protocol.Message) (data []byte, binary bool, err error)

// encoderFor returns the client's side of a serializer, nil if it is unknown.
func encoderFor(s protocol.Serializer) encoder {
	switch s {
	case protocol.V1, protocol.V2015:
		return encodeObject
	case protocol.V2:
		return encodeArray
	}
	return nil
}

func encodeObject(m protocol.Message) ([]byte, bool, error) {
	data, err := json.Marshal(struct {
		Topic   string           `json:"topic"`
		Event   string           `json:"event"`
		Payload protocol.Payload `json:"payload"`
		Ref     protocol.Ref     `json:"ref"`
		JoinRef protocol.Ref     `json:"join_ref"`
	}{m.Topic, m.Event, m.Payload, m.Ref, m.JoinRef}, lenient)
	return data, false, err
}

func encodeArray(m protocol.Message) ([]byte, bool, error) {
	if m.Payload.IsBinary() {
		data, err := encodeBinary(m)
		return data, true, err
	}
	data, err := json.Marshal([]any{m.JoinRef, m.Ref, m.Topic, m.Event, m.Payload}, lenient)
	return data, false, err
}

// encodeBinary writes a client's push (PROTOCOL.md §3.4).
func encodeBinary(m protocol.Message) ([]byte, error) {
	frame := []byte{0}
	var texts []byte
	for _, field := range []string{plain(m.JoinRef), plain(m.Ref), m.Topic, m.Event} {
		if len(field) > 255 {
			return nil, fmt.Errorf("%.20q… is %d bytes long, and a binary message has room for 255", field, len(field))
		}
		frame = append(frame, byte(len(field)))
		texts = append(texts, field...)
	}
	return append(append(frame, texts...), m.Payload.Bytes()...), nil
}

// plain returns a ref as phoenix.js writes it into a binary frame: a string as it
// is, null as nothing.
func plain(r protocol.Ref) string {
	var text string
	if json.Unmarshal([]byte(r), &text) == nil {
		return text
	}
	return string(r)
}
