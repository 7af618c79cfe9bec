// Package protocol is the wire of Phoenix Channels: what clients and servers say to each other, and how it is written.
// It does no input or output and starts nothing; the packages under it do.
//
// # Messages
//
// Everything is about a topic, a string such as "room:lobby". A client joins a topic, sends events on it and leaves it;
// the server pushes events and broadcasts them to all who joined. A [Message] is one of these, a [Reply] answers one
// message of a client, a [Broadcast] is for everybody on a topic. What they carry is a [Payload]: JSON, or bytes.
//
// A client names each message with a [Ref], which comes back in the reply, and each join of a topic with another one,
// the join_ref. Either may be any JSON value and is compared by ==.
//
// # Serializers
//
// The forms on the wire changed over the years. A [Serializer] is one of them:
//
//	V2     [join_ref, ref, topic, event, payload]; binary payloads in frames of their own
//	V1     {"topic", "event", "payload", "ref"}
//	V2015  V1 as the clients of 2015 want it
//
// A client says which one it speaks by the vsn parameter of its URL, and [Negotiate] finds it.
//
//	serializer, err := protocol.Negotiate(nil, vsn)
//	…
//	message, err := serializer.Decode(data, binary)
//	…
//	frame, err := serializer.EncodeReply(reply)
//
// # Bytes
//
// Decode checks once that a message is JSON and UTF-8, and leaves the payload as it was written: relaying it costs a copy,
// no decoding. An encoded message is a [Frame], which no one changes, so that any number of connections can send it:
// with its WebSocket header, which is made along with it, or without.
//
// # Where it differs from Phoenix
//
// Numbers are passed on as they are written, so 1e400 is no error. A topic or an event that is not a string is. JSON may
// nest 10,000 levels deep. Of equal keys in an object the last counts.
package protocol
