package phoenix

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Params are decoded query parameters: strings, nested Params for a[b]=c, and
// []any for a[]=x (PROTOCOL.md §1.2).
type Params map[string]any

// Get returns the parameter of that name, "" when it is absent or no string.
func (p Params) Get(name string) string {
	s, _ := p[name].(string)
	return s
}

// Has reports whether the parameter was given at all, also when it is empty.
func (p Params) Has(name string) bool {
	_, ok := p[name]
	return ok
}

const (
	maxQueryBytes = 1_000_000 // as Plug; more is 414
	// Plug knows no bounds on these. An empty map takes some hundred times the
	// bytes of the brackets that make it.
	maxQueryDepth  = 32    // of a[b][c]…
	maxQueryNested = 1_000 // of all maps and lists together
)

var (
	errQueryTooLong = errors.New("the query is longer than " + strconv.Itoa(maxQueryBytes) + " bytes")
	errQueryUTF8    = errors.New("the query is not valid UTF-8")
	errQueryDepth   = errors.New("the query nests parameters more than " + strconv.Itoa(maxQueryDepth) + " deep")
	errQueryNested  = errors.New("the query has more than " + strconv.Itoa(maxQueryNested) + " nested parameters")
)

// parseParams decodes a query string as Plug does: the last of equal names
// wins, a name without = is empty, empty segments and broken escapes are
// tolerated.
func parseParams(query string) (Params, error) {
	if len(query) > maxQueryBytes {
		return nil, errQueryTooLong
	}
	var root level
	nested := 0
	for segment := range strings.SplitSeq(query, "&") {
		if segment == "" {
			continue
		}
		name, value, _ := strings.Cut(segment, "=")
		name, value = unescape(name), unescape(value)
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, errQueryUTF8
		}
		keys := splitName(name)
		if len(keys) > maxQueryDepth+1 {
			return nil, errQueryDepth
		}
		if nested += root.assign(keys, value); nested > maxQueryNested {
			return nil, errQueryNested
		}
	}
	return root.asMap(), nil
}

// item is the key of a[]. No other is like it: they are UTF-8.
const item = "\xff"

// splitName takes "a[b][]" apart into the keys "a", "b" and item. A name whose
// brackets do not pair up is one plain key.
func splitName(name string) []string {
	open := strings.IndexByte(name, '[')
	if open <= 0 || !strings.HasSuffix(name, "]") {
		return []string{name}
	}
	inner := name[open+1 : len(name)-1]
	// One more than is allowed is enough to see that it is too many.
	keys := append([]string{name[:open]}, strings.SplitN(inner, "][", maxQueryDepth+1)...)
	for i, key := range keys {
		if key == "" {
			keys[i] = item
		}
	}
	return keys
}

// A level is all that a query says below one name: a[b] and a[c] are of the
// level a. It keeps what is a map's and what is a list's; which of them counts
// is for its last entry to say.
type level struct {
	entries []entryOf
	below   map[string]*level // by key
}

// entryOf is a value, or, at its first mention, the level below a key.
type entryOf struct {
	key   string
	value string
	level *level
}

// assign notes a value and returns how many levels that took.
func (l *level) assign(keys []string, value string) (made int) {
	for _, key := range keys[:len(keys)-1] {
		next := l.below[key]
		if next == nil {
			next = new(level)
			made++
			if l.below == nil {
				l.below = make(map[string]*level, 1)
			}
			l.below[key] = next
			l.entries = append(l.entries, entryOf{key: key, level: next})
		}
		l = next
	}
	l.entries = append(l.entries, entryOf{key: keys[len(keys)-1], value: value})
	return made
}

func (l *level) params() any {
	if l.entries[len(l.entries)-1].key == item {
		return l.asList()
	}
	return l.asMap()
}

func (l *level) asMap() Params {
	params := make(Params, len(l.entries))
	for _, e := range l.entries {
		if e.key != item {
			params[e.key] = e.params()
		}
	}
	return params
}

func (l *level) asList() []any {
	list := make([]any, 0, len(l.entries))
	for _, e := range l.entries {
		if e.key == item {
			list = append(list, e.params())
		}
	}
	return list
}

func (e entryOf) params() any {
	if e.level != nil {
		return e.level.params()
	}
	return e.value
}

// unescape undoes percent escapes and plus signs; escapes that are broken stay
// as they are, where net/url would refuse the whole query.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out = append(out, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}
