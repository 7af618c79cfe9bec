package presence

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Meta is what one owner wants the others to know.
type Meta struct {
	// Ref is the meta's phx_ref, unique among all. PrevRef is that of the meta it replaced, empty if it replaced none.
	Ref, PrevRef string
	// Data is the application's own part: a JSON object, without the refs.
	Data protocol.Payload
}

// The names in a meta that are not the application's.
const (
	nameRef     = "phx_ref"
	namePrevRef = "phx_ref_prev"
)

// MarshalJSON writes the meta as clients see it: the application's object, and the refs in it.
func (m Meta) MarshalJSON() ([]byte, error) {
	return m.append(nil)
}

// append writes the meta. The refs come last: where names come twice, clients believe the last.
func (m Meta) append(dst []byte) ([]byte, error) {
	if !m.Data.IsObject() {
		return nil, ErrMeta
	}
	data := m.Data.Bytes()
	members := bytes.TrimSpace(data[1 : len(data)-1])
	dst = append(dst, '{')
	if len(members) > 0 {
		dst = append(append(dst, members...), ',')
	}
	dst = append(dst, `"`+nameRef+`":"`...)
	dst = append(dst, m.Ref...)
	if m.PrevRef != "" {
		dst = append(dst, `","`+namePrevRef+`":"`...)
		dst = append(dst, m.PrevRef...)
	}
	return append(dst, `"}`...), nil
}

// metaData makes the data of a meta of what an application gave: anything that encodes to a JSON object, or nil.
func metaData(v any) (protocol.Payload, error) {
	if v == nil {
		return protocol.Payload{}, nil
	}
	data, err := protocol.Encode(v)
	if err != nil {
		return protocol.Payload{}, err
	}
	if !data.IsObject() {
		return protocol.Payload{}, ErrMeta
	}
	return withoutRefs(data)
}

// withoutRefs takes refs out that the application, or a client through it, wrote itself: they would pass for real ones.
// Names may be written with escapes.
func withoutRefs(p protocol.Payload) (protocol.Payload, error) {
	data := p.Bytes()
	if !bytes.Contains(data, []byte(nameRef)) && bytes.IndexByte(data, '\\') < 0 {
		return p, nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	kept := append(make([]byte, 0, len(data)), '{')
	if _, err := dec.ReadToken(); err != nil { // the brace
		return protocol.Payload{}, ErrMeta
	}
	for dec.PeekKind() == '"' {
		token, _ := dec.ReadToken()
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil {
			return protocol.Payload{}, ErrMeta
		}
		if name == nameRef || name == namePrevRef {
			continue
		}
		if len(kept) > 1 {
			kept = append(kept, ',')
		}
		if kept, err = jsontext.AppendQuote(kept, name); err != nil {
			return protocol.Payload{}, ErrMeta
		}
		kept = append(append(kept, ':'), value...)
	}
	if _, err := dec.ReadToken(); err != nil {
		return protocol.Payload{}, ErrMeta
	}
	return protocol.JSON(append(kept, '}')), nil
}
