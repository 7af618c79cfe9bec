package client

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
)

// What one POST may carry: as many lines as any server reads of it (PROTOCOL.md §5.4), and well below the size that they
// take, unless a single message is larger.
const (
	maxLines = 100
	maxBatch = 1 << 20
)

// send publishes a batch, in as many POSTs as it takes. Each is answered when the server has handled its messages.
func (l *longPoll) send(batch []outgoing) error {
	for len(batch) > 0 {
		n := l.fitting(batch)
		if err := l.post(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// fitting returns how many messages the next POST takes. Those of version 1.0.0 cannot be lines: servers know a line that
// is text by its bracket.
func (l *longPoll) fitting(batch []outgoing) int {
	if l.client.codec == (v1{}) {
		return 1
	}
	size := 0
	for i, m := range batch {
		if size += len(m.data); i == maxLines || i > 0 && size > maxBatch {
			return i
		}
	}
	return len(batch)
}

func (l *longPoll) post(batch []outgoing) error {
	kind := "application/x-ndjson"
	if l.client.codec == (v1{}) {
		kind = "application/json"
	}
	address := l.url + "&token=" + url.QueryEscape(l.token)
	a, err := l.request(l.ctx, http.MethodPost, address, bytes.NewReader(lines(batch)), func(h http.Header) {
		h.Set("Content-Type", kind)
	})
	if err != nil {
		return err
	}
	if a.Status != pollMessages {
		return &SessionError{a.Status}
	}
	return nil
}

// lines writes a message a line, binary ones in base64, and no newline at the end: it would be an empty message.
func lines(batch []outgoing) []byte {
	var body []byte
	for i, m := range batch {
		if i > 0 {
			body = append(body, '\n')
		}
		if m.binary {
			body = base64.StdEncoding.AppendEncode(body, m.data)
		} else {
			body = appendLine(body, m.data)
		}
	}
	return body
}

// appendLine writes JSON text in one line. Newlines in it can only be white space.
func appendLine(dst, text []byte) []byte {
	start := len(dst)
	dst = append(dst, text...)
	for i, c := range dst[start:] {
		if c == '\n' || c == '\r' {
			dst[start+i] = ' '
		}
	}
	return dst
}
