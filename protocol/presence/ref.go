package presence

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// refSource makes phx_refs: 12 bytes in URL-safe base64, as Phoenix's are (PROTOCOL.md §6.1): 64 bits of time in
// nanoseconds, 16 of the node, 16 of a counter. Within a node the counter alone tells 65,536 refs of one instant apart.
type refSource struct {
	node    uint16
	counter atomic.Uint32
}

// newRefSource makes the source of a node; one without a name is given a number.
func newRefSource(node string) *refSource {
	s := &refSource{node: uint16(rand.Uint32())}
	if node != "" {
		h := fnv.New32a()
		h.Write([]byte(node))
		sum := h.Sum32()
		s.node = uint16(sum>>16) ^ uint16(sum)
	}
	s.counter.Store(rand.Uint32())
	return s
}

func (s *refSource) next() string { return s.at(time.Now()) }

func (s *refSource) at(now time.Time) string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[0:], uint64(now.UnixNano()))
	binary.BigEndian.PutUint16(b[8:], s.node)
	binary.BigEndian.PutUint16(b[10:], uint16(s.counter.Add(1)))
	return base64.URLEncoding.EncodeToString(b[:])
}
