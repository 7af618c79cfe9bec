package client

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A codec is the client's side of one generation of the wire format; package protocol has the server's.
type codec interface {
	// version is the vsn parameter.
	version() string
	// encode writes a client's message. Errors are *protocol.EncodeError.
	encode(m protocol.Message) (outgoing, error)
	// decode reads a server's message. It may refer to data.
	decode(data []byte, binary bool) (received, error)
}

// received is a message of the server. A reply's payload is its response.
type received struct {
	protocol.Message
	status string
}

func codecOf(version string) (codec, error) {
	switch version {
	case "", "2.0.0":
		return v2{}, nil
	case "1.0.0":
		return v1{}, nil
	}
	return nil, fmt.Errorf("client: the protocol version %q is not known: 2.0.0 and 1.0.0 are", version)
}

// reply takes the payload of a phx_reply apart: {"status", "response"}. What is missing is empty.
func reply(m protocol.Message) (received, error) {
	var body struct {
		Status   string           `json:"status"`
		Response protocol.Payload `json:"response"`
	}
	if err := m.Payload.Decode(&body); err != nil {
		return received{}, &protocol.DecodeError{Reason: "the payload of a phx_reply is no object with a status and a response", Err: err}
	}
	m.Payload = body.Response
	return received{m, body.Status}, nil
}

// numbered is the ref that is the n-th number, as a string.
func numbered(n uint64) protocol.Ref {
	var b [22]byte
	return protocol.Ref(append(strconv.AppendUint(append(b[:0], '"'), n, 10), '"'))
}

func appendText(dst []byte, field, s string) ([]byte, error) {
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		return nil, &protocol.EncodeError{Field: field, Reason: "is not UTF-8"}
	}
	return dst, nil
}
