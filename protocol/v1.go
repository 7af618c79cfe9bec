package protocol

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// v1 is the serializer of vsn 1.0.x: an object for each message (PROTOCOL.md §3.2).
type v1 struct{}

func (v1) String() string { return "V1" }

// Decode reads {"topic","event","payload","ref"} and an optional "join_ref", whatever the opcode.
func (v1) Decode(data []byte, _ bool) (Message, error) { return decodeObject(data, true) }

func (v1) Encode(m Message) (Frame, error) { return encodeObject(m) }

func (v1) EncodeReply(r Reply) (Frame, error) { return encodeObjectReply(r, false) }

func (v1) Fastlane(b Broadcast) (Frame, error) {
	return encodeObject(Message{Topic: b.Topic, Event: b.Event, Payload: b.Payload})
}

const objectShape = "a V1 message is an object"

// decodeObject reads the object form. Of a name that comes twice the last counts; unknown names are ignored.
func decodeObject(data []byte, needRef bool) (m Message, err error) {
	s := newScanner(data)
	defer s.free()
	if err := s.open('{', objectShape); err != nil {
		return Message{}, err
	}
	var topic, event, payload, ref, joinRef jsontext.Value
	for s.more() {
		name, err := s.value()
		if err != nil {
			return Message{}, err
		}
		var other jsontext.Value
		field := &other
		switch string(unescaped(name)) {
		case `"topic"`:
			field = &topic
		case `"event"`:
			field = &event
		case `"payload"`:
			field = &payload
		case `"ref"`:
			field = &ref
		case `"join_ref"`:
			field = &joinRef
		}
		if *field, err = s.value(); err != nil {
			return Message{}, err
		}
	}
	if err := s.end(); err != nil {
		return Message{}, err
	}
	switch {
	case topic == nil:
		return Message{}, missing("topic")
	case event == nil:
		return Message{}, missing("event")
	case payload == nil:
		return Message{}, missing("payload")
	case ref == nil && needRef:
		return Message{}, missing("ref")
	}
	return message(len(data), joinRef, ref, topic, event, payload)
}

func missing(key string) error {
	return &DecodeError{Reason: "the key " + key + " is missing"}
}

// unescaped returns a JSON string in its shortest form.
func unescaped(quoted jsontext.Value) []byte {
	if isPlain(quoted) {
		return quoted
	}
	s, _ := jsontext.AppendUnquote(nil, quoted)
	return appendString(nil, string(s))
}

// message makes a Message of its JSON values, which arrived in so many bytes; refs that are missing are null.
func message(size int, joinRef, ref, topic, event, payload jsontext.Value) (m Message, err error) {
	if m.JoinRef, err = optionalRef(joinRef); err != nil {
		return Message{}, err
	}
	if m.Ref, err = optionalRef(ref); err != nil {
		return Message{}, err
	}
	if m.Topic, err = text("topic", topic); err != nil {
		return Message{}, err
	}
	if m.Event, err = text("event", event); err != nil {
		return Message{}, err
	}
	m.Payload = Payload{text: detach(payload, size)}
	return m, nil
}

// maxSlack is what a payload, beside as many bytes as its own, may keep in memory of the message that it came in.
const maxSlack = 1 << 10

// detach returns the payload, and a copy of it if the rest of its message is out of proportion: who keeps a payload shall
// not keep with it what a client put around it, which may be any length of white space.
func detach(payload []byte, size int) []byte {
	if size-len(payload) > len(payload)+maxSlack {
		return bytes.Clone(payload)
	}
	return payload
}

func optionalRef(v jsontext.Value) (Ref, error) {
	if v == nil {
		return Null, nil
	}
	return parseRef(v)
}

// objectSize is what the names, quotes and nulls of the object forms take, and a little room for escapes.
const objectSize = 96

func encodeObject(m Message) (Frame, error) {
	if m.Payload.IsBinary() {
		return Frame{}, noBinary("payload")
	}
	if err := checkTexts(field{"topic", m.Topic}, field{"event", m.Event}); err != nil {
		return Frame{}, err
	}
	payload := m.Payload.Bytes()
	b := newFrame(objectSize + len(m.Topic) + len(m.Event) + len(m.Ref) + len(payload))
	b = append(b, `{"topic":`...)
	b = appendString(b, m.Topic)
	b = append(b, `,"event":`...)
	b = appendString(b, m.Event)
	b = append(b, `,"payload":`...)
	b = append(b, payload...)
	b = append(b, `,"ref":`...)
	b = m.Ref.append(b)
	b = append(b, '}')
	return seal(b, opText), nil
}

func encodeObjectReply(r Reply, innerRef bool) (Frame, error) {
	if r.Response.IsBinary() {
		return Frame{}, noBinary("response")
	}
	if err := checkTexts(field{"topic", r.Topic}, field{"status", r.Status}); err != nil {
		return Frame{}, err
	}
	response := r.Response.Bytes()
	b := newFrame(objectSize + len(r.Topic) + len(r.Status) + 2*len(r.Ref) + len(response))
	b = append(b, `{"topic":`...)
	b = appendString(b, r.Topic)
	b = append(b, `,"event":"phx_reply","payload":{"status":`...)
	b = appendString(b, r.Status)
	if innerRef {
		b = append(b, `,"ref":`...)
		b = r.Ref.append(b)
	}
	b = append(b, `,"response":`...)
	b = append(b, response...)
	b = append(b, `},"ref":`...)
	b = r.Ref.append(b)
	b = append(b, '}')
	return seal(b, opText), nil
}

func noBinary(field string) error {
	return &EncodeError{Field: field, Reason: "is binary, which only clients of vsn 2.0.0 can be sent"}
}
