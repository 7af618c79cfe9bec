package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
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

// Whoever stays is heard twice a minute, so that no server takes them for gone;
// who comes later is heard, too.
func TestAudienceIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		early, heardEarly := hear(nil)
		late, heardLate := hear(nil)
		a := &audience{present: []*visitor{{client: &client{wire: early}}}}
		ctx, leave := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			a.keepBeating(ctx)
		}()
		time.Sleep(beatEvery + time.Second)
		a.mu.Lock()
		a.present = append(a.present, &visitor{client: &client{wire: late}})
		a.mu.Unlock()
		time.Sleep(beatEvery)
		leave()
		<-over
		for name, test := range map[string]struct {
			heard *recorded
			want  string
		}{"early": {heardEarly, "heartbeat heartbeat"}, "late": {heardLate, "heartbeat"}} {
			if got := strings.Join(frames(t, test.heard.heard.Bytes()), " "); got != test.want {
				t.Errorf("%s: said %q, want %q", name, got, test.want)
			}
		}
	})
}

// A killer that ends for any reason leaves nobody behind.
func TestKillerThatFails(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errDeaf)
	b := &bench{settings: settings{clients: 3, holders: 1, size: 100, every: time.Second, duration: time.Second}, open: make(map[*wire]struct{})}
	ctx, b.fail = context.WithCancelCause(ctx)
	if err := killer(ctx, b); !errors.Is(err, errDeaf) {
		t.Errorf("got %v", err)
	}
}
