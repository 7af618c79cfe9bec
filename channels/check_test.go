package channels

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// pieces draws a text, UTF-8 or not quite, and where it is cut.
var pieces = rapid.Custom(func(t *rapid.T) [][]byte {
	one := rapid.SampledFrom([]string{"a", "é", "日", "\U0001F98A", "\xf0\x9f", "\xe6\x97", "\xc3", "\xff", "\x80", "\xed\xa0\x80", "\r\n", ""})
	text := []byte(strings.Join(rapid.SliceOf(one).Draw(t, "text"), ""))
	var all [][]byte
	for len(text) > 0 {
		n := rapid.IntRange(0, len(text)).Draw(t, "length")
		all = append(all, text[:n])
		text = text[n:]
	}
	return all
})

// TestCheck holds what is looked at part by part against the same as a whole.
func TestCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var whole []byte
		c := newCheck()
		for _, b := range pieces.Draw(t, "pieces") {
			c.write(b)
			whole = append(whole, b...)
		}
		for _, hash := range []string{hashOf(string(whole)), hashOf("another"), originalHash(whole), "short"} {
			all := content{plain: whole}
			want := utf8.Valid(whole) && all.matches(hash)
			if got := c.passes(all, hash); got != want {
				t.Fatalf("%q and %s: %t, want %t", whole, hash, got, want)
			}
		}
	})
}

func originalHash(text []byte) string {
	d := digesters.Get().(*digester)
	defer digesters.Put(d)
	return d.original(content{plain: text})
}

// TestContentInParts has the forms of the same content as a whole.
func TestContentInParts(t *testing.T) {
	for _, size := range []int{partSize + 1, 3 * partSize} {
		page := longPage(size)
		whole, parts := plain(page), content{parts: cut([]byte(page))}
		if parts.size() != size || parts.exceeds(size) || !parts.exceeds(size-1) {
			t.Errorf("of %d bytes the size is %d", size, parts.size())
		}
		if parts.object().String() != whole.object().String() || string(parts.binary().Bytes()) != page {
			t.Errorf("%d bytes in parts have another form", size)
		}
		if !parts.matches(hashOf(page)) || !parts.matches(originalHash([]byte(page))) || parts.matches(hashOf(page+"x")) {
			t.Errorf("%d bytes in parts have another hash", size)
		}
		for i, b := range quoted(page).cut() {
			if string(b) != string(parts.cut()[i]) {
				t.Fatalf("a JSON string of %d bytes is cut differently at part %d", size, i)
			}
		}
	}
}

// FuzzPart: whatever a holder sends as parts, nothing but the right content is handed on, and nothing is left.
func FuzzPart(f *testing.F) {
	page := []byte("a page")
	whole := cut(page)[0]
	f.Add(whole, []byte{})
	f.Add(whole[:partHead], whole)
	f.Add([]byte{}, []byte{1})
	long := binary.BigEndian.AppendUint32(make([]byte, 4), 2*partSize)
	f.Add(append(long, make([]byte, partSize)...), []byte{0, 1, 0, 0, 0, 2, 0, 0, 'x'})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := newRelay(Options{MaxContent: 4 * partSize}.withDefaults())
		hash := hashOf(string(page))
		d := new(deaf)
		h, v := newHolder(hash, d), newVisitor(hash, new(deaf), true)
		v.binary, v.parts = true, true
		r.hold(h)
		r.await(v)
		right := false
		for _, b := range [][]byte{first, second} {
			right = right || string(b) == string(whole)
			if err := r.receive(h, b); err != nil {
				break
			}
		}
		served := v.among == nil
		r.release(h, true)
		r.depart(v)
		if served && !right {
			t.Errorf("%q and %q were handed on", first, second)
		}
		if n := r.budget.used.Load(); n != 0 || r.size() != 0 {
			t.Errorf("%d bytes and %d pages are left", n, r.size())
		}
	})
}
