package channels

import (
	"encoding/binary"
	"math"
)

// Contents that are too long for one frame go in parts, to and from clients that can take them: a visitor on a slow line
// is not sent 8 MB at once, and memory grows by a page and not by a page for each visitor.
const (
	// partSize is the length of every part but the last, and the longest content that goes as a whole. It is as much as a
	// connection writes at once.
	partSize = 64 << 10

	// partWindow is how many parts may be on their way to a client that has not acknowledged them: at most half of what
	// may be queued for a connection by default.
	partWindow = 8

	// partHead is what is in front of each part: the offset and the total, big-endian.
	partHead = 8

	// maxParted is the longest content that an offset can be told of.
	maxParted = math.MaxUint32
)

// A part is one piece of a content, as it is on the wire.
type part struct {
	offset, total int64
	body          []byte
	raw           []byte // all of it
}

// parsePart reads what came with a part event. It reports false if there is not even a head.
func parsePart(b []byte) (part, bool) {
	if len(b) < partHead {
		return part{}, false
	}
	return part{
		offset: int64(binary.BigEndian.Uint32(b)),
		total:  int64(binary.BigEndian.Uint32(b[4:])),
		body:   b[partHead:],
		raw:    b,
	}, true
}

// follows reports whether this is the part that comes behind so many bytes of a content.
func (p part) follows(got, total int64) bool {
	return p.offset == got && p.total == total && int64(len(p.body)) == min(partSize, total-got)
}

// last reports whether the content ends with this part.
func (p part) last() bool { return p.offset+int64(len(p.body)) == p.total }

// cut puts a text into parts, each with its head, in memory of its own.
func cut(text []byte) [][]byte {
	parts := make([][]byte, 0, (len(text)+partSize-1)/partSize)
	for offset := 0; offset < len(text); offset += partSize {
		body := text[offset:min(offset+partSize, len(text))]
		b := make([]byte, partHead, partHead+len(body))
		binary.BigEndian.PutUint32(b, uint32(offset))
		binary.BigEndian.PutUint32(b[4:], uint32(len(text)))
		parts = append(parts, append(b, body...))
	}
	return parts
}
