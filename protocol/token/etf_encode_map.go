package token

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"reflect"
	"slices"
)

// entry is a key of a map, encoded and as a term, and its value.
type entry struct {
	encoded []byte
	term    any
	value   any
}

// mapping writes a map with its keys in Erlang's order, so that the same map is
// always the same token, and the same as a Phoenix of OTP ≤ 25 would make.
func (e encoder) mapping(b []byte, m reflect.Value, depth int) ([]byte, error) {
	entries := make([]entry, 0, m.Len())
	for it := m.MapRange(); it.Next(); {
		encoded, err := e.value(nil, it.Key().Interface(), depth+1)
		if err != nil {
			return nil, err
		}
		// Two Go keys can be one Erlang key (1 and int64(1)): the order has
		// to see what the reader will.
		d := decoder{in: encoded}
		term, err := d.key(0)
		if err != nil {
			return nil, unencodable("a map's key cannot be read back")
		}
		entries = append(entries, entry{encoded, term, it.Value().Interface()})
	}
	slices.SortFunc(entries, compareKeys)
	b = binary.BigEndian.AppendUint32(append(b, tagMap), uint32(len(entries)))
	for i, en := range entries {
		if i > 0 && en.term == entries[i-1].term {
			return nil, unencodable("two keys of a map are the same in Erlang")
		}
		var err error
		if b, err = e.value(append(b, en.encoded...), en.value, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// compareKeys is Erlang's order of the keys of a map: integers, floats, atoms,
// binaries. Others come last, by their bytes.
func compareKeys(x, y entry) int {
	if c := cmp.Compare(rank(x.term), rank(y.term)); c != 0 {
		return c
	}
	switch a := x.term.(type) {
	case int64:
		return cmp.Compare(a, y.term.(int64))
	case float64:
		return cmp.Compare(a, y.term.(float64))
	case nil, bool, Atom:
		return cmp.Compare(atomName(a), atomName(y.term))
	case string:
		return cmp.Compare(a, y.term.(string))
	}
	return bytes.Compare(x.encoded, y.encoded)
}

func rank(term any) int {
	switch term.(type) {
	case int64:
		return 0
	case float64:
		return 1
	case nil, bool, Atom:
		return 2
	case string:
		return 3
	}
	return 4
}

func atomName(term any) Atom {
	switch v := term.(type) {
	case Atom:
		return v
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return "nil"
}
