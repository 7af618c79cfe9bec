// Package heap has the garbage collector of this project's commands wait until
// there is something worth collecting.
//
// By itself it runs whenever the heap has doubled, from 4 MB on. To a small
// server that happens over and over: a dozen times while 5,000 clients come. If
// the heap may grow to five times of what is alive, for as long as that is below
// a bound, it happens three times. What is beyond the bound anyway is collected
// as ever, so that what a connection takes of a large server does not change.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Bound is up to where the commands let their heap grow, in bytes.
const Bound = 64 << 20

// How much may be allocated before the next collection, in percent of what is
// alive. Nobody looks at the bound until then: the more it is, the further beyond
// it a sudden rush can get.
const (
	least = 100 // Go's own
	most  = 400
)

// GrowTo sets the bound, in bytes; it is called once, when the program starts. If
// GOGC is set, somebody has decided otherwise, and nothing happens. GOMEMLIMIT is
// obeyed in any case.
func GrowTo(bound uint64) {
	if os.Getenv("GOGC") == "" {
		adjust(bound)
	}
}

// adjust looks at what is alive, now and after each collection.
func adjust(bound uint64) {
	debug.SetGCPercent(percent(bound, look()))
	// An object that nobody holds: the next collection finds that out. It has a
	// pointer in it, for objects without are not freed one by one. A cleanup would
	// come later: only once all of the heap has been swept, which in a rush is
	// after the collection behind it has begun.
	runtime.SetFinalizer(new(*int), func(**int) { adjust(bound) })
}

// alive is what the last collection found, in bytes.
type alive struct {
	heap  uint64
	roots uint64 // stacks and global variables
}

func look() alive {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
	}
	metrics.Read(samples)
	return alive{samples[0].Value.Uint64(), samples[1].Value.Uint64() + samples[2].Value.Uint64()}
}

// percent is what takes the heap to the bound, within reason. It is of the heap
// and the roots together.
func percent(bound uint64, a alive) int {
	if a.heap >= bound {
		return least
	}
	return int(min(max(100*(bound-a.heap)/max(a.heap+a.roots, 1), least), most))
}
