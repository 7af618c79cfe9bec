package protocol

import "github.com/go-json-experiment/json/jsontext"

// v2 is the serializer of vsn 2.0.x: an array for each message (PROTOCOL.md §3.3), and a form of its own for a message
// with a binary payload (v2binary.go).
type v2 struct{}

func (v2) String() string { return "V2" }

const arrayShape = "a V2 message is an array of five elements"

// Decode reads [join_ref, ref, topic, event, payload]; further elements are ignored.
func (v2) Decode(data []byte, binary bool) (Message, error) {
	if binary {
		return decodeBinary(data)
	}
	s := newScanner(data)
	defer s.free()
	if err := s.open('[', arrayShape); err != nil {
		return Message{}, err
	}
	var e [5]jsontext.Value
	n := 0
	for ; s.more(); n++ {
		v, err := s.value()
		if err != nil {
			return Message{}, err
		}
		if n < len(e) {
			e[n] = v
		}
	}
	if err := s.end(); err != nil {
		return Message{}, err
	}
	if n < len(e) {
		return Message{}, &DecodeError{Reason: arrayShape}
	}
	return message(len(data), e[0], e[1], e[2], e[3], e[4])
}

func (v2) Encode(m Message) (Frame, error) {
	if m.Payload.IsBinary() {
		return encodeBinaryPush(m)
	}
	return encodeArray(m)
}

func (v2) Fastlane(b Broadcast) (Frame, error) {
	if b.Payload.IsBinary() {
		return encodeBinaryBroadcast(b)
	}
	return encodeArray(Message{Topic: b.Topic, Event: b.Event, Payload: b.Payload})
}

// arraySize is what the brackets, commas, quotes and nulls of the array forms take, and a little room for escapes.
const arraySize = 64

func encodeArray(m Message) (Frame, error) {
	if !m.Payload.IsObject() {
		return Frame{}, &EncodeError{Field: "payload", Reason: "of a push or a broadcast must be a JSON object or binary"}
	}
	if err := checkTexts(field{"topic", m.Topic}, field{"event", m.Event}); err != nil {
		return Frame{}, err
	}
	payload := m.Payload.Bytes()
	b := newFrame(arraySize + len(m.JoinRef) + len(m.Ref) + len(m.Topic) + len(m.Event) + len(payload))
	b = appendHead(b, m.JoinRef, m.Ref, m.Topic)
	b = appendString(b, m.Event)
	b = append(b, ',')
	b = append(b, payload...)
	b = append(b, ']')
	return seal(b, opText), nil
}

func (v2) EncodeReply(r Reply) (Frame, error) {
	if r.Response.IsBinary() {
		return encodeBinaryReply(r)
	}
	if err := checkTexts(field{"topic", r.Topic}, field{"status", r.Status}); err != nil {
		return Frame{}, err
	}
	response := r.Response.Bytes()
	b := newFrame(arraySize + len(r.JoinRef) + len(r.Ref) + len(r.Topic) + len(r.Status) + len(response))
	b = appendHead(b, r.JoinRef, r.Ref, r.Topic)
	b = append(b, `"phx_reply",{"status":`...)
	b = appendString(b, r.Status)
	b = append(b, `,"response":`...)
	b = append(b, response...)
	b = append(b, "}]"...)
	return seal(b, opText), nil
}

// appendHead writes the array up to the event.
func appendHead(b []byte, joinRef, ref Ref, topic string) []byte {
	b = append(b, '[')
	b = joinRef.append(b)
	b = append(b, ',')
	b = ref.append(b)
	b = append(b, ',')
	b = appendString(b, topic)
	return append(b, ',')
}
