package protocol

import "errors"

var (
	// ErrMalformed is what every error of Serializer.Decode is (errors.Is). The connection that sent such a message
	// cannot go on: there is no telling what was lost (close code 1011, PROTOCOL.md §1.9).
	ErrMalformed = errors.New("protocol: malformed message")

	// ErrUnencodable is what every error of encoding is (errors.Is): a message that this serializer has no form for.
	ErrUnencodable = errors.New("protocol: message cannot be encoded")

	// ErrVersion is what Negotiate answers when no serializer serves the client's vsn: refuse the connection (HTTP 403).
	ErrVersion = errors.New("protocol: unsupported vsn")
)

// A DecodeError tells what is wrong with a received message.
type DecodeError struct {
	Reason string // "a V2 message is an array of five elements", without client text
	Err    error  // the JSON error, or nil
}

func (e *DecodeError) Error() string {
	return describe("protocol: malformed message: ", e.Reason, e.Err)
}

// Unwrap makes errors.Is(err, ErrMalformed) true and the JSON error reachable.
func (e *DecodeError) Unwrap() []error { return wrapped(ErrMalformed, e.Err) }

// An EncodeError tells why a message cannot be encoded.
type EncodeError struct {
	Field  string // "topic", "event", "status", "join_ref", "ref", "payload" or "response"
	Reason string // "is 300 bytes long; a binary frame has room for 255"
	Err    error  // the JSON error, or nil
}

func (e *EncodeError) Error() string {
	return describe("protocol: cannot encode message: ", e.Field+" "+e.Reason, e.Err)
}

// Unwrap makes errors.Is(err, ErrUnencodable) true and the JSON error reachable.
func (e *EncodeError) Unwrap() []error { return wrapped(ErrUnencodable, e.Err) }

func describe(prefix, reason string, err error) string {
	if err == nil {
		return prefix + reason
	}
	return prefix + reason + ": " + err.Error()
}

func wrapped(sentinel, err error) []error {
	if err == nil {
		return []error{sentinel}
	}
	return []error{sentinel, err}
}
