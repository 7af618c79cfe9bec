package token

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// decodeTerm reads a term in the external format, compressed or not; maxSize
// bounds what a compressed one becomes. Bytes behind the term do not matter,
// as in Erlang. The errors are constants: they cost nothing.
func decodeTerm(b []byte, maxSize int) (any, error) {
	if len(b) == 0 || b[0] != version {
		return nil, errNoTerm
	}
	b = b[1:]
	if len(b) > 0 && b[0] == tagCompressed {
		var err error
		if b, err = inflate(b[1:], maxSize); err != nil {
			return nil, err
		}
	}
	d := decoder{in: b}
	return d.value(0)
}

const (
	errNoTerm  = invalid("its content is not an Erlang term")
	errShort   = invalid("its term ends too early")
	errTooMany = invalid("its term claims more than it has bytes for")
	errTooDeep = invalid("its term is nested too deep")
	errUTF8    = invalid("an atom of its term is not UTF-8")
	errAtom    = invalid("an atom of its term is too long")
	errTag     = invalid("its term has a part that is not allowed or not known: a function, a port, a local term")
	errTwice   = invalid("a map of its term has a key twice")
)

// decoder reads one term. What it allocates is bounded by the bytes it has:
// every element that a list, a tuple or a map announces takes at least one, and
// owed counts those announced and not yet begun, over all levels. So no
// announcement can be paid with bytes that another one has claimed.
type decoder struct {
	in   []byte
	pos  int
	owed int
}

func (d *decoder) left() int { return len(d.in) - d.pos }

func (d *decoder) take(n int) ([]byte, error) {
	if n > d.left() {
		return nil, errShort
	}
	b := d.in[d.pos : d.pos+n]
	d.pos += n
	return b, nil
}

func (d *decoder) uint8() (int, error) {
	b, err := d.take(1)
	if err != nil {
		return 0, err
	}
	return int(b[0]), nil
}

func (d *decoder) uint16() (int, error) {
	b, err := d.take(2)
	if err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint16(b)), nil
}

// length reads a 32-bit count of things that take a byte or more each.
func (d *decoder) length() (int, error) {
	b, err := d.take(4)
	if err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(d.left()) {
		return 0, errTooMany
	}
	return int(n), nil
}

// promise announces n elements; each is then read with element.
func (d *decoder) promise(n int) error {
	if n > d.left()-d.owed {
		return errTooMany
	}
	d.owed += n
	return nil
}

func (d *decoder) element(depth int) (any, error) {
	d.owed--
	return d.value(depth)
}

// value reads a term that lies depth levels deep.
func (d *decoder) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	start := d.pos
	tag, err := d.uint8()
	if err != nil {
		return nil, err
	}
	switch tag {
	case tagSmallInteger, tagInteger, tagSmallBig, tagLargeBig, tagNewFloat, tagFloatText:
		return d.number(tag)
	case tagAtomLatin1, tagSmallAtom, tagAtomUTF8, tagSmallAtomUTF8:
		return d.atom(tag)
	case tagBinary:
		return d.binary()
	case tagNil:
		return emptyList, nil
	case tagString, tagList:
		return d.list(tag, start, depth)
	case tagSmallTuple, tagLargeTuple:
		return d.tuple(tag, depth)
	case tagMap:
		return d.mapping(depth)
	case tagPid, tagNewPid, tagReference, tagNewReference, tagNewerReference, tagBitBinary:
		return d.opaque(tag, start)
	}
	return nil, errTag
}

// atom reads the four forms: Latin-1 or UTF-8, with a length of 16 bits or 8.
func (d *decoder) atom(tag int) (any, error) {
	readLength := d.uint16
	if tag == tagSmallAtom || tag == tagSmallAtomUTF8 {
		readLength = d.uint8
	}
	n, err := readLength()
	if err != nil {
		return nil, err
	}
	b, err := d.take(n)
	if err != nil {
		return nil, err
	}
	var name string
	switch {
	case tag == tagAtomUTF8 || tag == tagSmallAtomUTF8:
		if !utf8.Valid(b) {
			return nil, errUTF8
		}
		if utf8.RuneCount(b) > maxAtomChars {
			return nil, errAtom
		}
		name = string(b)
	case n > maxAtomChars:
		return nil, errAtom
	default:
		name = fromLatin1(b)
	}
	switch name {
	case "nil":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return Atom(name), nil
}

func fromLatin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

func (d *decoder) binary() (any, error) {
	n, err := d.length()
	if err != nil {
		return nil, err
	}
	b, err := d.take(n)
	if err != nil {
		return nil, err
	}
	return string(b), nil
}

func (d *decoder) tuple(tag, depth int) (any, error) {
	readLength := d.length
	if tag == tagSmallTuple {
		readLength = d.uint8
	}
	n, err := readLength()
	if err != nil {
		return nil, err
	}
	if err := d.promise(n); err != nil {
		return nil, err
	}
	t := make(Tuple, n)
	for i := range t {
		if t[i], err = d.element(depth + 1); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (d *decoder) mapping(depth int) (any, error) {
	n, err := d.length()
	if err != nil {
		return nil, err
	}
	if n > math.MaxInt32/2 {
		return nil, errTooMany // 2n would wrap where an int has 32 bits
	}
	if err := d.promise(2 * n); err != nil {
		return nil, err
	}
	m := make(map[any]any, n)
	for range n {
		key, err := d.key(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, ok := m[key]; ok {
			return nil, errTwice // Erlang refuses it too
		}
		if m[key], err = d.element(depth + 1); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// key reads a map's key. One that Go cannot compare by its value stays in the
// external format.
func (d *decoder) key(depth int) (any, error) {
	start := d.pos
	v, err := d.element(depth)
	if err != nil {
		return nil, err
	}
	switch v.(type) {
	case nil, bool, int64, float64, string, Atom, Opaque:
		return v, nil
	}
	return Opaque(d.in[start:d.pos]), nil
}
