package client

import (
	"math/rand/v2"
	"time"
)

// A table says how long to wait before an attempt; the last entry holds for all further ones.
type table []time.Duration

// phoenix.js' tables since 1.4.3 (PROTOCOL.md §7.1).
var (
	reconnectTable = milliseconds(10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000)
	rejoinTable    = milliseconds(1000, 2000, 5000, 10_000)
)

// settled is how long a connection must have held for the next loss to start the table anew. phoenix.js does not wait: a
// server that takes connections and closes them at once, as one does that shuts down, is then asked every 10 ms.
const settled = 5 * time.Second

func milliseconds(ms ...int) table {
	t := make(table, len(ms))
	for i, n := range ms {
		t[i] = time.Duration(n) * time.Millisecond
	}
	return t
}

// at returns the wait before the n-th attempt, n = 1, 2, ….
func (t table) at(n int) time.Duration { return t[min(max(n, 1), len(t))-1] }

// jittered returns d times a random factor between ½ and 1½.
func jittered(d time.Duration) time.Duration { return d/2 + rand.N(d+1) }
