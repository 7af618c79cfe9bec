package protocol

import "bytes"

// v2015 is the serializer of phoenix.js 0.11 to 0.13.0 (PROTOCOL.md §7.2, §10.8): V1's objects, with these differences.
// A message needs no ref. A reply repeats the ref in its payload, where these clients look for it. A heartbeat is
// answered by a heartbeat. phx_close and phx_error have an empty payload and a null ref. To an unmatched topic there is no
// answer at all.
type v2015 struct{}

func (v2015) String() string { return "V2015" }

func (v2015) Decode(data []byte, _ bool) (Message, error) { return decodeObject(data, false) }

func (v2015) Encode(m Message) (Frame, error) {
	if m.Event == EventClose || m.Event == EventError {
		m.Payload, m.Ref = Payload{}, Null
	}
	return encodeObject(m)
}

// EncodeReply tells the two replies with a form of their own by their content: the host answers a heartbeat with
// StatusOK on TopicPhoenix, an unmatched topic with StatusError and UnmatchedTopic.
func (v2015) EncodeReply(r Reply) (Frame, error) {
	switch {
	case r.Topic == TopicPhoenix && r.Status == StatusOK:
		return encodeObject(Message{Topic: TopicPhoenix, Event: EventHeartbeat})
	case r.Status == StatusError && !r.Response.IsBinary() && bytes.Equal(r.Response.Bytes(), unmatchedTopic):
		return Frame{}, nil
	default:
		return encodeObjectReply(r, true)
	}
}

func (v2015) Fastlane(b Broadcast) (Frame, error) { return V1.Fastlane(b) }
