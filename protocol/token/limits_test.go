package token

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// allocated is what f allocates, in bytes: the least of some runs, because
// other goroutines allocate too.
func allocated(f func()) uint64 {
	f() // what is made once
	least := ^uint64(0)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

func deflate(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func compressed(t testing.TB, declared uint32, b []byte) []byte {
	t.Helper()
	head := binary.BigEndian.AppendUint32([]byte{version, tagCompressed}, declared)
	return append(head, deflate(t, b)...)
}

// A small token that claims to be enormous, and has a true MAC, costs next to
// nothing.
func TestSmallTokensAllocateLittle(t *testing.T) {
	c := newCodec(t, "id", Options{})
	// Each of the lists could have its elements, but not all of them.
	nested := strings.Repeat("l\x00\x00\x03\xe8", 60) + strings.Repeat("j", 1100)
	for name, payload := range map[string][]byte{
		"binary":            []byte("\x83m\xff\xff\xff\xff"),
		"list":              []byte("\x83l\xff\xff\xff\xff"),
		"list in a tail":    []byte("\x83l\x00\x00\x00\x01a\x01l\xff\xff\xff\xff"),
		"list in a list":    []byte("\x83" + nested),
		"tuple":             []byte("\x83i\xff\xff\xff\xff"),
		"small tuples":      []byte("\x83" + strings.Repeat("h\xff", 60)),
		"map":               []byte("\x83t\xff\xff\xff\xff"),
		"map of half":       []byte("\x83t\x80\x00\x00\x00"),
		"maps":              []byte("\x83" + strings.Repeat("t\x00\x00\x00\x10", 30)),
		"integer":           []byte("\x83o\xff\xff\xff\xff\x00"),
		"bit string":        []byte("\x83M\xff\xff\xff\xff\x04"),
		"charlist":          []byte("\x83k\xff\xff"),
		"reference":         []byte("\x83Z\xff\xffw\x01a"),
		"compressed":        compressed(t, 0xffff_ffff, []byte("a\x07")),
		"compressed a bit":  compressed(t, DefaultMaxSize, []byte("a\x07")),
		"compressed zeros":  compressed(t, 1000, make([]byte, 1<<20)),
		"compressed claims": compressed(t, 5, []byte("l\xff\xff\xff\xff")),
	} {
		token := signPayload(c, headerHS256, payload)
		var err error
		if got := allocated(func() { _, err = c.Verify(token, Infinity) }); got >= 64<<10 {
			t.Errorf("%s: a token of %d bytes made Verify allocate %d", name, len(token), got)
		}
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// The worst that a token of the largest size can cost, in shapes that are
// smallest as bytes and largest as values.
func TestLargeTokensAllocateInProportion(t *testing.T) {
	const most = 64 * DefaultMaxSize
	for name, unit := range map[string]string{
		"empty lists":  "j",
		"empty tuples": "h\x00",
		"tuples":       "h\x01j",
		"lists":        "l\x00\x00\x00\x01jj",
		"charlists":    "k\x00\x01a",
		"empty maps":   "t\x00\x00\x00\x00",
		"maps":         "t\x00\x00\x00\x01jj",
		"binaries":     "m\x00\x00\x00\x01a",
		"atoms":        "w\x01a",
		"old atoms":    "s\x01\xe9",
		"integers":     "b\x01\x00\x00\x00",
		"big integers": "n\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01",
		"floats":       "F\x40\x04\x00\x00\x00\x00\x00\x00",
		"bit strings":  "M\x00\x00\x00\x01\x04\x10",
	} {
		n := (DefaultMaxSize - 6) / len(unit)
		term := binary.BigEndian.AppendUint32([]byte{tagList}, uint32(n))
		term = append(append(term, strings.Repeat(unit, n)...), tagNil)
		payload := compressed(t, uint32(len(term)), term)
		var err error
		got := allocated(func() { _, err = decodeTerm(payload, DefaultMaxSize) })
		if err != nil || got > most {
			t.Errorf("%s: %d bytes allocated for a term of %d, %v, want at most %d", name, got, len(term), err, most)
		}
		t.Logf("%s: %.1f bytes a byte", name, float64(got)/float64(len(term)))
	}
}

// A compressed term may become as large as MaxSize, and a byte more is refused.
func TestCompressedUpToMaxSize(t *testing.T) {
	text := strings.Repeat("x", DefaultMaxSize-5)
	term := append(binary.BigEndian.AppendUint32([]byte{tagBinary}, uint32(len(text))), text...)
	if got, err := decodeTerm(compressed(t, uint32(len(term)), term), DefaultMaxSize); err != nil || got != text {
		t.Errorf("of MaxSize: %v", err)
	}
	if got, err := decodeTerm(compressed(t, uint32(len(term)), term), DefaultMaxSize-1); err != errTooMany || got != nil {
		t.Errorf("past MaxSize: %v, want %v", err, errTooMany)
	}
}

// A flood of tokens that are not ours costs a few small allocations each.
func TestForgedTokensAreCheap(t *testing.T) {
	c := newCodec(t, "id", Options{})
	forged := signPayload(newCodec(t, "other", Options{}), headerHS256, bytes.Repeat([]byte("l\xff\xff\xff\xff"), 1000))
	if got := allocated(func() { _, _ = c.Verify(forged) }); got > uint64(4*len(forged)) {
		t.Errorf("a token of %d bytes made Verify allocate %d", len(forged), got)
	}
}
