package presence

import (
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Entries are those who are present on a topic, by key. As JSON they are the payload of presence_state.
type Entries map[string]Entry

// Diff is a change of a topic's presence. As JSON it is the payload of presence_diff; both fields are always there.
type Diff struct {
	Joins, Leaves Entries
}

// Entry is one key's presence: a meta of each of its owners, the oldest first, and what Options.Fetch added.
type Entry struct {
	Metas []Meta
	// Extra are fields of the entry beside "metas", by name: anything that encodes to JSON.
	Extra map[string]any
}

// MarshalJSON writes {key: {"metas": [meta, …]}}, {} if there is nobody.
func (e Entries) MarshalJSON() ([]byte, error) { return e.append(nil) }

// MarshalJSON writes {"joins": …, "leaves": …}.
func (d Diff) MarshalJSON() ([]byte, error) { return d.append(nil) }

// MarshalJSON writes {"metas": [meta, …]} with the extra fields.
func (e Entry) MarshalJSON() ([]byte, error) { return e.append(nil) }

func (d Diff) append(dst []byte) (_ []byte, err error) {
	dst = append(dst, `{"joins":`...)
	if dst, err = d.Joins.append(dst); err != nil {
		return nil, err
	}
	dst = append(dst, `,"leaves":`...)
	if dst, err = d.Leaves.append(dst); err != nil {
		return nil, err
	}
	return append(dst, '}'), nil
}

func (e Entries) append(dst []byte) (_ []byte, err error) {
	dst = append(dst, '{')
	first := true
	for key, entry := range e {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if dst, err = jsontext.AppendQuote(dst, key); err != nil {
			return nil, fmt.Errorf("presence: the key %q is not UTF-8", key)
		}
		dst = append(dst, ':')
		if dst, err = entry.append(dst); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func (e Entry) append(dst []byte) (_ []byte, err error) {
	dst = append(dst, `{"metas":[`...)
	for i, m := range e.Metas {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = m.append(dst); err != nil {
			return nil, err
		}
	}
	dst = append(dst, ']')
	if len(e.Extra) > 0 {
		if dst, err = appendExtra(dst, e.Extra); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendExtra writes the fields in an order that does not change. The name "metas" is taken.
func appendExtra(dst []byte, extra map[string]any) (_ []byte, err error) {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if name == "metas" {
			continue
		}
		dst = append(dst, ',')
		if dst, err = jsontext.AppendQuote(dst, name); err != nil {
			return nil, fmt.Errorf("presence: the name %q of an extra field is not UTF-8", name)
		}
		value, err := protocol.Encode(extra[name])
		if err == nil && value.IsBinary() {
			_, err = value.MarshalJSON() // says why not
		}
		if err != nil {
			return nil, fmt.Errorf("presence: the extra field %q: %w", name, err)
		}
		dst = append(append(dst, ':'), value.Bytes()...)
	}
	return dst, nil
}
