package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A value is decoded JSON: nil, bool, string, number, []value or
// map[string]value.
type value any

// A number is JSON's, in two forms: as it was written, for people, and in the
// one form that all spellings of the same number share, for comparing. Numbers
// are compared by their exact value (1.0 is 1), which no float64 can do for
// 12345678901234567890 or 1e400; and a peer that writes 1e999999999 must not
// make us compute it.
type number struct{ text, canonical string }

func newNumber(text string) number {
	return number{text: text, canonical: canonicalNumber(text)}
}

// canonicalNumber writes a JSON number as sign, digits without zeros at either
// end, and a power of ten: 1000 and 1.0e3 are both "1e3". Every zero is "0".
func canonicalNumber(text string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", rest
	}
	exponent := new(big.Int)
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent.SetString(strings.TrimPrefix(text[i+1:], "+"), 10)
		text = text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	trimmed := strings.TrimRight(digits, "0")
	if trimmed == "" {
		return "0"
	}
	exponent.Add(exponent, big.NewInt(int64(len(digits)-len(trimmed)-len(fraction))))
	return sign + trimmed + "e" + exponent.String()
}

// decodeValue decodes one JSON value with nothing but white space around it.
// Invalid UTF-8 is refused, as a browser would; of two members with the same
// name the last counts, as in JavaScript.
func decodeValue(text []byte) (value, error) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	v, err := readValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is more behind the JSON value, at byte %d", d.InputOffset())
	}
	return v, nil
}

func readValue(d *jsontext.Decoder) (value, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case jsontext.KindNull:
		return nil, nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return token.Bool(), nil
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return newNumber(token.String()), nil
	case jsontext.KindBeginArray:
		return readArray(d)
	default:
		return readObject(d)
	}
}

func readArray(d *jsontext.Decoder) (value, error) {
	array := []value{}
	for d.PeekKind() != jsontext.KindEndArray {
		v, err := readValue(d)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := d.ReadToken()
	return array, err
}

func readObject(d *jsontext.Decoder) (value, error) {
	object := make(map[string]value)
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String() // before the token's buffer is read over
		if object[key], err = readValue(d); err != nil {
			return nil, err
		}
	}
	_, err := d.ReadToken()
	return object, err
}

// typeOf names a value's type as {"$any": …} does.
func typeOf(v value) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case number:
		return "number"
	case []value:
		return "array"
	default:
		return "object"
	}
}

// show writes a value for a person: JSON, cut where it gets long.
func show(v value) string {
	var b strings.Builder
	appendValue(&b, v)
	return shorten(b.String())
}

func appendValue(b *strings.Builder, v value) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case number:
		b.WriteString(v.text)
	case string:
		quoted, _ := jsontext.AppendQuote(nil, v) // v was valid UTF-8 when it was decoded
		b.Write(quoted)
	case []value:
		b.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			appendValue(b, element)
		}
		b.WriteByte(']')
	case map[string]value:
		appendObject(b, v)
	}
}

func appendObject(b *strings.Builder, object map[string]value) {
	b.WriteByte('{')
	for i, name := range sortedKeys(object) {
		if i > 0 {
			b.WriteByte(',')
		}
		appendValue(b, name)
		b.WriteByte(':')
		appendValue(b, object[name])
	}
	b.WriteByte('}')
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// longest is how many bytes of one text an error message shows.
const longest = 600

func shorten(s string) string {
	if len(s) <= longest {
		return s
	}
	head, tail := s[:longest*2/3], s[len(s)-longest/3:]
	return strings.ToValidUTF8(head, "") + fmt.Sprintf("…(%d bytes)…", len(s)) + strings.ToValidUTF8(tail, "")
}
