package channels

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func TestParseContent(t *testing.T) {
	for _, v := range []struct{ payload, content, hash string }{
		{`{"content":"a","hash":"h"}`, `"a"`, "h"},
		{` { "hash" : "h" , "content" : "a b" , "more" : {"content":1,"x":[{}]} } `, `"a b"`, "h"},
		{`{"content":"","hash":""}`, `""`, ""},
		{`{"content":"first","hash":"1","content":"second","hash":"2"}`, `"second"`, "2"},
		{`{"c\u006fntent":"\ud83d\ude00\n","\u0068ash":"\u0041"}`, `"\ud83d\ude00\n"`, "A"},
	} {
		c, hash, ok := parseContent(protocol.JSON([]byte(v.payload)))
		if !ok || string(c.quoted) != v.content || hash != v.hash {
			t.Errorf("%s: %s, %q, %t", v.payload, c.quoted, hash, ok)
		}
	}
	for _, payload := range []string{
		`{}`, `{"content":"a"}`, `{"hash":"h"}`, `{"content":1,"hash":"h"}`, `{"content":"a","hash":null}`,
		`{"content":["a"],"hash":"h"}`, `{"Content":"a","hash":"h"}`, `null`, `[]`, `"content"`, `7`,
		`{"content":"a","hash":"h","content":5}`,
	} {
		if _, _, ok := parseContent(protocol.JSON([]byte(payload))); ok {
			t.Errorf("%s was taken for content", payload)
		}
	}
	if _, _, ok := parseContent(protocol.Binary([]byte(`{"content":"a","hash":"h"}`))); ok {
		t.Error("bytes were taken for JSON")
	}
}

func TestPlainContentIsUTF8(t *testing.T) {
	if _, ok := plainContent([]byte("a\xff")); ok {
		t.Error("bytes that are not UTF-8 were taken for text")
	}
	c, ok := plainContent(nil)
	if !ok || c.size() != 0 || c.object().String() != `{"content":""}` || !c.matches(hashOf("")) {
		t.Error("no bytes are not the empty page")
	}
}

// escapes draws JSON strings that write their characters in every way there is.
var escapes = rapid.Custom(func(t *rapid.T) []byte {
	pieces := rapid.SliceOf(rapid.SampledFrom([]string{
		`\n`, `\r`, `\t`, `\b`, `\f`, `\"`, `\\`, `\/`, `/`, `a`, `é`, `日`, `😀`, `\u0041`, `\u00e9`, `\u65E5`, `\uD83D\uDE00`,
		`\udbff\udfff`, `\u0000`, `\uFFFF`, strings.Repeat("x", 5000),
	})).Draw(t, "pieces")
	return []byte(`"` + strings.Join(pieces, "") + `"`)
})

// TestForms holds content in all its forms against the JSON package.
func TestForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := escapes.Draw(t, "text")
		var want string
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		for _, c := range []content{{quoted: text}, quoted(want), plain(want)} {
			if c.size() != len(want) {
				t.Fatalf("size %d, want %d", c.size(), len(want))
			}
			if c.exceeds(len(want)) || len(want) > 0 && !c.exceeds(len(want)-1) {
				t.Fatal("exceeds is wrong at the limit")
			}
			if got := c.binary(); !got.IsBinary() || string(got.Bytes()) != want {
				t.Fatalf("as bytes %q, want %q", got.Bytes(), want)
			}
			var object map[string]string
			if err := c.object().Decode(&object); err != nil || len(object) != 1 || object["content"] != want {
				t.Fatalf("as an object %s (%v)", c.object(), err)
			}
			for _, reader := range []io.Reader{c.reader(), iotest.HalfReader(c.reader())} {
				if got, err := io.ReadAll(reader); err != nil || string(got) != want {
					t.Fatalf("read %q, %v", got, err)
				}
			}
			if !c.matches(hashOf(want)) {
				t.Fatal("does not match its hash")
			}
		}
	})
}

// FuzzParseContent: whatever JSON comes in, what is taken for content can be read, and agrees with the JSON package.
func FuzzParseContent(f *testing.F) {
	f.Add([]byte(`{"content":"\ud83d\ude00\r\n","hash":"h"}`))
	f.Add([]byte(`{"content":"a","hash":"h","content":"b"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if !jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true)) {
			return
		}
		p := protocol.JSON(text)
		c, hash, ok := parseContent(p)
		var want struct {
			Content *string `json:"content"`
			Hash    *string `json:"hash"`
		}
		readable := p.IsObject() && p.Decode(&want) == nil && want.Content != nil && want.Hash != nil
		if readable && !ok {
			t.Fatalf("%s was not taken", text)
		}
		if !ok {
			return
		}
		if got := string(c.binary().Bytes()); readable && (got != *want.Content || hash != *want.Hash) {
			t.Fatalf("%s: %q, %q", text, got, hash)
		}
		c.matches(hash)
	})
}

func BenchmarkParseContent(b *testing.B) {
	html := strings.Repeat("<p class=\"x\">Some ordinary text, with a line's end.</p>\n", 8_000_000/57)
	text := []byte(`{"content":` + string(quoted(html).quoted) + `,"hash":"` + hashOf(html) + `"}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := parseContent(protocol.JSON(text)); !ok {
			b.Fatal("not taken")
		}
	}
}
