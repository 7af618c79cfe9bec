package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// content is a page, of characters that JSON has no escapes for.
type content struct {
	text []byte
	hash string
}

func newContent(i, size int) content {
	text := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog, "), size/45+1)
	text = append(fmt.Appendf(nil, "page %d: ", i), text...)[:max(size, 10)]
	sum := sha256.Sum256(text)
	return content{text, hex.EncodeToString(sum[:])}
}

// have and want are the topics of those who have it, and of those who want it.
func (p content) have() string { return "have:" + p.hash }
func (p content) want() string { return "want:" + p.hash }

// payload is that of a content event; a holder's has the hash.
func (p content) payload(holder bool) []byte {
	b := append([]byte(`{"content":"`), p.text...)
	if holder {
		b = append(append(b, `","hash":"`...), p.hash...)
	}
	return append(b, `"}`...)
}

// offer is what the holders of a page answer with: frames, each made and masked
// when it is first needed and sent by all of them.
type offer struct {
	content

	mu      sync.Mutex
	asJSON  []byte
	asBytes []byte
	pieces  [][]byte // of size bytes each
	size    int
}

// aside is a ref that nobody waits for a reply to.
const aside ref = 2

// whole is the page as one message.
func (o *offer) whole(binary bool) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if binary {
		if o.asBytes == nil {
			o.asBytes = appendFrame(nil, opBinary, encodeBinary(joinRef, aside, o.have(), "content", o.text))
		}
		return o.asBytes
	}
	if o.asJSON == nil {
		o.asJSON = appendFrame(nil, opText, encode(joinRef, aside, o.have(), "content", o.payload(true)))
	}
	return o.asJSON
}

// inParts is the page in parts of size bytes.
func (o *offer) inParts(size int) [][]byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size != size {
		o.size, o.pieces = size, nil
		total := len(o.text)
		for offset := 0; offset < total; offset += size {
			part := o.text[offset:min(offset+size, total)]
			o.pieces = append(o.pieces, appendFrame(nil, opBinary,
				encodeBinary(joinRef, aside, o.have(), "part", appendPartHeader(nil, offset, total), part)))
		}
	}
	return o.pieces
}
