package conformance

import (
	"strings"
	"testing"
)

func TestCanonicalNumber(t *testing.T) {
	for _, equal := range [][]string{
		{"0", "-0", "0.0", "0e5", "-0.00E-7"},
		{"1", "1.0", "1.000", "10e-1", "0.1e1", "0.01E+2"},
		{"-1", "-1.0", "-0.1e+1"},
		{"1000", "1e3", "1E3", "1e+3", "10.00e2", "0.001e6"},
		{"1e-7", "0.0000001", "1E-07"},
		{"1.7976931348623157e308", "1.7976931348623157e+308"},
		{"123456789012345678901234567890", "1.2345678901234567890123456789e29"},
		{"9007199254740993"},
		{"9007199254740992"},
		{"1e400"},
		{"1e999999999999999999999", "10e999999999999999999998"},
		{"1e-999999999999999999999", "0.1e-999999999999999999998"},
		{"0.1"},
		{"0.1000000000000000055511151231257827"},
	} {
		for _, n := range equal[1:] {
			if canonicalNumber(n) != canonicalNumber(equal[0]) {
				t.Errorf("%s is %s, but %s is %s", n, canonicalNumber(n), equal[0], canonicalNumber(equal[0]))
			}
		}
	}
}

func TestCanonicalNumberTellsApart(t *testing.T) {
	seen := map[string]string{}
	for _, n := range []string{"0", "1", "-1", "10", "0.1", "1e400", "1e401", "9007199254740992", "9007199254740993", "0.1000000000000000055511151231257827", "5e-324"} {
		c := canonicalNumber(n)
		if other, ok := seen[c]; ok {
			t.Errorf("%s and %s are both %s", n, other, c)
		}
		seen[c] = n
	}
}

func TestDecodeValue(t *testing.T) {
	for text, want := range map[string]string{
		" [1, true ,null]\n":      `[1,true,null]`,
		`{"b":"x","a":[{}, [] ]}`: `{"a":[{},[]],"b":"x"}`,
		`{"a":1,"a":2}`:           `{"a":2}`,
		`"\ud83e\udd8a\u0000"`:    "\"🦊\\u0000\"",
		`1e999999999`:             `1e999999999`,
	} {
		v, err := decodeValue([]byte(text))
		if err != nil || show(v) != want {
			t.Errorf("%s: got %s, %v; want %s", text, show(v), err, want)
		}
	}
}

func TestDecodeValueRefuses(t *testing.T) {
	for _, text := range []string{"", " ", "[1", "{", `{"a"`, `{"a":}`, "[1,]", "01", "NaN", "1 2", "[] x", `"` + "\xff" + `"`, `"\ud83e"`, `'a'`} {
		if v, err := decodeValue([]byte(text)); err == nil {
			t.Errorf("%q: got %s, want an error", text, show(v))
		}
	}
}

func TestShowIsShort(t *testing.T) {
	got := show(strings.Repeat("ž", 10_000))
	if len(got) > longest+40 || !strings.Contains(got, "…(20002 bytes)…") {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
}

func FuzzDecodeValue(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,-0,1e400,"x\u00e9"],"b":null}`, `[[[]]]`, `"`, `1e`, `{"a":1,"a":[true]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := decodeValue(text)
		if err != nil {
			return
		}
		var b strings.Builder
		appendValue(&b, v)
		again, err := decodeValue([]byte(b.String()))
		if err != nil {
			t.Fatalf("%q was read, but not written so that it can be read: %q: %v", text, b.String(), err)
		}
		p, err := newPattern(v)
		if err != nil {
			return // it has a $ key, or ${
		}
		m := matcher{variables: variables{token: func(string) (string, error) { return "t", nil }}}
		if !hasTemplates(v) && !p.match(&m, nil, again, nil, func(*bindings) bool { return true }) {
			t.Fatalf("%q does not match itself: %s", text, m.mismatch)
		}
	})
}

// hasTemplates reports whether a value, taken for a pattern, stands for others.
func hasTemplates(v value) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, "${")
	case []value:
		for _, element := range v {
			if hasTemplates(element) {
				return true
			}
		}
	case map[string]value:
		for name, member := range v {
			if strings.HasPrefix(name, "$") || hasTemplates(member) {
				return true
			}
		}
	}
	return false
}
