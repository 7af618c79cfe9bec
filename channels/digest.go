package channels

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"sync"
)

// A digester checks content against a hash, in pieces: a page of 8 MB is neither copied nor held twice.
type digester struct {
	sum hash.Hash
	buf []byte // a piece of the content, its escapes undone
	out []byte // that piece as the original's sha256.js sees it
	hex [2 * sha256.Size]byte
}

var digesters = sync.Pool{New: func() any {
	return &digester{sum: sha256.New(), buf: make([]byte, 8<<10), out: make([]byte, 0, 8<<10)}
}}

// matches reports whether name is the lower-case hex SHA-256 of the content: of its UTF-8, which is what the original
// server computes, or of what the original page computes (PROTOCOL.md §10.6). Pages with an emoji have a hash of the
// second kind and could never be served before.
func (c content) matches(name string) bool {
	if len(name) != 2*sha256.Size {
		return false
	}
	d := digesters.Get().(*digester)
	defer digesters.Put(d)
	return d.utf8(c) == name || d.original(c) == name
}

// matchesOriginal is the second half of matches.
func (c content) matchesOriginal(name string) bool {
	if len(name) != 2*sha256.Size {
		return false
	}
	d := digesters.Get().(*digester)
	defer digesters.Put(d)
	return d.original(c) == name
}

func (d *digester) utf8(c content) string {
	d.sum.Reset()
	d.pour(c.reader(), d.sum)
	return d.result()
}

func (d *digester) original(c content) string {
	d.sum.Reset()
	w := cesuWriter{to: d.sum, out: d.out[:0]}
	d.pour(c.reader(), &w)
	w.finish()
	return d.result()
}

// pour is io.CopyBuffer with no way around the buffer, and without errors: neither end has any.
func (d *digester) pour(from io.Reader, to io.Writer) {
	for {
		n, err := from.Read(d.buf)
		_, _ = to.Write(d.buf[:n])
		if err != nil {
			return
		}
	}
}

func (d *digester) result() string {
	var sum [sha256.Size]byte
	hex.Encode(d.hex[:], d.sum.Sum(sum[:0]))
	return string(d.hex[:])
}

// A cesuWriter passes UTF-8 on as the original's sha256.js encodes text: every CR LF becomes LF, and a code point of
// U+10000 and above becomes two surrogates of three bytes each, which is called CESU-8. It takes the text in pieces of
// any length.
type cesuWriter struct {
	to   io.Writer
	out  []byte // with room for six bytes at least
	cr   bool   // a CR came last and is not written yet
	need int    // so many bytes of a four-byte sequence are still to come
	code rune   // the bits of that sequence so far
}

// Write never fails.
func (w *cesuWriter) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if w.cr || w.need > 0 || rest[0] == '\r' || rest[0] >= 0xF0 {
			w.step(rest[0])
			rest = rest[1:]
			continue
		}
		run := 1
		for run < len(rest) && rest[run] != '\r' && rest[run] < 0xF0 {
			run++
		}
		w.copy(rest[:run])
		rest = rest[run:]
	}
	return len(p), nil
}

// copy takes what both encodings write the same way.
func (w *cesuWriter) copy(run []byte) {
	for len(run) > 0 {
		if len(w.out) == cap(w.out) {
			w.flush()
		}
		n := min(len(run), cap(w.out)-len(w.out))
		w.out = append(w.out, run[:n]...)
		run = run[n:]
	}
}

// step takes one byte that is, or follows, something that the two encodings write differently.
func (w *cesuWriter) step(c byte) {
	if cap(w.out)-len(w.out) < 6 {
		w.flush()
	}
	if w.cr {
		w.cr = false
		if c != '\n' {
			w.out = append(w.out, '\r')
		}
	}
	switch {
	case w.need > 0:
		w.code = w.code<<6 | rune(c&0x3F)
		if w.need--; w.need == 0 {
			v := w.code - 0x10000
			w.surrogate(0xD800 | v>>10)
			w.surrogate(0xDC00 | v&0x3FF)
		}
	case c == '\r':
		w.cr = true
	case c >= 0xF0:
		w.code, w.need = rune(c&0x07), 3
	default:
		w.out = append(w.out, c)
	}
}

func (w *cesuWriter) surrogate(s rune) {
	w.out = append(w.out, 0xE0|byte(s>>12), 0x80|byte(s>>6&0x3F), 0x80|byte(s&0x3F))
}

func (w *cesuWriter) flush() {
	_, _ = w.to.Write(w.out)
	w.out = w.out[:0]
}

// finish writes what had to wait for the next byte, and the rest.
func (w *cesuWriter) finish() {
	if w.cr {
		w.cr = false
		w.copy([]byte{'\r'})
	}
	w.flush()
}
