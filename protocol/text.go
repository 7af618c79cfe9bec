package protocol

import "unicode/utf8"

// checkText refuses what JSON text cannot hold. A browser drops its connection on the first byte that is not UTF-8, so
// none may get out.
func checkText(field, s string) error {
	if !utf8.ValidString(s) {
		return &EncodeError{Field: field, Reason: "is not UTF-8"}
	}
	return nil
}

func checkTexts(topic, name string) error {
	if err := checkText("topic", topic); err != nil {
		return err
	}
	return checkText("event or status", name)
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
