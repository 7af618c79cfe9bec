package client

import (
	"testing"
	"time"
)

func TestTables(t *testing.T) {
	for n, want := range map[int]time.Duration{-1: 10, 0: 10, 1: 10, 2: 50, 9: 2000, 10: 5000, 11: 5000, 1 << 30: 5000} {
		if got := reconnectTable.at(n); got != want*time.Millisecond {
			t.Errorf("reconnect %d: %v, want %v", n, got, want*time.Millisecond)
		}
	}
	for n, want := range map[int]time.Duration{1: 1, 2: 2, 3: 5, 4: 10, 100: 10} {
		if got := rejoinTable.at(n); got != want*time.Second {
			t.Errorf("rejoin %d: %v, want %v", n, got, want*time.Second)
		}
	}
}

// By default the waits are spread between half and one and a half.
func TestJitter(t *testing.T) {
	o := Options{}.withDefaults()
	for _, wait := range []struct {
		after func(int) time.Duration
		base  time.Duration
	}{{o.ReconnectAfter, 5 * time.Second}, {o.RejoinAfter, 10 * time.Second}} {
		var low, high time.Duration = 1 << 62, 0
		for range 2000 {
			d := wait.after(100)
			low, high = min(low, d), max(high, d)
		}
		if low < wait.base/2 || high > wait.base*3/2 || high-low < wait.base*9/10 {
			t.Errorf("the waits are between %v and %v, around %v", low, high, wait.base)
		}
	}
	if jittered(0) != 0 {
		t.Errorf("no wait became %v", jittered(0))
	}
}
