package presence_test

import (
	stdjson "encoding/json"
	"errors"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

func data(text string) protocol.Payload { return protocol.JSON([]byte(text)) }

// The bytes of every shape, by both JSON packages and by protocol.Encode.
func TestJSON(t *testing.T) {
	ann := presence.Entry{Metas: []presence.Meta{{Ref: "r1", Data: data(`{"n":1}`)}}}
	for _, test := range []struct {
		v    any
		want string
	}{
		{presence.Meta{Ref: "r1"}, `{"phx_ref":"r1"}`},
		{presence.Meta{Ref: "r2", PrevRef: "r1"}, `{"phx_ref":"r2","phx_ref_prev":"r1"}`},
		{presence.Meta{Ref: "r1", Data: data(`{"b":1,"a":[2]}`)}, `{"b":1,"a":[2],"phx_ref":"r1"}`},
		{presence.Meta{Ref: "r2", PrevRef: "r1", Data: data(`{"n":1.0}`)}, `{"n":1.0,"phx_ref":"r2","phx_ref_prev":"r1"}`},
		{presence.Entry{}, `{"metas":[]}`},
		{ann, `{"metas":[{"n":1,"phx_ref":"r1"}]}`},
		{presence.Entry{Metas: []presence.Meta{{Ref: "r1"}, {Ref: "r2"}}}, `{"metas":[{"phx_ref":"r1"},{"phx_ref":"r2"}]}`},
		{presence.Entry{Extra: map[string]any{"z": nil, "a": "x", "metas": 1}}, `{"metas":[],"a":"x","z":null}`},
		{presence.Entries(nil), `{}`},
		{presence.Entries{}, `{}`},
		{presence.Entries{"ann \"\u2028": ann}, `{"ann \"` + "\u2028" + `":{"metas":[{"n":1,"phx_ref":"r1"}]}}`},
		{presence.Diff{}, `{"joins":{},"leaves":{}}`},
		{presence.Diff{Joins: presence.Entries{"ann": ann}}, `{"joins":{"ann":{"metas":[{"n":1,"phx_ref":"r1"}]}},"leaves":{}}`},
		{presence.Diff{Leaves: presence.Entries{"ann": ann}}, `{"joins":{},"leaves":{"ann":{"metas":[{"n":1,"phx_ref":"r1"}]}}}`},
	} {
		got, err := protocol.Encode(test.v)
		if err != nil || got.String() != test.want {
			t.Errorf("protocol.Encode(%+v) = %s, %v; want %s", test.v, got, err, test.want)
		}
		if got, err := json.Marshal(test.v); err != nil || string(got) != test.want {
			t.Errorf("json/v2 makes %s of %+v, %v; want %s", got, test.v, err, test.want)
		}
		if got, err := stdjson.Marshal(test.v); err != nil || !sameJSON(string(got), test.want) {
			t.Errorf("encoding/json makes %s of %+v, %v; want %s", got, test.v, err, test.want)
		}
	}
}

// White space in a client's meta does no harm.
func TestJSONOfSpacedMetas(t *testing.T) {
	for _, text := range []string{"{}", "{ }", "{\n}", " {\"a\": 1 } ", "{\t\"a\":1\n}"} {
		got, err := json.Marshal(presence.Meta{Ref: "r", Data: data(text)})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		var fields map[string]any
		if err := json.Unmarshal(got, &fields); err != nil || fields["phx_ref"] != "r" {
			t.Errorf("%q became %s, %v", text, got, err)
		}
	}
}

func TestJSONThatCannotBe(t *testing.T) {
	bad := presence.Entry{Metas: []presence.Meta{{Data: data(`[1]`)}}}
	for _, v := range []any{
		presence.Meta{Data: data(`"text"`)},
		presence.Meta{Data: protocol.Binary([]byte("{}"))},
		bad,
		presence.Entries{"a": bad},
		presence.Diff{Joins: presence.Entries{"a": bad}},
		presence.Diff{Leaves: presence.Entries{"a": bad}},
		presence.Entries{"\xff": {}},
		presence.Entry{Extra: map[string]any{"f": func() {}}},
		presence.Entry{Extra: map[string]any{"\xff": 1}},
		presence.Entry{Extra: map[string]any{"b": protocol.Binary(nil)}},
	} {
		if got, err := protocol.Encode(v); !errors.Is(err, protocol.ErrUnencodable) {
			t.Errorf("%+v became %s, %v; want ErrUnencodable", v, got, err)
		}
	}
}

// A phx_ref that the client put into its meta does not pass for a real one, however it is written.
func TestMetasWithRefsOfTheirOwn(t *testing.T) {
	for text, rest := range map[string]string{
		`{"phx_ref":"mine"}`:                          `{}`,
		`{"phx_ref":"mine","n":1}`:                    `{"n":1}`,
		`{"n":1,"phx_ref":"mine"}`:                    `{"n":1}`,
		`{"a":1,"phx_ref_prev":"mine","b":2}`:         `{"a":1,"b":2}`,
		`{"phx\u005fref":"mine","n":1}`:               `{"n":1}`,
		`{"\u0070hx_ref_prev":"x","phx_ref":{"a":1}}`: `{}`,
		`{"n":{"phx_ref":"deeper is no matter"}}`:     `{"n":{"phx_ref":"deeper is no matter"}}`,
		`{"n":"phx_ref","m":"\\"}`:                    `{"n":"phx_ref","m":"\\"}`,
		`{"n":1,"n":2,"phx_ref":1,"phx_ref":2}`:       `{"n":1,"n":2}`,
	} {
		w := newWorld(t, presence.Options{})
		v, o := w.witness("room"), new(owner)
		ref := w.track(o, "room", "ann", data(text))
		entry, _ := w.GetByKey("room", "ann")
		if got := entry.Metas[0].Data.String(); got != rest {
			t.Errorf("the meta %s was kept as %s, want %s", text, got, rest)
		}
		want := jsonOf(t, presence.Diff{Joins: presence.Entries{"ann": {Metas: []presence.Meta{{Ref: ref, Data: data(rest)}}}}})
		v.sees(t, want)
	}
}

// A payload that is not what its maker vouched for is refused before others suffer from it.
func TestMetasThatAreNotJSON(t *testing.T) {
	w := newWorld(t, presence.Options{})
	for _, text := range []string{`{"phx_ref"`, `{"phx_ref":}`, `{\`, `{"phx_ref":1`, `{"phx_ref":1]`} {
		if _, err := w.Track(new(owner), "room", "ann", data(text)); !errors.Is(err, presence.ErrMeta) {
			t.Errorf("Track with %s: %v, want ErrMeta", text, err)
		}
	}
}
