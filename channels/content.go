package channels

import (
	"bytes"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A content is one page as its holder sent it. The text itself is looked at in pieces, and put into the other form only
// if a visitor wants that one.
type content struct {
	quoted []byte   // the JSON string, or nil
	parts  [][]byte // or the UTF-8 in parts, each with its head, or nil
	plain  []byte   // or the UTF-8
}

// parseContent reads the payload of a content event, {"content": C, "hash": H}; other keys are ignored. It reports false
// for everything else, an array of byte values too, which the reference server hashes as those bytes: visitors would be
// shown something else than what was verified. The content refers to the payload's bytes.
func parseContent(p protocol.Payload) (c content, hash string, ok bool) {
	if !p.IsObject() {
		return content{}, "", false
	}
	text := p.Bytes()
	dec := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	if _, err := dec.ReadToken(); err != nil {
		return content{}, "", false
	}
	var body, sum []byte // the values, the last one counting if a name comes twice
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return content{}, "", false
		}
		var other []byte
		into := &other
		switch name.String() {
		case "content":
			into = &body
		case "hash":
			into = &sum
		}
		value, err := dec.ReadValue()
		if err != nil {
			return content{}, "", false
		}
		// The decoder's value is good until its next call, so the text itself is cut.
		end := dec.InputOffset()
		*into = text[end-int64(len(value)) : end]
	}
	if !isString(body) || !isString(sum) {
		return content{}, "", false
	}
	name, err := jsontext.AppendUnquote(nil, sum)
	return content{quoted: body}, string(name), err == nil
}

func isString(value []byte) bool { return len(value) >= 2 && value[0] == '"' }

// plainContent is what a holder sent as bytes. It reports false if they are not UTF-8: text is all that a page can be.
func plainContent(b []byte) (content, bool) {
	return content{plain: b}, utf8.Valid(b)
}

// size returns the length in bytes of UTF-8.
func (c content) size() int {
	if c.quoted == nil {
		n := len(c.plain)
		for _, part := range c.parts {
			n += len(part) - partHead
		}
		return n
	}
	n := len(c.quoted) - 2
	for rest := c.inner(); ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			return n
		}
		r, width := unescape(rest[i:])
		n += utf8.RuneLen(r) - width
		rest = rest[i+width:]
	}
}

func (c content) inner() []byte { return c.quoted[1 : len(c.quoted)-1] }

// exceeds reports whether the size is over the limit. It looks at the text only if its length leaves that open.
func (c content) exceeds(limit int) bool {
	return (c.quoted == nil || len(c.quoted)-2 > limit) && c.size() > limit
}

// reader returns the UTF-8.
func (c content) reader() io.Reader {
	switch {
	case c.quoted != nil:
		return &unquoter{rest: c.inner()}
	case c.parts != nil:
		readers := make([]io.Reader, len(c.parts))
		for i, part := range c.parts {
			readers[i] = bytes.NewReader(part[partHead:])
		}
		return io.MultiReader(readers...)
	}
	return bytes.NewReader(c.plain)
}

// text returns the UTF-8 in one piece.
func (c content) text() []byte {
	if c.quoted == nil && c.parts == nil {
		return c.plain
	}
	text := make([]byte, c.size())
	_, _ = io.ReadFull(c.reader(), text)
	return text
}

// cut returns the UTF-8 in parts, each with its head.
func (c content) cut() [][]byte {
	if c.parts != nil {
		return c.parts
	}
	return cut(c.text())
}

// object returns {"content": C}, the payload for clients that read JSON.
func (c content) object() protocol.Payload {
	const before, after = `{"content":`, `}`
	if c.quoted == nil {
		plain := c.text()
		text := append(make([]byte, 0, len(before)+len(plain)+len(plain)/16+64), before...)
		text, _ = jsontext.AppendQuote(text, plain) // fails for what is not UTF-8 only
		return protocol.JSON(append(text, after...))
	}
	text := make([]byte, 0, len(before)+len(c.quoted)+len(after))
	return protocol.JSON(append(append(append(text, before...), c.quoted...), after...))
}

// binary returns the UTF-8 itself, the payload for clients that asked for bytes.
func (c content) binary() protocol.Payload { return protocol.Binary(c.text()) }

// An unquoter reads the text between the quotes of a JSON string, escapes undone. The string is known to be valid.
type unquoter struct {
	rest []byte
	over []byte // of a code point that did not fit
	buf  [utf8.UTFMax]byte
}

func (u *unquoter) Read(p []byte) (int, error) {
	n := copy(p, u.over)
	u.over = u.over[n:]
	for n < len(p) && len(u.rest) > 0 {
		run := bytes.IndexByte(u.rest, '\\')
		switch {
		case run < 0:
			run = len(u.rest)
			fallthrough
		case run > 0:
			run = copy(p[n:], u.rest[:run])
			u.rest = u.rest[run:]
			n += run
		case simple[u.rest[1]] != 0:
			p[n] = simple[u.rest[1]]
			u.rest = u.rest[2:]
			n++
		default:
			r, width := unescape(u.rest)
			u.rest = u.rest[width:]
			u.over = u.buf[:utf8.EncodeRune(u.buf[:], r)]
			fit := copy(p[n:], u.over)
			u.over = u.over[fit:]
			n += fit
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// simple are the escapes of two characters, by the second one.
var simple = [256]byte{
	'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\', '/': '/',
}

// unescape reads the escape that s begins with and returns its code point, and how long it is written.
func unescape(s []byte) (r rune, width int) {
	if c := simple[s[1]]; c != 0 {
		return rune(c), 2
	}
	r = hex4(s[2:])
	if r >= 0xD800 && r < 0xDC00 { // valid JSON text has the other half behind it
		return 0x10000 + (r-0xD800)<<10 | (hex4(s[8:]) - 0xDC00), 12
	}
	return r, 6
}

func hex4(s []byte) (r rune) {
	for _, c := range s[:4] {
		switch {
		case c >= 'a':
			c -= 'a' - 10
		case c >= 'A':
			c -= 'A' - 10
		default:
			c -= '0'
		}
		r = r<<4 | rune(c)
	}
	return r
}
