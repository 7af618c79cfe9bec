package protocol

// A Serializer is one generation of the wire format. Values must be comparable: a broadcast is encoded once for all
// recipients that have the same serializer (==). They are used from many goroutines at once.
type Serializer interface {
	// Decode reads one message of a client; binary tells that it came in a binary frame. The message may refer to data,
	// which must not be changed from then on. Who keeps a payload keeps no more than twice its size and 1 KiB. Errors are
	// ErrMalformed (*DecodeError).
	Decode(data []byte, binary bool) (Message, error)

	// Encode writes a push, a phx_close or a phx_error. Errors, here and below, are ErrUnencodable (*EncodeError). A zero
	// Frame without an error means that the generation knows no such message and nothing is to be sent.
	Encode(Message) (Frame, error)

	// EncodeReply writes a phx_reply.
	EncodeReply(Reply) (Frame, error)

	// Fastlane writes a broadcast, once for all recipients.
	Fastlane(Broadcast) (Frame, error)
}

// The serializers there are. Each one's String method gives its name.
var (
	// V1 is that of vsn 1.0.x: JSON objects (PROTOCOL.md §3.2). It has no form for binary payloads and never shows a
	// join_ref.
	V1 Serializer = v1{}

	// V2 is that of vsn 2.0.x: JSON arrays, and binary frames for binary payloads (PROTOCOL.md §3.3, §3.4).
	V2 Serializer = v2{}

	// V2015 is that of phoenix.js 0.11 to 0.13.0 (PROTOCOL.md §10.8): V1 with the ref inside reply payloads as well. A
	// mount that serves those clients asks for it; no vsn does.
	V2015 Serializer = v2015{}
)
