package protocol

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A Ref is a join_ref or a ref: any JSON value, in practice a decimal string that the client chose. It holds the
// value's text in a form of which there is one only, so that == is the strict comparison that the protocol wants
// (PROTOCOL.md §3.1): "1", 1, 1.0, "" and null are five values, while 1.0 and 10e-1 are one. It goes back to the client
// with its type.
//
// Refs come from Decode, StringRef and ParseRef; other text converted to a Ref makes frames that are not JSON.
type Ref string

// Null is the JSON null, the ref of a message that has none.
const Null Ref = ""

// StringRef returns the ref that is the JSON string s. Bytes of s that are not UTF-8 become U+FFFD.
func StringRef(s string) Ref {
	return Ref(appendString(make([]byte, 0, len(s)+2), strings.ToValidUTF8(s, "\uFFFD")))
}

// ParseRef returns the ref with the given JSON text.
func ParseRef(text string) (Ref, error) {
	s := newScanner([]byte(text))
	defer s.free()
	v, err := s.value()
	if err != nil {
		return Null, err
	}
	r, err := parseRef(v)
	if err != nil {
		return Null, err
	}
	return r, s.atEnd()
}

// String returns the JSON text, null included.
func (r Ref) String() string {
	if r == Null {
		return "null"
	}
	return string(r)
}

// append writes the JSON text.
func (r Ref) append(dst []byte) []byte {
	if r == Null {
		return append(dst, "null"...)
	}
	return append(dst, r...)
}

// plain returns what a binary frame holds of the ref: strings without quotes, null as nothing, numbers and booleans as
// their text. Arrays and objects have no such form.
func (r Ref) plain(field string) (string, error) {
	if r == Null {
		return "", nil
	}
	switch r[0] {
	case '"':
		if strings.IndexByte(string(r), '\\') < 0 {
			return string(r[1 : len(r)-1]), nil
		}
		b, err := jsontext.AppendUnquote(nil, string(r))
		return string(b), err
	case '[', '{':
		return "", &EncodeError{Field: field, Reason: "is an array or an object, which a binary frame cannot hold"}
	default:
		return string(r), nil
	}
}

// MarshalJSON lets a ref stand inside a value that is marshaled, as the JSON value it is.
func (r Ref) MarshalJSON() ([]byte, error) { return r.append(nil), nil }

// UnmarshalJSON is the way back.
func (r *Ref) UnmarshalJSON(text []byte) (err error) {
	*r, err = ParseRef(string(text))
	return err
}

// maxCanonical is the length up to which arrays and objects are brought into canonical form, which costs more the deeper
// they nest. No client sends such refs; longer ones are kept as they are written.
const maxCanonical = 1024

// parseRef makes a ref of a JSON value.
func parseRef(v jsontext.Value) (Ref, error) {
	switch v.Kind() {
	case 'n':
		return Null, nil
	case '"':
		if isPlain(v) {
			return Ref(v), nil
		}
	case 't', 'f':
		return Ref(v), nil
	case '[', '{':
		if len(v) > maxCanonical {
			return Ref(v), nil
		}
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v), jsonOptions)
	text, err := appendCanonical(make([]byte, 0, len(v)), dec)
	if err != nil {
		return Null, notJSON(err)
	}
	return Ref(text), nil
}
