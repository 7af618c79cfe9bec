package protocol

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

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
