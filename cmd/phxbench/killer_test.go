package main

import (
	"testing"
	"time"
)

// A page of the largest size with eleven holders goes to a crowd at once, and
// then to one visitor after another, some of whom read slowly: everybody is served
// it once, whichever way they speak, and nobody who reads is closed. The gates are
// the scenario's own; TestKillerGates shows that they fail when they should.
func TestKiller(t *testing.T) {
	for _, speak := range []dialect{ours, original} {
		t.Run(string(speak), func(t *testing.T) {
			const waiting, coming = 20, 20
			r, err := runHere(t, "killer", options{url: "ws://" + laboratory(t) + "/ws", settings: settings{
				clients: waiting, every: 50 * time.Millisecond, duration: coming * 50 * time.Millisecond, pace: 8_000_000, settle: time.Millisecond, speak: speak,
			}})
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := r.find("visitors served"); n != waiting+coming {
				t.Errorf("%v visitors were served, want %d", n, waiting+coming)
			}
		})
	}
}
