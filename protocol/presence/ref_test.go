package presence_test

import (
	"encoding/base64"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// Sixteen characters of URL-safe base64: the time, the node, a counter (PROTOCOL.md §6.1).
func TestRefLayout(t *testing.T) {
	now := time.Unix(1_700_000_000, 123)
	a, b := presence.RefsAt("a", now), presence.RefsAt("b", now)
	first, second, other := a(), a(), b()
	var raw [3][]byte
	for i, ref := range []string{first, second, other} {
		var err error
		if raw[i], err = base64.URLEncoding.DecodeString(ref); err != nil || len(ref) != 16 || len(raw[i]) != 12 {
			t.Fatalf("the ref %q is not 12 bytes in URL-safe base64: %v", ref, err)
		}
		if ns := binary.BigEndian.Uint64(raw[i]); ns != uint64(now.UnixNano()) {
			t.Errorf("the ref's time is %d, want %d", ns, now.UnixNano())
		}
	}
	if string(raw[0][8:10]) != string(raw[1][8:10]) || string(raw[0][8:10]) == string(raw[2][8:10]) {
		t.Error("a node's refs do not have its own number in them")
	}
	if c, d := binary.BigEndian.Uint16(raw[0][10:]), binary.BigEndian.Uint16(raw[1][10:]); d != c+1 {
		t.Errorf("the counter went from %d to %d", c, d)
	}
}

// As many refs as the counter has values are different even when the clock stands still.
func TestRefsOfOneInstant(t *testing.T) {
	next := presence.RefsAt("", time.Unix(0, 0))
	seen := make(map[string]bool)
	for range 1 << 16 {
		seen[next()] = true
	}
	if len(seen) != 1<<16 {
		t.Errorf("%d of %d refs are different", len(seen), 1<<16)
	}
}

// A million refs, made by several goroutines.
func TestRefsAreUnique(t *testing.T) {
	const goroutines, each = 8, 125_000
	next := presence.Refs("")
	var wg sync.WaitGroup
	var refs [goroutines][each]string
	for i := range goroutines {
		wg.Go(func() {
			for j := range each {
				refs[i][j] = next()
			}
		})
	}
	wg.Wait()
	seen := make(map[string]struct{}, goroutines*each)
	for i := range refs {
		for _, ref := range refs[i] {
			seen[ref] = struct{}{}
		}
	}
	if len(seen) != goroutines*each {
		t.Errorf("%d of %d refs are different", len(seen), goroutines*each)
	}
}
