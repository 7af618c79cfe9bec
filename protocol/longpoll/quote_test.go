package longpoll

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

func quoted(text []byte) string {
	w := httptest.NewRecorder()
	out := &output{w: w, control: http.NewResponseController(w)}
	out.quote(text)
	out.flush()
	return w.Body.String()
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `""`,
		"abc":                  `"abc"`,
		`["1",null,"a\n",{}]`:  `"[\"1\",null,\"a\\n\",{}]"`,
		"\x00\x1f\b\f\n\r\t":   `"\u0000\u001f\b\f\n\r\t"`,
		"žluť 😀 \u2028 \x7f":   "\"žluť 😀 \u2028 \x7f\"",
		"\x01\x01\x02lab:ok\\": `"\u0001\u0001\u0002lab:ok\\"`,
	} {
		if got := quoted([]byte(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Long messages go out in pieces; the pieces may cut runes and are still the whole.
func TestQuoteLong(t *testing.T) {
	for _, unit := range []string{"a", "\"", "ž", "😀", "\x00", "ab\nc😀"} {
		text := strings.Repeat(unit, (3*pieceLen+7)/len(unit))
		got := quoted([]byte("x" + text))
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != "x"+text {
			t.Errorf("%q repeated: %v", unit, err)
		}
		if n := quotedLen([]byte("x" + text)); n != len(got) {
			t.Errorf("%q repeated: quotedLen %d, quoted to %d", unit, n, len(got))
		}
	}
}

func FuzzQuote(f *testing.F) {
	f.Add([]byte(`["1","2","t","e",{"a":"b\\c"}]`))
	f.Add([]byte("\x00\x01\"\\\x7fž"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := quoted(text)
		if len(got) != quotedLen(text) {
			t.Errorf("quotedLen is %d, the quote is %d long", quotedLen(text), len(got))
		}
		if !utf8.Valid(text) {
			return // answered with HTTP 500
		}
		var back string
		if err := json.Unmarshal([]byte(got), &back); err != nil || back != string(text) {
			t.Errorf("%s: %v", got, err)
		}
	})
}

func BenchmarkQuote(b *testing.B) {
	text := bytes.Repeat([]byte(`{"key":"some value of a usual length","n":12345},`), 20000)
	w := discard{}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		out := &output{w: w, control: http.NewResponseController(w), buf: make([]byte, 0, 2*pieceLen)}
		quotedLen(text)
		out.quote(text)
	}
}

// discard is a ResponseWriter that drops the body.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
