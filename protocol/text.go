package protocol

import "unicode/utf8"

// A field is a part of a message that is text, and its name in errors.
type field struct{ name, value string }

// check refuses what is not UTF-8: a browser drops its connection on the first such byte, so none may get out.
func (f field) check() error {
	if !utf8.ValidString(f.value) {
		return &EncodeError{Field: f.name, Reason: "is not UTF-8"}
	}
	return nil
}

func checkTexts(a, b field) error {
	if err := a.check(); err != nil {
		return err
	}
	return b.check()
}

// appendString writes s, which is UTF-8, as a JSON string in its shortest form: only what must be escaped is. A Ref
// relies on there being one form for each string.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
