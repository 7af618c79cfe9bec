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
	maxQueryDepth = 32        // of a[b][c]…; Plug knows no such bound
)

var (
	errQueryTooLong = errors.New("the query is longer than " + strconv.Itoa(maxQueryBytes) + " bytes")
	errQueryUTF8    = errors.New("the query is not valid UTF-8")
	errQueryDepth   = errors.New("the query nests parameters more than " + strconv.Itoa(maxQueryDepth) + " deep")
)

// parseParams decodes a query string as Plug does: the last of equal names
// wins, a name without = is empty, empty segments and broken escapes are
// tolerated.
func parseParams(query string) (Params, error) {
	if len(query) > maxQueryBytes {
		return nil, errQueryTooLong
	}
	params := make(Params)
	for segment := range strings.SplitSeq(query, "&") {
		if segment == "" {
			continue
		}
		name, value, _ := strings.Cut(segment, "=")
		name, value = unescape(name), unescape(value)
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return nil, errQueryUTF8
		}
		if name == "" && value == "" {
			continue
		}
		root, keys := splitName(name)
		if len(keys) > maxQueryDepth {
			return nil, errQueryDepth
		}
		params[root] = assign(params[root], keys, value)
	}
	return params, nil
}

// splitName takes "a[b][]" apart into "a" and the keys "b", "". A name whose
// brackets do not pair up is one plain name.
func splitName(name string) (root string, keys []string) {
	open := strings.IndexByte(name, '[')
	if open <= 0 || !strings.HasSuffix(name, "]") {
		return name, nil
	}
	inner := name[open+1 : len(name)-1]
	if strings.Count(inner, "][") > maxQueryDepth {
		return name[:open], make([]string, maxQueryDepth+1)
	}
	return name[:open], strings.Split(inner, "][")
}

// assign puts value at keys below what is there already; where the shapes
// disagree the later one wins.
func assign(at any, keys []string, value string) any {
	if len(keys) == 0 {
		return value
	}
	if keys[0] == "" {
		list, _ := at.([]any)
		return append(list, assign(nil, keys[1:], value))
	}
	m, ok := at.(Params)
	if !ok {
		m = make(Params)
	}
	m[keys[0]] = assign(m[keys[0]], keys[1:], value)
	return m
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
