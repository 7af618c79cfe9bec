package protocol

import (
	"bytes"
	"math"
	"slices"
	"strconv"
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
		if isPlain([]byte(r)) {
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
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(v), jsonOptions)
	text, err := appendCanonical(make([]byte, 0, len(v)), dec)
	if err != nil {
		return Null, notJSON(err)
	}
	return Ref(text), nil
}

// appendCanonical writes the next value of dec in the form that equal values share: no white space, strings and numbers
// in one way, the names of objects sorted and once each (the last of equal ones counts).
func appendCanonical(dst []byte, dec *jsontext.Decoder) ([]byte, error) {
	tok, err := dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch tok.Kind() {
	case '"':
		return appendString(dst, tok.String()), nil
	case '0':
		return appendNumber(dst, tok.String()), nil
	case '[':
		return appendArray(dst, dec)
	case '{':
		return appendObject(dst, dec)
	default:
		return append(dst, tok.String()...), nil
	}
}

func appendArray(dst []byte, dec *jsontext.Decoder) (_ []byte, err error) {
	dst = append(dst, '[')
	for first := true; dec.PeekKind() != ']'; first = false {
		if !first {
			dst = append(dst, ',')
		}
		if dst, err = appendCanonical(dst, dec); err != nil {
			return nil, err
		}
	}
	_, err = dec.ReadToken()
	return append(dst, ']'), err
}

func appendObject(dst []byte, dec *jsontext.Decoder) ([]byte, error) {
	members := make(map[string][]byte)
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		if members[key], err = appendCanonical(nil, dec); err != nil {
			return nil, err
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, key), ':')
		dst = append(dst, members[key]...)
	}
	return append(dst, '}'), nil
}

// appendNumber writes a JSON number. An integer has its digits, however many; -0 is 0. Anything with a point or an
// exponent is a double, which is another value than the equal integer and shows it by its point. What no double holds
// stays as it is written (DESIGN.md D16).
func appendNumber(dst []byte, text string) []byte {
	if !strings.ContainsAny(text, ".eE") {
		if text == "-0" {
			text = "0"
		}
		return append(dst, text...)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return append(dst, text...)
	}
	return appendFloat(dst, f)
}

// appendFloat writes a double as the reference server does, because a binary frame shows this text to the client: the
// shortest digits that give the number back, with an exponent only if that is shorter, and always with a point.
func appendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, "0.0"...)
	}
	var buf [32]byte
	sci := strconv.AppendFloat(buf[:0], f, 'e', -1, 64)
	mantissa, exponent, _ := bytes.Cut(sci, []byte("e"))
	exp, _ := strconv.Atoi(string(exponent))
	point := bytes.IndexByte(mantissa, '.') >= 0

	short := append(make([]byte, 0, 32), mantissa...)
	if !point {
		short = append(short, ".0"...)
	}
	short = strconv.AppendInt(append(short, 'e'), int64(exp), 10)

	long := strconv.AppendFloat(make([]byte, 0, 32), f, 'f', -1, 64)
	if bytes.IndexByte(long, '.') < 0 {
		long = append(long, ".0"...)
	}
	if len(long) <= len(short) && (math.Abs(f) < 1<<53 || exp < 0) {
		return append(dst, long...)
	}
	return append(dst, short...)
}
