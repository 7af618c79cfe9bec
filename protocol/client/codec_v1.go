package client

import "github.com/ephemeral-p2p/ephemeral/protocol"

// v1 is vsn 1.0.0: objects (PROTOCOL.md §3.2).
type v1 struct{}

func (v1) version() string { return "1.0.0" }

// encode writes the join_ref too: servers read it, and then show it in phx_close and phx_error.
func (v1) encode(m protocol.Message) (_ outgoing, err error) {
	if m.Payload.IsBinary() {
		return outgoing{}, &protocol.EncodeError{Field: "payload", Reason: "is binary, which version 1.0.0 cannot carry"}
	}
	payload := m.Payload.Bytes()
	b := make([]byte, 0, 80+len(m.Topic)+len(m.Event)+len(payload))
	b = append(b, `{"join_ref":`...)
	b = append(b, m.JoinRef.String()...)
	b = append(b, `,"ref":`...)
	b = append(b, m.Ref.String()...)
	b = append(b, `,"topic":`...)
	if b, err = appendText(b, "topic", m.Topic); err != nil {
		return outgoing{}, err
	}
	b = append(b, `,"event":`...)
	if b, err = appendText(b, "event", m.Event); err != nil {
		return outgoing{}, err
	}
	b = append(b, `,"payload":`...)
	b = append(b, payload...)
	return outgoing{data: append(b, '}')}, nil
}

// decode reads {"topic","event","payload","ref"}. The ref of phx_close and phx_error is the join's.
func (v1) decode(data []byte, binary bool) (received, error) {
	if binary {
		return received{}, &protocol.DecodeError{Reason: "a server of version 1.0.0 sends no binary messages"}
	}
	m, err := protocol.V1.Decode(data, false)
	if err != nil {
		return received{}, err
	}
	switch m.Event {
	case protocol.EventReply:
		return reply(m)
	case protocol.EventClose, protocol.EventError:
		m.JoinRef = m.Ref
	}
	return received{Message: m}, nil
}
