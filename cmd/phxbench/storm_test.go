package main

import (
	"math"
	"testing"
	"time"
)

// Two thousand visitors join one page at once. Each ends on the exact count (the
// scenario sees to that; TestStormGates shows that it does), and is not told
// every number on the way.
func TestStorm(t *testing.T) {
	const visitors = 2000
	r, err := runHere(t, "storm", options{url: "ws://" + laboratory(t) + "/ws", settings: settings{clients: visitors, settle: 600 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	// Up to 19 visitors are told each number, n visitors one each n × 0.2 ms. On a
	// machine that is so slow that they come one after another this makes more than
	// the 30 that are wanted.
	ms, ok := r.find("join together took")
	paced := ms / (visitors * 0.2) * math.Log(visitors/20)
	limit := max(30, 20+2*paced)
	if n, found := r.find("join together counts/visitor max"); !ok || !found || n > limit {
		t.Errorf("somebody was told %v counts in %.0f ms, want at most %.0f", n, ms, limit)
	}
}
