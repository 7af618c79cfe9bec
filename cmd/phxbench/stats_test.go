package main

import (
	"math"
	"sync"
	"testing"
	"time"
)

// Each duration is in a bucket whose upper end is not below it, nor more than a
// 32nd above; and buckets are in order.
func TestBuckets(t *testing.T) {
	last := -1
	for d := time.Duration(0); d >= 0 && d < math.MaxInt64/2; d += d/50 + 1 {
		b := bucket(d)
		if b < last {
			t.Fatalf("%d is in bucket %d, after %d", d, b, last)
		}
		last = b
		if top := upper(b); top < d || float64(top) > float64(d)*(1+1.0/32)+1 {
			t.Fatalf("%d is in bucket %d, which ends at %d", d, b, top)
		}
		if bucket(upper(b)) != b || bucket(upper(b)+1) != b+1 {
			t.Fatalf("bucket %d does not end at %d", b, upper(b))
		}
	}
	if b := bucket(math.MaxInt64); b >= len(histogram{}.counts) {
		t.Errorf("the longest duration is in bucket %d", b)
	}
	if bucket(-1) != 0 {
		t.Error("a clock that went back is not 0")
	}
}

func TestQuantiles(t *testing.T) {
	var h histogram
	if h.quantile(0.5) != 0 {
		t.Error("nothing has a median")
	}
	for i := 1; i <= 1000; i++ {
		h.record(time.Duration(i) * time.Millisecond)
	}
	for q, want := range map[float64]float64{0.001: 1, 0.5: 500, 0.9: 900, 0.99: 990, 1: 1000} {
		if got := h.quantile(q).Seconds() * 1000; got < want || got > want*1.04 {
			t.Errorf("quantile %v: got %v ms, want %v", q, got, want)
		}
	}
	var one histogram
	one.record(777 * time.Microsecond)
	if got := one.quantile(0.99); got != 777*time.Microsecond {
		t.Errorf("got %v: no quantile exceeds the maximum", got)
	}
}

// The rank is the first that is not below the share: of 151 the 99th percentile
// is the 150th, for 149 of them are a little less.
func TestQuantileRanks(t *testing.T) {
	for _, test := range []struct {
		n    int
		q    float64
		want int
	}{
		{1, 0.5, 1}, {2, 0.5, 1}, {3, 0.5, 2}, {4, 0.5, 2}, {10, 0.9, 9}, {11, 0.9, 10}, {20, 0.9, 18}, {20, 0.99, 20},
		{100, 0.99, 99}, {101, 0.99, 100}, {151, 0.99, 150}, {200, 0.99, 198}, {700, 0.99, 693}, {1000, 0.07, 70}, {5, 0, 1}, {5, 1, 5},
	} {
		var h histogram
		for i := 1; i <= test.n; i++ {
			h.record(time.Duration(i)) // up to 64 each has a bucket of its own
		}
		if got, want := h.quantile(test.q), upper(bucket(time.Duration(test.want))); got != min(want, time.Duration(test.n)) {
			t.Errorf("quantile %v of %d: got %d, want %d", test.q, test.n, got, want)
		}
	}
}

// Clients record at the same time: none is lost, and the longest is kept.
func TestRecordAtOnce(t *testing.T) {
	var h histogram
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for i := range 1000 {
				h.record(time.Duration(g*1000 + i))
			}
		})
	}
	group.Wait()
	var total int64
	for i := range h.counts {
		total += h.counts[i].Load()
	}
	if total != 8000 || h.max.Load() != 7999 {
		t.Errorf("%d of 8000 were recorded, the longest %d", total, h.max.Load())
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("%v: got %v, want %v", test.values, got, test.want)
		}
	}
}
