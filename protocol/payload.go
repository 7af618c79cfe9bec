package protocol

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Payload is what a message carries: one JSON value, kept as its text, or bytes. It is immutable; the zero Payload is
// the empty object {}.
type Payload struct {
	text   []byte // JSON without white space around it; empty: {}
	binary bool
}

// jsonOptions are ours everywhere: names may come twice, as Phoenix has it; text that is not UTF-8 is refused, which is
// the JSON package's default.
var jsonOptions = jsontext.AllowDuplicateNames(true)

var emptyObject = []byte("{}")

// JSON makes a payload of JSON text without looking at it: the caller vouches that it is one valid JSON value in UTF-8
// and that the bytes will not change. White space around it is cut off. Without text it is {}.
func JSON(text []byte) Payload { return Payload{text: bytes.Trim(text, " \t\r\n")} }

// Binary makes a payload of bytes, which must not change from then on.
func Binary(data []byte) Payload { return Payload{text: data, binary: true} }

// Encode makes a payload of any value: a Payload stays what it is, everything else is marshaled by
// github.com/go-json-experiment/json (the coming encoding/json/v2). That includes []byte, which becomes a base64 string;
// for bytes that travel as bytes use Binary. The error is an *EncodeError.
func Encode(v any) (Payload, error) {
	if p, ok := v.(Payload); ok {
		return p, nil
	}
	text, err := json.Marshal(v, jsonOptions)
	if err != nil {
		return Payload{}, &EncodeError{Field: "payload", Reason: fmt.Sprintf("of type %T is not JSON", v), Err: err}
	}
	return Payload{text: text}, nil
}

// IsBinary reports whether the payload is bytes rather than JSON.
func (p Payload) IsBinary() bool { return p.binary }

// IsObject reports whether the payload is a JSON object.
func (p Payload) IsObject() bool {
	return !p.binary && (len(p.text) == 0 || p.text[0] == '{')
}

// Bytes returns the JSON text as it was received or marshaled, or the bytes of a binary payload. They must not be
// changed.
func (p Payload) Bytes() []byte {
	if !p.binary && len(p.text) == 0 {
		return emptyObject
	}
	return p.text
}

// Decode unmarshals a JSON payload into v, a pointer, by the rules of github.com/go-json-experiment/json: names are
// matched with their case, unknown ones are ignored. Of a binary payload a copy goes to v if that is a *[]byte; any
// other v is an error.
func (p Payload) Decode(v any) error {
	if !p.binary {
		return json.Unmarshal(p.Bytes(), v, jsonOptions)
	}
	dst, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("protocol: payload is binary and cannot be decoded into a %T, only into a *[]byte", v)
	}
	*dst = bytes.Clone(p.text)
	return nil
}

// MarshalJSON lets a payload stand inside a value that is marshaled. A binary one cannot.
func (p Payload) MarshalJSON() ([]byte, error) {
	if p.binary {
		return nil, &EncodeError{Field: "payload", Reason: "is binary and cannot be a part of JSON"}
	}
	return p.Bytes(), nil
}

// UnmarshalJSON keeps a part of a decoded value as it is written.
func (p *Payload) UnmarshalJSON(text []byte) error {
	*p = JSON(bytes.Clone(text))
	return nil
}

// String returns the JSON text, or a note of the length of a binary payload; it is meant for logs and tests.
func (p Payload) String() string {
	if p.binary {
		return fmt.Sprintf("(%d bytes)", len(p.text))
	}
	return string(p.Bytes())
}
