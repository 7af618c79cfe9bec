package longpoll

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// isBatch reports whether a POST of this content type holds a message a line. Parameters ("; charset=utf-8") do not
// matter (DESIGN.md D7). "[object Object]" is what phoenix.js 1.7.22 sends by mistake for its batches (PROTOCOL.md §7.3).
func isBatch(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.TrimSpace(kind)
	return strings.EqualFold(kind, "application/x-ndjson") || kind == "[object Object]"
}

// nextLine returns the first line of body that is not blank, without white space around it, and what stands behind it.
// Lines end with LF or CR LF. When only blank lines are left both results are empty. It copies nothing, and passes each
// byte once.
func nextLine(body []byte) (line, rest []byte) {
	body = bytes.TrimLeft(body, blank+"\n")
	line, rest, _ = bytes.Cut(body, newline)
	return bytes.TrimRight(line, blank), rest
}

const blank = " \t\r"

var newline = []byte{'\n'}

// decodeLine makes a message of one line of body: text if it begins as a JSON array or object, otherwise base64 of a
// binary message.
//
// The message belongs to the handler, which may keep a part of it for long. So a line that is a small part of the body is
// copied: a few bytes kept must not keep megabytes alive.
func decodeLine(line, body []byte) (data []byte, binary bool, err error) {
	if line[0] != '[' && line[0] != '{' {
		data = make([]byte, base64.StdEncoding.DecodedLen(len(line)))
		n, err := base64.StdEncoding.Decode(data, line)
		if err != nil {
			return nil, true, &protocol.DecodeError{Reason: "a line of an ndjson POST is neither JSON nor base64", Err: err}
		}
		return data[:n], true, nil
	}
	if len(line) < len(body)/2 {
		return bytes.Clone(line), false, nil
	}
	return line[:len(line):len(line)], false, nil
}
