package conformance

import (
	"strings"
	"testing"
)

// compare matches JSON with a pattern and returns the mismatch, "" for none.
func compare(t *testing.T, written, got string) string {
	t.Helper()
	v, err := decodeValue([]byte(written))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPattern(v)
	if err != nil {
		t.Fatal(err)
	}
	g, err := decodeValue([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	m := matcher{variables: testVariables(), conn: "p"}
	b := &bindings{nil, token, "p", "OLD"}
	if p.match(&m, nil, g, b, func(*bindings) bool { return true }) {
		return ""
	}
	return m.mismatch
}

func TestPatternMatches(t *testing.T) {
	for _, test := range [][2]string{
		{`null`, `null`},
		{`true`, ` true `},
		{`{"a":1,"b":[1.0,"x"]}`, `{"b":[10e-1,"\u0078"],"a":1.00}`},
		{`"${uid}!"`, `"0123abcd!"`},
		{`{"$any":"string"}`, `""`},
		{`{"$any":"number"}`, `-0.5`},
		{`{"$any":"object"}`, `{"x":1}`},
		{`{"$any":"array"}`, `[]`},
		{`[{"$any":"any"},{"$any":"any"}]`, `[null,true]`},
		{`[{"$capture":"x"},{"$capture":"y"},{"$capture":"x"}]`, `["1","2","1"]`},
		{`{"$set":[1,2,2]}`, `[2,1,2]`},
		{`{"$set":[]}`, `[]`},
		{`{"$oneof":[1,{"a":2}]}`, `{"a":2}`},
		{`{"$repeat":["ab",3]}`, `"ababab"`},
		{`{"$repeat":["a",0]}`, `""`},
		{`{"$text":["1",{"a":"${uid}"}]}`, `" [\"1\", {\"a\":\"0123abcd\"}]"`},
		{`{"$token":"new"}`, `"NEW"`},
		{`{"$token":"same"}`, `"OLD"`},
		{`[{"$token":"new"},{"$token":"same"}]`, `["NEW","NEW"]`},
		{`{"$x":1,"y":2}`, `{"$x":1,"y":2}`},
		{`{"a":1,"a":2}`, `{"a":2}`},
		// The search goes back: the first choices are dead ends.
		{`{"$set":[{"$any":"any"},1]}`, `[1,2]`},
		{`{"$set":[{"$any":"any"},{"$any":"number"},1]}`, `[1,2,"x"]`},
		{`[{"$set":[{"r":{"$capture":"x"}},{"r":{"$capture":"y"}}]},{"$capture":"y"}]`, `[[{"r":"1"},{"r":"2"}],"1"]`},
		{`[{"$oneof":[{"$capture":"x"},{"$any":"string"}]},{"$capture":"x"}]`, `["1","2"]`},
	} {
		if mismatch := compare(t, test[0], test[1]); mismatch != "" {
			t.Errorf("%s does not match %s: %s", test[0], test[1], mismatch)
		}
	}
}

func TestPatternMismatches(t *testing.T) {
	for _, test := range [][3]string{
		{`null`, `false`, "expected null, got false"},
		{`true`, `"true"`, `expected true, got "true"`},
		{`1`, `1.5`, "expected 1, got 1.5"},
		{`9007199254740993`, `9007199254740992`, "expected 9007199254740993, got 9007199254740992"},
		{`1`, `"1"`, `expected 1, got "1"`},
		{`"1"`, `1`, `expected "1", got 1`},
		{`"${uid}"`, `"x"`, `expected "0123abcd", got "x"`},
		{`"${token:q}"`, `"x"`, "no token"},
		{`[1]`, `[1,2]`, "expected an array of 1, got one of 2: [1,2]"},
		{`[1,2]`, `[1]`, "expected an array of 2, got one of 1"},
		{`[1]`, `{"0":1}`, "expected an array, got"},
		{`{}`, `[]`, "expected an object, got []"},
		{`{}`, `null`, "expected an object, got null"},
		{`{"a":[0,{"b":1}]}`, `{"a":[0,{"b":2}]}`, "at a[1].b: expected 1, got 2"},
		{`{"a":1}`, `{"a":1,"b":2}`, "at b: expected no such key, got 2"},
		{`{"a":1}`, `{}`, "at a: the key is missing"},
		{`{"a":null}`, `{}`, "at a: the key is missing"},
		{`{"$any":"string"}`, `1`, "expected any string, got 1"},
		{`{"$any":"number"}`, `null`, "expected any number, got null"},
		{`{"$any":"object"}`, `[]`, "expected any object, got []"},
		{`{"$any":"array"}`, `{}`, "expected any array, got {}"},
		{`{"$capture":"x"}`, `""`, "expected a string that is not empty"},
		{`{"$capture":"x"}`, `1`, "expected a string that is not empty"},
		{`[{"$capture":"x"},{"$capture":"x"}]`, `["1","2"]`, `at [1]: expected "x" again, which is "1": got "2"`},
		{`[{"$capture":"x"},{"$capture":"y"}]`, `["1","1"]`, `at [1]: expected "y" to be another string than "x", got "1" for both`},
		{`{"$set":[1,2]}`, `[1,1]`, "at [1]: expected 2, got 1"},
		{`{"$set":[1]}`, `[1,1]`, "expected an array of 1, got one of 2"},
		{`{"$set":[1]}`, `1`, "expected an array, got 1"},
		{`[{"$set":[{"$capture":"x"},{"$capture":"y"}]},{"$capture":"x"}]`, `[["1","2"],"3"]`, "expected"},
		{`{"$oneof":[1,2]}`, `3`, "expected 1, got 3"},
		{`{"$repeat":["ab",2]}`, `"ababab"`, `expected "ab" 2 times, got "ababab"`},
		{`{"$repeat":["ab",2]}`, `"abba"`, `expected "ab" 2 times`},
		{`{"$repeat":["1",2]}`, `11`, `expected "1" 2 times, got 11`},
		{`{"$text":[1]}`, `[1]`, "expected a string that holds JSON, got [1]"},
		{`{"$text":[1]}`, `"[1"`, "expected a string that holds JSON"},
		{`{"$text":[1]}`, `"[2]"`, "at →[0]: expected 1, got 2"},
		{`{"$token":"new"}`, `"OLD"`, `expected a new token, got the one that the connection had: "OLD"`},
		{`{"$token":"same"}`, `"NEW"`, `expected the connection's token "OLD", got "NEW"`},
		{`{"$token":"new"}`, `""`, "expected a token"},
		{`{"$token":"new"}`, `null`, "expected a token"},
		{`[{"$token":"new"},{"$token":"same"}]`, `["NEW","OLD"]`, `expected the connection's token "NEW"`},
	} {
		if mismatch := compare(t, test[0], test[1]); !strings.Contains(mismatch, test[2]) || mismatch == "" {
			t.Errorf("%s and %s: got %q, want %q in it", test[0], test[1], mismatch, test[2])
		}
	}
}

func TestPatternErrors(t *testing.T) {
	for written, want := range map[string]string{
		`{"$nope":1}`:                "no such pattern",
		`[{"a":{"$any":"integer"}}]`: "no such type",
		`{"$any":1}`:                 "no such type",
		`{"$capture":""}`:            "a capture needs a name",
		`{"$set":{}}`:                "written as an array",
		`{"$set":[{"$nope":1}]}`:     "no such pattern",
		`{"$oneof":[]}`:              "written as an array",
		`{"$repeat":["a"]}`:          "a string and a number",
		`{"$repeat":["a",-1]}`:       "whole number",
		`{"$repeat":["a",1.5]}`:      "whole number",
		`{"$repeat":[1,1]}`:          "whole number",
		`{"$text":{"$nope":1}}`:      "no such pattern",
		`{"$token":"old"}`:           `expected "new" or "same"`,
		`["${nope}"]`:                "no such variable",
		`{"a":"${"}`:                 `without its "}"`,
	} {
		v, err := decodeValue([]byte(written))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newPattern(v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", written, err, want)
		}
	}
}

// Of several mismatches the one that got furthest is told.
func TestPatternTellsTheDeepest(t *testing.T) {
	got := compare(t, `{"$set":[{"a":{"b":1}},7]}`, `[7,{"a":{"b":2}}]`)
	if want := "at [1].a.b: expected 1, got 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
