package longpoll

import (
	"net/http"
	"sync"
	"time"
)

// An output is the body of one answer on its way. However long the messages are, it holds one piece of them at a time: a page
// of megabytes that many sessions wait for exists once, in its frame.
type output struct {
	w       http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	buf     []byte
	err     error
}

const (
	pieceLen  = 32 << 10     // of a message, quoted at a time
	keptLen   = 4 * pieceLen // a buffer that has grown past it is not kept
	outputLen = 2 << 10
)

var outputs = sync.Pool{New: func() any { return &output{buf: make([]byte, 0, outputLen)} }}

// quote appends text, which is UTF-8, as a JSON string.
func (o *output) quote(text []byte) {
	o.buf = append(o.buf, '"')
	for len(text) > pieceLen {
		o.buf = appendEscaped(o.buf, text[:pieceLen]) // a rune may be cut in two: its bytes are only passed on
		text = text[pieceLen:]
		o.flushIfFull()
	}
	o.buf = append(appendEscaped(o.buf, text), '"')
	o.flushIfFull()
}

func (o *output) flushIfFull() {
	if len(o.buf) > pieceLen {
		o.flush()
	}
}

// escapes has for each byte what it is in a JSON string: 0 itself, 'u' its number, otherwise a backslash and that character.
var escapes = func() (table [256]byte) {
	for c := range 0x20 {
		table[c] = 'u'
	}
	table['\b'], table['\f'], table['\n'], table['\r'], table['\t'] = 'b', 'f', 'n', 'r', 't'
	table['"'], table['\\'] = '"', '\\'
	return table
}()

// quotedLens has for each byte how long it is in a JSON string.
var quotedLens = func() (table [256]byte) {
	for c, escape := range escapes {
		switch escape {
		case 0:
			table[c] = 1
		case 'u':
			table[c] = 6
		default:
			table[c] = 2
		}
	}
	return table
}()

// quotedLen returns how many bytes quote writes.
func quotedLen(text []byte) int {
	n := len(`""`)
	for _, c := range text {
		n += int(quotedLens[c])
	}
	return n
}

const hexDigits = "0123456789abcdef"

// appendEscaped appends text as it stands in a JSON string: only what must be escaped is (RFC 8259 §7).
func appendEscaped(dst, text []byte) []byte {
	start := 0
	for i, c := range text {
		escape := escapes[c]
		if escape == 0 {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		if escape == 'u' {
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, '\\', escape)
		}
	}
	return append(dst, text[start:]...)
}
