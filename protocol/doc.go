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
// nest 10,000 levels deep. Of equal keys in an object the last counts. These and all other differences on purpose are in
// the list of package conformance, Differences, each with its reason.
//
// # Stability
//
// This holds for all packages under protocol/. They are one module with semantic versions (https://semver.org); v1 will
// have the import paths that v0 has, a v2 would have others, ending in /v2, so that both can be in one program.
//
// What will not change, before v1 or after it:
//
//   - what is on the wire. A client that works with one version works with every later one; new forms of the protocol
//     come beside V1, V2 and V2015. The recorded conversations of package conformance hold the server to that.
//   - tokens. What one version of package token has signed or encrypted, later ones can read.
//   - what an application implements: phoenix.Channel and the optional interfaces beside it get no further methods. What
//     is new comes as one more optional interface.
//
// What may change before v1, in a release that raises the minor version (v0.3 to v0.4) and says what to write instead:
//
//   - names and signatures of everything else, most likely of pubsub.Bus and of package presence, behind which several
//     nodes are to be joined.
//   - default limits, and the oldest Go that is needed: the last release but one, at the least.
//
// What may change at any time: the texts of errors and of log lines (errors are compared with errors.Is and errors.As);
// further fields in structs, whose zero value is what was before (write struct literals with the names of the fields);
// what is in protocol/example; and the parts that are there to test this module itself, package conformance/lab and the
// lists of conformance.
//
// # Sources
//
// Comments name the source of a rule. PROTOCOL.md, beside this file, is the project's account of the protocol, taken from
// the source of Phoenix 1.8.12 and observed on it; DESIGN.md, with D1 to D16, is a decision of the project where that
// leaves a choice or was not followed: §13 of the same page lists them.
package protocol
