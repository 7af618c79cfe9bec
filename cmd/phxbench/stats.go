package main

import (
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"
)

// histogram counts durations in steps of about 3 %, from any number of
// goroutines.
type histogram struct {
	counts [64 << fineBits]atomic.Int64
	max    atomic.Int64
}

const fineBits = 5 // each power of two has 32 steps

func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < 1<<fineBits {
		return int(n)
	}
	shift := bits.Len64(n) - 1 - fineBits
	return shift<<fineBits + int(n>>shift)
}

// upper is the longest duration of a bucket.
func upper(bucket int) time.Duration {
	if bucket < 2<<fineBits {
		return time.Duration(bucket)
	}
	shift := bucket>>fineBits - 1
	return time.Duration((uint64(bucket-shift<<fineBits)+1)<<shift - 1)
}

func (h *histogram) record(d time.Duration) {
	h.counts[bucket(d)].Add(1)
	for {
		old := h.max.Load()
		if int64(d) <= old || h.max.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// quantile returns a duration that the share q of all does not exceed, 0 if
// there is none.
func (h *histogram) quantile(q float64) time.Duration {
	var total int64
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	rank := max(int64(math.Ceil(q*float64(total)-1e-9)), 1) // 0.99 is not quite that
	for i := range h.counts {
		if rank -= h.counts[i].Load(); rank <= 0 && total > 0 {
			return min(upper(i), time.Duration(h.max.Load()))
		}
	}
	return 0
}

// median returns the middle value, of an even number the mean of both.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
