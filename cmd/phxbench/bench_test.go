package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// newRun is a bench without a server, and the context that its failures end.
func newRun(t *testing.T) (*bench, context.Context) {
	b := &bench{result: result{Server: "nobody", Scenario: "nothing"}, open: make(map[*wire]struct{})}
	ctx, fail := context.WithCancelCause(t.Context())
	b.fail = fail
	t.Cleanup(func() { fail(nil) })
	return b, ctx
}

// each calls for every number once, and never for more at once than it may.
func TestEach(t *testing.T) {
	for _, test := range []struct{ n, limit, atOnce int }{{0, 4, 0}, {1, 4, 1}, {10, 1, 1}, {10, 4, 4}, {3, 100, 3}} {
		synctest.Test(t, func(t *testing.T) {
			b, ctx := newRun(t)
			var mu sync.Mutex
			var seen []int
			now, most := 0, 0
			err := b.each(ctx, test.n, test.limit, "counting", func(i int) error {
				mu.Lock()
				seen = append(seen, i)
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				return nil
			})
			slices.Sort(seen)
			if err != nil || len(seen) != test.n || len(slices.Compact(seen)) != test.n || most != test.atOnce {
				t.Errorf("%+v: %v, %d at once, %v", test, seen, most, err)
			}
		})
	}
}

// The first error ends the run: the others finish what they are at, and no more
// begin.
func TestEachThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ctx := newRun(t)
		var began atomic.Int64
		err := b.each(ctx, 100, 2, "counting", func(i int) error {
			began.Add(1)
			if i == 4 {
				return errDeaf
			}
			time.Sleep(time.Second)
			return nil
		})
		wants(t, "each", err, "of 100 done: counting, client 5 of 100: nobody listens")
		if !errors.Is(err, errDeaf) || !errors.Is(context.Cause(ctx), errDeaf) || began.Load() > 6 {
			t.Errorf("%v; the run: %v; %d began", err, context.Cause(ctx), began.Load())
		}
		b.fail(errors.New("a later one"))
		if err := pause(ctx, time.Hour); !errors.Is(err, errDeaf) {
			t.Errorf("after that: %v", err)
		}
	})
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := pause(t.Context(), time.Minute); err != nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errDeaf) })
		start = time.Now()
		if err := pause(ctx, time.Hour); !errors.Is(err, errDeaf) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Connections are on the books until they are forgotten, and a run that is over
// opens none: they are all broken off, and none is left at the server.
func TestConnectionsAreBrokenOff(t *testing.T) {
	base := startFloor(t)
	b, ctx := newRun(t)
	a, err := parseMount("ws://" + base + "/fanout")
	if err != nil {
		t.Fatal(err)
	}
	b.address, b.bare = a, true
	clients, err := b.crowd(ctx, 3, b.own)
	if err != nil || len(b.open) != 3 {
		t.Fatalf("%d are open, %v", len(b.open), err)
	}
	b.forget(clients[0])
	b.dropAll()
	if len(b.open) != 0 {
		t.Errorf("%d are on the books", len(b.open))
	}
	if err := clients[1].send([]byte("x")); err == nil {
		t.Error("a connection that was broken off is written to")
	}
	if err := clients[0].send([]byte("x")); err != nil {
		t.Errorf("one that was forgotten was broken off: %v", err)
	}
	clients[0].drop()
	b.fail(errDeaf)
	if c, err := b.connect(ctx, 9); err == nil || len(b.open) != 0 {
		t.Errorf("a run that is over opened %v, %v", c, err)
	}
}

// A run that takes too long ends, says so, and says where it was.
func TestTimeout(t *testing.T) {
	for _, s := range scenarios() {
		if s.defaults.timeout < time.Minute || s.defaults.timeout < 3*s.defaults.duration {
			t.Errorf("%s has %v", s.name, s.defaults.timeout)
		}
	}
	stuck := scenario{name: "stuck", run: func(ctx context.Context, b *bench) error {
		return b.each(ctx, 1, 1, "waiting", func(int) error { return pause(ctx, time.Hour) })
	}}
	synctest.Test(t, func(t *testing.T) {
		_, err := stuck.measure(t.Context(), target{name: "nobody"}, settings{clients: 1, timeout: time.Minute}, nil)
		wants(t, "stuck", err, "stuck: the time for this scenario is up")
		if !errors.Is(err, errTimeout) {
			t.Errorf("got %v", err)
		}
	})
}

// What a scenario returns is the run's error, and what it has found out then does
// not count.
func TestMeasureThatFails(t *testing.T) {
	failing := scenario{name: "failing", run: func(_ context.Context, b *bench) error {
		b.result.add("CPU/echo", 1, "µs")
		return errDeaf
	}}
	r, err := failing.measure(t.Context(), target{name: "nobody"}, settings{clients: 1, timeout: time.Minute}, nil)
	if !errors.Is(err, errDeaf) || len(r.Measures) != 0 || r.Server != "" {
		t.Errorf("got %+v, %v", r, err)
	}
	blamed := scenario{name: "blamed", run: func(_ context.Context, b *bench) error {
		b.fail(fmt.Errorf("a holder: %w", errDeaf))
		return nil
	}}
	_, err = blamed.measure(t.Context(), target{name: "nobody"}, settings{clients: 1, timeout: time.Minute}, nil)
	wants(t, "a failure beside the scenario", err, "blamed: a holder: nobody listens")
	for name, o := range map[string]settings{
		"all are frozen": {clients: 1, holders: 2, frozen: 2, timeout: time.Minute},
		"nobody comes":   {clients: 1, every: time.Second, duration: time.Millisecond, timeout: time.Minute},
		"too many":       {clients: 1 << 40, timeout: time.Minute},
	} {
		_, err := failing.measure(t.Context(), target{}, o, nil)
		if _, usage := errors.AsType[usageError](err); !usage {
			t.Errorf("%s: got %v, want a mistake in how it was started", name, err)
		}
	}
}
