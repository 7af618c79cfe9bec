package protocol

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func mustRef(t testing.TB, text string) Ref {
	t.Helper()
	r, err := ParseRef(text)
	if err != nil {
		t.Fatalf("ParseRef(%s): %v", text, err)
	}
	return r
}

// One line holds texts of one value; values of different lines differ (PROTOCOL.md §3.1: the comparison is strict).
var refValues = [][]string{
	{`null`, ` null `},
	{`""`},
	{`"1"`, `"\u0031"`, ` "1"`},
	{`1`},
	{`1.0`, `1.00`, `10e-1`, `0.1E1`, `1e0`},
	{`0`, `-0`},
	{`0.0`, `-0.0`, `0e5`, `1e-400`},
	{`-1`},
	{`12345678901234567890`},
	{`12345678901234567891`},
	{`1.5`, `15e-1`},
	{`1e400`},
	{`true`}, {`false`},
	{`"true"`}, {`"null"`},
	{`"ž"`, `"\u017e"`, `"\u017E"`},
	{`"🦊"`, `"\ud83e\udd8a"`, `"\uD83E\uDD8A"`},
	{`"a/b"`, `"a\/b"`},
	{`"a\"b"`, `"a\u0022b"`},
	{`"\n"`, `"\u000a"`, `"\u000A"`},
	{`"\u001f"`, `"\u001F"`},
	{`[]`, `[ ]`}, {`{}`, `{ }`},
	{`[1,2]`, `[ 1 , 2 ]`}, {`[2,1]`}, {`[1.0,2]`, `[1e0,2]`}, {`["1",2]`, `["\u0031",2]`}, {`[null,true]`},
	{`{"a":1,"b":[{}]}`, `{ "b" : [{}], "a" : 1 }`, `{"a":0,"b":[{}],"\u0061":1}`}, {`{"a":1.0,"b":[{}]}`},
}

func TestRefEquality(t *testing.T) {
	seen := make(map[Ref]string)
	for _, texts := range refValues {
		first := mustRef(t, texts[0])
		if other, ok := seen[first]; ok {
			t.Errorf("%s and %s are one Ref, %q", texts[0], other, string(first))
		}
		seen[first] = texts[0]
		for _, text := range texts[1:] {
			if r := mustRef(t, text); r != first {
				t.Errorf("%s is %q, %s is %q: want one Ref", text, string(r), texts[0], string(first))
			}
		}
	}
}

func TestRefCanonicalFormIsStable(t *testing.T) {
	for _, texts := range refValues {
		r := mustRef(t, texts[0])
		if again := mustRef(t, r.String()); again != r {
			t.Errorf("%s parsed again is %s", r, again)
		}
	}
}

func TestStringRef(t *testing.T) {
	for s, want := range map[string]string{
		"":                 `""`,
		" a b~":            `" a b~"`,
		"12":               `"12"`,
		"a\"\\\b\f\n\r\t/": `"a\"\\\b\f\n\r\t/"`,
		"\x00\x1f\x7f":     "\"\\u0000\\u001f\x7f\"",
		"ž🦊\u2028":         "\"ž🦊\u2028\"",
		"\xff":             "\"\uFFFD\"",
	} {
		r := StringRef(s)
		if string(r) != want {
			t.Errorf("StringRef(%q) = %s, want %s", s, r, want)
		}
		if parsed := mustRef(t, want); parsed != r {
			t.Errorf("StringRef(%q) is not the Ref that is parsed: %q, %q", s, string(r), string(parsed))
		}
	}
}

func TestParseRefRefuses(t *testing.T) {
	for _, text := range []string{``, ` `, `x`, `01`, `"`, "\"\xff\"", `"\ud83e"`, `1 2`, `[1`, `{"a"}`, `nul`, `NaN`} {
		if r, err := ParseRef(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("ParseRef(%q) = %q, %v; want an error", text, string(r), err)
		}
	}
}

// The forms are those of Erlang's float_to_binary with the option short, which a binary frame shows to the client.
func TestFloatRefs(t *testing.T) {
	for text, want := range map[string]string{
		`1.0`: `1.0`, `0.1`: `0.1`, `-2.25`: `-2.25`, `100.0`: `100.0`, `1000.0`: `1.0e3`, `1e3`: `1.0e3`,
		`123456.0`: `123456.0`, `120000.0`: `1.2e5`, `1E-7`: `1.0e-7`, `0.01`: `0.01`, `0.0001`: `0.0001`, `0.00001`: `1.0e-5`,
		`0.00012`: `1.2e-4`, `5e-324`: `5.0e-324`, `1.7976931348623157e308`: `1.7976931348623157e308`,
		`4503599627370497.0`: `4503599627370497.0`, `9007199254740992.0`: `9.007199254740992e15`,
		`0.10000000000000000000001`: `0.1`,
	} {
		if got := mustRef(t, text); string(got) != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}

// Canonical form costs the square of the depth. A message of megabytes must not be able to ask for that.
func TestLongRefsStayAsWritten(t *testing.T) {
	const depth = 9000
	long := strings.Repeat(`{"b":0,"a":`, depth) + `"` + strings.Repeat("x", 1<<20) + `"` + strings.Repeat("}", depth)
	if r := mustRef(t, long); string(r) != long {
		t.Error("a long ref is not kept as it is written")
	}
}

func TestRefPlain(t *testing.T) {
	for text, want := range map[string]string{
		`null`: ``, `""`: ``, `"12"`: `12`, `"a\nž"`: "a\nž", `7`: `7`, `1.50`: `1.5`, `true`: `true`, `-0`: `0`,
	} {
		if got, err := mustRef(t, text).plain("ref"); got != want || err != nil {
			t.Errorf("%s in a binary frame: %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`[]`, `[1]`, `{}`} {
		_, err := mustRef(t, text).plain("join_ref")
		var e *EncodeError
		if !errors.As(err, &e) || e.Field != "join_ref" {
			t.Errorf("%s in a binary frame: error %v, want one of join_ref", text, err)
		}
	}
}

func TestRefString(t *testing.T) {
	if got := fmt.Sprintf("%v %v %v", Null, StringRef("1"), mustRef(t, "1")); got != `null "1" 1` {
		t.Errorf("printed as %s", got)
	}
}
