package presence

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Entries are those who are present on a topic, by key. As JSON they are the payload of presence_state.
type Entries map[string]Entry

// Diff is a change of a topic's presence. As JSON it is the payload of presence_diff; both fields are always there.
type Diff struct {
	Joins  Entries `json:"joins"`
	Leaves Entries `json:"leaves"`
}

// Entry is one key's presence: a meta of each of its owners, the oldest first, and what Options.Fetch added.
type Entry struct {
	Metas []Meta
	// Extra are fields of the entry beside "metas".
	Extra map[string]any
}

// MarshalJSON writes the entry as clients see it.
func (e Entry) MarshalJSON() ([]byte, error) {
	fields := make(map[string]any, len(e.Extra)+1)
	for name, v := range e.Extra {
		fields[name] = v
	}
	fields["metas"] = e.Metas
	return json.Marshal(fields, json.Deterministic(true))
}

// Meta is what one owner wants the others to know.
type Meta struct {
	// Ref is the meta's phx_ref, unique among all. PrevRef is that of the meta it replaced, if it did.
	Ref, PrevRef string
	// Data is the application's own part, a JSON object.
	Data protocol.Payload
}

// MarshalJSON writes the meta as clients see it: the application's object, and phx_ref in it.
func (m Meta) MarshalJSON() ([]byte, error) {
	var fields map[string]jsontext.Value
	if err := m.Data.Decode(&fields); err != nil {
		return nil, err
	}
	if fields == nil {
		fields = make(map[string]jsontext.Value, 1)
	}
	// The application's own phx_ref, if it has one, would pass for the real one.
	delete(fields, "phx_ref_prev")
	fields["phx_ref"] = quote(m.Ref)
	if m.PrevRef != "" {
		fields["phx_ref_prev"] = quote(m.PrevRef)
	}
	return json.Marshal(fields, json.Deterministic(true))
}

// quote makes a JSON string of a ref, whose characters need no escape.
func quote(ref string) jsontext.Value { return jsontext.Value(`"` + ref + `"`) }

// unsafeKeys are the properties of every JavaScript object.
var unsafeKeys = map[string]bool{
	"__proto__": true, "__defineGetter__": true, "__defineSetter__": true, "__lookupGetter__": true, "__lookupSetter__": true,
	"constructor": true, "hasOwnProperty": true, "isPrototypeOf": true, "propertyIsEnumerable": true,
	"toLocaleString": true, "toString": true, "valueOf": true,
}
