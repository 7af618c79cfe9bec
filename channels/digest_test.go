package channels

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// original is the digest of the original's sha256.js, written the way that file does it: UTF-16 code units, each as if
// it were a code point.
func original(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(s, "\r\n", "\n"))) {
		switch {
		case u < 0x80:
			b = append(b, byte(u))
		case u < 0x800:
			b = append(b, byte(u>>6)|0xC0, byte(u&0x3F)|0x80)
		default:
			b = append(b, byte(u>>12)|0xE0, byte(u>>6&0x3F)|0x80, byte(u&0x3F)|0x80)
		}
	}
	return hexSHA256(b)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hashOf(s string) string { return hexSHA256([]byte(s)) }

// quoted and plain are the two forms in which a holder sends s.
func quoted(s string) content {
	text, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic(err)
	}
	return content{quoted: text}
}

func plain(s string) content {
	c, ok := plainContent([]byte(s))
	if !ok {
		panic("not UTF-8")
	}
	return c
}

// TestDigestVectors has the table of PROTOCOL.md §10.6, observed with the original's own file.
func TestDigestVectors(t *testing.T) {
	for _, v := range []struct{ content, client, server string }{
		{"😀", "ea645893a930e087", "f0443a342c5ef547"},
		{"a\r\nb", "7e18f737311b2dc3", "18745f36a05e2907"},
		{"日本語", "77710aedc74ecfa3", "77710aedc74ecfa3"},
		{"", "e3b0c44298fc1c14", "e3b0c44298fc1c14"},
	} {
		client, server := original(v.content), hashOf(v.content)
		if !strings.HasPrefix(client, v.client) || !strings.HasPrefix(server, v.server) {
			t.Fatalf("%q: the test's own digests are %s and %s", v.content, client, server)
		}
		for _, c := range []content{quoted(v.content), plain(v.content)} {
			for _, hash := range []string{client, server} {
				if !c.matches(hash) {
					t.Errorf("%q does not match %s", v.content, hash)
				}
			}
			for _, hash := range []string{
				"", client[:63], client + "0", strings.ToUpper(server), hashOf(v.content + "x"), original(v.content + "x"),
			} {
				if c.matches(hash) {
					t.Errorf("%q matches %q", v.content, hash)
				}
			}
		}
	}
	if !plain("a\r\nb").matches(hashOf("a\nb")) {
		t.Error("CR LF is not taken as LF")
	}
}

// tricky draws text full of what the two encodings and JSON write differently.
var tricky = rapid.StringOfN(rapid.OneOf(
	rapid.SampledFrom([]rune("\r\n\r\n😀🦊\U0010FFFF\U00010000\uFFFF\uE000é日\\\"/\b\f\t\x00\x1f<a")),
	rapid.Rune(),
), 0, 200, -1)

func TestDigestAgreesWithTheOriginal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Repeat(tricky.Draw(t, "content"), rapid.SampledFrom([]int{1, 1, 1, 100}).Draw(t, "times"))
		for _, c := range []content{quoted(s), plain(s)} {
			if !c.matches(hashOf(s)) {
				t.Fatal("does not match its SHA-256")
			}
			if !c.matches(original(s)) {
				t.Fatal("does not match the original's digest")
			}
			if c.matches(hashOf(s + "\n")) {
				t.Fatal("matches another text's hash")
			}
		}
	})
}

// TestPiecesDoNotMatter cuts text anywhere, in the middle of a CR LF or of a code point too.
func TestPiecesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := tricky.Draw(t, "content")
		var got, want bytes.Buffer
		w := cesuWriter{to: &got, out: make([]byte, 0, 8)}
		for rest := []byte(s); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			_, _ = w.Write(rest[:n])
			rest = rest[n:]
		}
		w.finish()
		whole := cesuWriter{to: &want, out: make([]byte, 0, 1024)}
		_, _ = whole.Write([]byte(s))
		whole.finish()
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Fatalf("in pieces %q, at once %q", got.Bytes(), want.Bytes())
		}
		if sum := hexSHA256(got.Bytes()); sum != original(s) {
			t.Fatalf("digest %s, want %s", sum, original(s))
		}
	})
}

func BenchmarkDigest(b *testing.B) {
	html := strings.Repeat("<p class=\"x\">Some ordinary text, with a line's end.</p>\n", 8_000_000/57)
	emoji := strings.Repeat("😀\r\n", 8_000_000/6)
	for _, v := range []struct {
		name string
		c    content
		hash string
	}{
		{"json", quoted(html), hashOf(html)},
		{"binary", plain(html), hashOf(html)},
		{"original", quoted(html), original(html + "x")},
		{"emoji", quoted(emoji), original(emoji)},
	} {
		b.Run(v.name, func(b *testing.B) {
			b.SetBytes(int64(v.c.size()))
			b.ReportAllocs()
			for b.Loop() {
				v.c.matches(v.hash)
			}
		})
	}
}
