package channels

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"unicode/utf8"
)

// A check looks at content while it arrives, part by part, so that nothing is left to be done at the end.
type check struct {
	sum  hash.Hash
	over []byte // the beginning of a code point that the next part goes on with
	bad  bool   // it is not UTF-8
}

func newCheck() check { return check{sum: sha256.New()} }

func (c *check) write(b []byte) {
	c.sum.Write(b)
	for len(c.over) > 0 && len(b) > 0 {
		c.over = append(c.over, b[0])
		b = b[1:]
		if utf8.FullRune(c.over) {
			c.bad = c.bad || !utf8.Valid(c.over)
			c.over = nil
		}
	}
	end := len(b) - unfinished(b)
	c.bad = c.bad || !utf8.Valid(b[:end])
	c.over = append(c.over, b[end:]...)
}

// unfinished returns how many bytes at the end begin a code point without ending it.
func unfinished(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// passes reports whether all that was written, which is this content, is UTF-8 and has the hash.
func (c *check) passes(all content, hash string) bool {
	if c.bad || len(c.over) > 0 {
		return false
	}
	return hex.EncodeToString(c.sum.Sum(nil)) == hash || all.matchesOriginal(hash)
}
