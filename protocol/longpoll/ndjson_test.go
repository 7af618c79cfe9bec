package longpoll

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func TestIsBatch(t *testing.T) {
	for contentType, want := range map[string]bool{
		"application/x-ndjson":                 true,
		"application/x-ndjson; charset=utf-8":  true,
		"application/x-ndjson;charset=\"utf-8": true,
		" Application/X-NDJSON ; q=1":          true,
		"[object Object]":                      true, // phoenix.js 1.7.22
		"":                                     false,
		"application/json":                     false,
		"application/x-ndjson-not":             false,
		"text/plain; application/x-ndjson":     false,
	} {
		if got := isBatch(contentType); got != want {
			t.Errorf("isBatch(%q) = %v", contentType, got)
		}
	}
}

func lines(body string) []string {
	list := []string{}
	for line, rest := nextLine([]byte(body)); len(line) > 0; line, rest = nextLine(rest) {
		list = append(list, string(line))
	}
	return list
}

func TestLines(t *testing.T) {
	for body, want := range map[string][]string{
		"":                         {},
		"\n":                       {},
		"\r\n\r\n \t\n":            {},
		"[1]":                      {"[1]"},
		"[1]\n":                    {"[1]"},
		"[1]\n[2]":                 {"[1]", "[2]"},
		"[1]\r\n[2]\r\n":           {"[1]", "[2]"},
		"\n\n[1]\n\n\r\n\n[2]\n\n": {"[1]", "[2]"},
		" [1] \n\t[2]\t\r":         {"[1]", "[2]"},
		"[1,\r 2]":                 {"[1,\r 2]"},
		"AAEB\nAAEC":               {"AAEB", "AAEC"},
	} {
		if got := lines(body); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add("[1]\n[2]")
	f.Add("\r\n\n [3] \t\r\n\x00")
	f.Add("\n")
	f.Fuzz(func(t *testing.T, body string) {
		want := []string{}
		for line := range strings.SplitSeq(body, "\n") {
			if line = strings.Trim(line, " \t\r"); line != "" {
				want = append(want, line)
			}
		}
		if got := lines(body); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestDecodeLine(t *testing.T) {
	for _, c := range []struct {
		line, want string
		binary     bool
	}{
		{`[1]`, `[1]`, false},
		{`{"a":1}`, `{"a":1}`, false},
		{"AAEBBwYxMmxhYjpiaW5iaW5hcnlhYmM=", "\x00\x01\x01\x07\x0612lab:binbinaryabc", true},
		{"//79", "\xff\xfe\xfd", true},
		{"[broken", "[broken", false},
	} {
		data, binary, err := decodeLine([]byte(c.line), []byte(c.line))
		if string(data) != c.want || binary != c.binary || err != nil {
			t.Errorf("%q: %q, %v, %v", c.line, data, binary, err)
		}
	}
	for _, bad := range []string{"!!!", "A", "AAE", "__79", "AA=E", "hello world", "\"string\"", "AAEB===="} {
		_, _, err := decodeLine([]byte(bad), []byte(bad))
		if _, ok := errors.AsType[*protocol.DecodeError](err); !ok || !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// What a handler keeps must not keep a whole body alive; a body that is one large message is not copied.
func TestSmallLinesAreCopied(t *testing.T) {
	small := []byte(`[1]` + strings.Repeat("\n", 1000))
	line, _ := nextLine(small)
	data, _, _ := decodeLine(line, small)
	if data[0] = 'x'; small[0] == 'x' {
		t.Error("a small line is a part of the body")
	}
	large := []byte(`["` + strings.Repeat("a", 1000) + "\"]\n[2]")
	line, _ = nextLine(large)
	data, _, _ = decodeLine(line, large)
	if data[0] = 'x'; large[0] != 'x' {
		t.Error("a line that is most of the body was copied")
	}
	if cap(data) != len(data) {
		t.Error("appending to a line would change what stands behind it")
	}
}

func TestBlankLinesCostNothing(t *testing.T) {
	for name, body := range map[string][]byte{
		"LF":    bytes.Repeat([]byte("\n"), 8_000_000),
		"CR LF": bytes.Repeat([]byte("\r\n"), 4_000_000),
		"blank": bytes.Repeat([]byte(" "), 8_000_000),
	} {
		if n := testing.AllocsPerRun(5, func() {
			if line, rest := nextLine(body); len(line) != 0 || len(rest) != 0 {
				t.Errorf("%s: a line of %d bytes, %d left", name, len(line), len(rest))
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkNextLineBlank(b *testing.B) {
	body := bytes.Repeat([]byte("\n"), 8_000_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		nextLine(body)
	}
}

func BenchmarkDecodeLineBase64(b *testing.B) {
	line := []byte(base64.StdEncoding.EncodeToString(make([]byte, 3000)))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		decodeLine(line, line)
	}
}
