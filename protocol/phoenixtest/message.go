package phoenixtest

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A Message is one message that a client was sent, or that was broadcast.
type Message struct {
	// JoinRef names the join of the topic that it belongs to. It is null in
	// broadcasts, and in all that V1 clients are sent.
	JoinRef protocol.Ref
	// Ref is that of the message which a reply answers. In phx_close and
	// phx_error it is the JoinRef, in all else null.
	Ref   protocol.Ref
	Topic string
	Event string // "phx_reply" for a reply
	// Status is a reply's, "ok" or "error" as a rule, and empty otherwise.
	Status  string
	Payload protocol.Payload // a reply's response
}

// String writes the message for a human: push "said" on room:lobby {"text":"hi"}.
func (m Message) String() string {
	if m.Event == protocol.EventReply && m.Status != "" {
		return fmt.Sprintf("reply to %v on %s, %q %s", m.Ref, m.Topic, m.Status, shorten(m.Payload.String()))
	}
	kind := "push"
	if m.JoinRef == protocol.Null {
		kind = "broadcast or push"
	}
	return fmt.Sprintf("%s %q on %s %s", kind, m.Event, m.Topic, shorten(m.Payload.String()))
}

func (m Message) isReplyTo(ref protocol.Ref) bool {
	return m.Event == protocol.EventReply && m.Ref == ref
}

// decode reads a frame of the server's, as phoenix.js does, whatever its version.
func decode(f protocol.Frame) Message {
	data := f.Bytes()
	var m Message
	var err error
	switch {
	case f.IsBinary():
		return decodeBinary(data)
	case len(data) > 0 && data[0] == '[':
		var array [5]jsontext.Value
		err = json.Unmarshal(data, &array, lenient)
		for i, field := range []any{&m.JoinRef, &m.Ref, &m.Topic, &m.Event, &m.Payload} {
			err = errors.Join(err, json.Unmarshal(array[i], field, lenient))
		}
	default:
		var v1 struct {
			Ref     protocol.Ref     `json:"ref"`
			Topic   string           `json:"topic"`
			Event   string           `json:"event"`
			Payload protocol.Payload `json:"payload"`
		}
		err = json.Unmarshal(data, &v1, lenient)
		m = Message{Ref: v1.Ref, Topic: v1.Topic, Event: v1.Event, Payload: v1.Payload}
	}
	if err != nil {
		panic(fmt.Sprintf("phoenixtest: the server sent %q: %v", data, err))
	}
	return m.opened()
}

var lenient = jsontext.AllowDuplicateNames(true)

// opened takes status and response out of the payload of a reply.
func (m Message) opened() Message {
	var reply struct {
		Status   string           `json:"status"`
		Response protocol.Payload `json:"response"`
	}
	if m.Event == protocol.EventReply && m.Payload.Decode(&reply) == nil && reply.Status != "" {
		m.Status, m.Payload = reply.Status, reply.Response
	}
	return m
}

// decodeBinary reads the three kinds of PROTOCOL.md §3.4.
func decodeBinary(data []byte) Message {
	const push, reply = 0, 1
	kind, data := data[0], data[1:]
	fields := func(n int) (texts []string, rest []byte) {
		lengths, rest := data[:n], data[n:]
		for _, length := range lengths {
			texts = append(texts, string(rest[:length]))
			rest = rest[length:]
		}
		return texts, rest
	}
	switch kind {
	case push:
		f, payload := fields(3)
		return Message{JoinRef: ref(f[0]), Topic: f[1], Event: f[2], Payload: protocol.Binary(payload)}
	case reply:
		f, payload := fields(4)
		return Message{JoinRef: ref(f[0]), Ref: ref(f[1]), Topic: f[2], Event: protocol.EventReply, Status: f[3], Payload: protocol.Binary(payload)}
	default:
		f, payload := fields(2)
		return Message{Topic: f[0], Event: f[1], Payload: protocol.Binary(payload)}
	}
}

// ref reads a ref of a binary frame, where null is nothing.
func ref(text string) protocol.Ref {
	if text == "" {
		return protocol.Null
	}
	return protocol.StringRef(text)
}
