package token

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"unicode/utf8"
)

// encodeTerm writes v in the external format, in the form and the order that
// Erlang's term_to_binary gives it. legacyAtoms: as OTP 25 and older.
func encodeTerm(v any, legacyAtoms bool) ([]byte, error) {
	e := encoder{legacyAtoms: legacyAtoms}
	return e.value(append(make([]byte, 0, 64), version), v, 0)
}

type encoder struct{ legacyAtoms bool }

func unencodable(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnencodable}, args...)...)
}

func (e encoder) value(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, unencodable("it is nested more than %d deep, or contains itself", maxDepth)
	}
	switch v := v.(type) {
	case nil:
		return e.atom(b, "nil")
	case bool:
		if v {
			return e.atom(b, "true")
		}
		return e.atom(b, "false")
	case Atom:
		return e.atom(b, v)
	case string:
		return appendBinary(b, v)
	case []byte:
		return appendBinary(b, v)
	case int:
		return appendInt(b, int64(v)), nil
	case int64:
		return appendInt(b, v), nil
	case *big.Int:
		return appendBig(b, v)
	case float64:
		return appendFloat(b, v)
	case Tuple:
		return e.tuple(b, v, depth)
	case []any:
		return e.list(b, v, depth)
	case Opaque:
		return appendOpaque(b, v, depth)
	}
	return e.reflected(b, reflect.ValueOf(v), depth)
}

// reflected writes the types that value does not name: by what is under them.
func (e encoder) reflected(b []byte, v reflect.Value, depth int) ([]byte, error) {
	switch v.Kind() {
	case reflect.Bool:
		return e.value(b, v.Bool(), depth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendInt(b, v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); u > math.MaxInt64 {
			return appendMagnitude(b, false, binary.LittleEndian.AppendUint64(nil, u)), nil
		}
		return appendInt(b, int64(v.Uint())), nil
	case reflect.Float32, reflect.Float64:
		return appendFloat(b, v.Float())
	case reflect.String:
		return appendBinary(b, v.String())
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return appendBinary(b, bytesOf(v))
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = v.Index(i).Interface()
		}
		return e.list(b, list, depth)
	case reflect.Map:
		return e.mapping(b, v, depth)
	}
	return nil, unencodable("a %s has no counterpart in Erlang", v.Type())
}

// bytesOf copies: an array that is not addressable has no slice of itself.
func bytesOf(v reflect.Value) []byte {
	b := make([]byte, v.Len())
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	return b
}

// atom writes the forms that OTP 26 and later write, or with legacyAtoms those
// of before: Latin-1 if that can hold it.
func (e encoder) atom(b []byte, name Atom) ([]byte, error) {
	if !utf8.ValidString(string(name)) {
		return nil, unencodable("an Atom is not UTF-8")
	}
	if utf8.RuneCountInString(string(name)) > maxAtomChars {
		return nil, unencodable("an Atom has more than %d characters", maxAtomChars)
	}
	if e.legacyAtoms {
		if latin1, ok := toLatin1(name); ok {
			b = binary.BigEndian.AppendUint16(append(b, tagAtomLatin1), uint16(len(latin1)))
			return append(b, latin1...), nil
		}
	}
	if len(name) <= math.MaxUint8 {
		b = append(b, tagSmallAtomUTF8, byte(len(name)))
	} else {
		b = binary.BigEndian.AppendUint16(append(b, tagAtomUTF8), uint16(len(name)))
	}
	return append(b, name...), nil
}

func toLatin1(name Atom) ([]byte, bool) {
	latin1 := make([]byte, 0, len(name))
	for _, r := range name {
		if r > 0xff {
			return nil, false
		}
		latin1 = append(latin1, byte(r))
	}
	return latin1, true
}

func appendBinary[T string | []byte](b []byte, data T) ([]byte, error) {
	if uint64(len(data)) > math.MaxUint32 {
		return nil, unencodable("a string is too large")
	}
	b = binary.BigEndian.AppendUint32(append(b, tagBinary), uint32(len(data)))
	return append(b, data...), nil
}

func (e encoder) tuple(b []byte, t Tuple, depth int) ([]byte, error) {
	if len(t) <= math.MaxUint8 {
		b = append(b, tagSmallTuple, byte(len(t)))
	} else {
		b = binary.BigEndian.AppendUint32(append(b, tagLargeTuple), uint32(len(t)))
	}
	return e.elements(b, t, depth)
}

func (e encoder) elements(b []byte, elements []any, depth int) ([]byte, error) {
	var err error
	for _, v := range elements {
		if b, err = e.value(b, v, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// list writes a list; one of bytes only, as Erlang does, without a tag for each.
func (e encoder) list(b []byte, list []any, depth int) ([]byte, error) {
	if len(list) == 0 {
		return append(b, tagNil), nil
	}
	start := len(b)
	b = binary.BigEndian.AppendUint32(append(b, tagList), uint32(len(list)))
	body := len(b)
	b, err := e.elements(b, list, depth)
	if err != nil {
		return nil, err
	}
	if chars, ok := charsOf(b[body:], len(list)); ok {
		b = binary.BigEndian.AppendUint16(append(b[:start], tagString), uint16(len(list)))
		return append(b, chars...), nil
	}
	return append(b, tagNil), nil
}

// charsOf returns the bytes of n encoded elements, if each of them is one.
func charsOf(body []byte, n int) ([]byte, bool) {
	if n > math.MaxUint16 || len(body) != 2*n {
		return nil, false
	}
	chars := make([]byte, 0, n)
	for pair := range slices.Chunk(body, 2) {
		if pair[0] != tagSmallInteger {
			return nil, false
		}
		chars = append(chars, pair[1])
	}
	return chars, true
}

// appendOpaque takes nobody's word for what an Opaque contains.
func appendOpaque(b []byte, o Opaque, depth int) ([]byte, error) {
	d := decoder{in: []byte(o)}
	if _, err := d.value(depth); err != nil || d.left() != 0 {
		return nil, unencodable("an Opaque is not one term of the external format")
	}
	return append(b, o...), nil
}
