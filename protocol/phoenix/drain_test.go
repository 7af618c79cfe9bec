package phoenix_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// inDrainedWorld is inWorld with rooms whose terminates are noted.
func inDrainedWorld(t *testing.T, o phoenix.DrainOptions, test func(w *world, g *guestbook)) {
	t.Helper()
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}}
	inWorldOf(t, u, phoenix.Config{Drain: o}, func(w *world) { test(w, g) })
}

func (w *world) open() (n int) {
	for _, c := range w.clients {
		c.mu.Lock()
		if len(c.codes) == 0 {
			n++
		}
		c.mu.Unlock()
	}
	return n
}

// PROTOCOL.md §4.10: the client sees the close code 1012 and nothing else, also where it has joined nothing (D2).
func TestShutdownClosesWith1012(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{}, func(w *world, g *guestbook) {
		idle, busy := w.dial(protocol.V1), w.dial(protocol.V2)
		busy.says(join("1", "a"), join("2", "b"))
		busy.hears(joined("1", "a"), joined("2", "b"))
		if err := w.endpoint.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		busy.hears()
		busy.closedWith(1012)
		idle.closedWith(1012)
		for _, reason := range g.endings() {
			if !errors.Is(reason, phoenix.ErrDraining) {
				t.Errorf("Terminate was told %v", reason)
			}
		}
	})
}

func TestShutdownDrainsInBatches(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{BatchSize: 10}, func(w *world, _ *guestbook) {
		for range 25 {
			w.dial(protocol.V2)
		}
		finished := make(chan error, 1)
		go func() { finished <- w.endpoint.Shutdown(context.Background()) }()
		for i, want := range []int{15, 5, 0} {
			synctest.Wait()
			if got := w.open(); got != want {
				w.Fatalf("%d connections are open after batch %d, want %d", got, i+1, want)
			}
			select {
			case err := <-finished:
				if want != 0 || err != nil {
					w.Fatalf("Shutdown returned %v after batch %d", err, i+1)
				}
				return // without a pause behind the last batch
			default:
			}
			after(2*time.Second - 1)
			if got := w.open(); got != want {
				w.Fatalf("the pause behind batch %d was cut short", i+1)
			}
			after(1)
		}
		t.Error("Shutdown has not returned")
	})
}

func TestShutdownLogsItsRounds(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{BatchSize: 2, BatchInterval: -1}, func(w *world, _ *guestbook) {
		for range 3 {
			w.dial(protocol.V2)
		}
		if err := w.endpoint.Shutdown(context.Background()); err != nil {
			w.Fatalf("%v", err)
		}
		logs := w.logs()
		for _, want := range []string{"count=2 left=1 round=1 rounds=2", "count=1 left=0 round=2 rounds=2"} {
			if !strings.Contains(logs, want) {
				t.Errorf("%q is not in the log:\n%s", want, logs)
			}
		}
	})
}

func TestShutdownOfNobody(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{}, func(w *world, _ *guestbook) {
		start := time.Now()
		for range 2 {
			if err := w.endpoint.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// Who connects while the server drains is sent away at once, and waited for.
func TestConnectingWhileDraining(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{BatchSize: 1, BatchInterval: time.Minute}, func(w *world, _ *guestbook) {
		w.dial(protocol.V2)
		w.dial(protocol.V2)
		finished := make(chan error, 1)
		go func() { finished <- w.endpoint.Shutdown(context.Background()) }()
		synctest.Wait()
		late := w.dial(protocol.V2)
		late.closedWith(1012)
		late.hears()
		after(time.Minute)
		if err := <-finished; err != nil {
			t.Error(err)
		}
		w.dial(protocol.V2).closedWith(1012)
	})
}

// Shutdown has returned only when Terminate has: what channels keep elsewhere must be put in order before the process ends.
func TestShutdownWaitsForTerminate(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{}, func(w *world, g *guestbook) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "word sleep", "{}"), message("1", "3", "a", "sleep 3s", "{}"))
		synctest.Wait()
		start := time.Now()
		if err := w.endpoint.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 4*time.Second || len(g.endings()) != 1 {
			t.Errorf("Shutdown returned after %v, before the channel had ended", took)
		}
	})
}

// When the context ends there is no time for batches: everybody is told at once.
func TestShutdownOutOfTime(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{BatchSize: 1}, func(w *world, _ *guestbook) {
		for range 5 {
			w.dial(protocol.V2)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := w.endpoint.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown returned %v", err)
		}
		for _, c := range w.clients {
			c.closedWith(1012)
		}
	})
}

// A callback that never ends does not keep Shutdown beyond its context.
func TestShutdownDoesNotWaitForever(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{}, func(w *world, _ *guestbook) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1h", "{}"))
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := w.endpoint.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown returned %v", err)
		}
		after(time.Hour)
	})
}

// The reader of a connection may be waiting for room in a mailbox when the server drains.
func TestShutdownFreesABlockedReader(t *testing.T) {
	inDrainedWorld(t, phoenix.DrainOptions{}, func(w *world, _ *guestbook) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "", "a", "sleep 1m", "{}"))
		flooding := make(chan int)
		go func() {
			n := 0
			for c.message([]byte(message("1", "", "a", fmt.Sprint("noreply ", n), "{}")), false) == nil {
				n++
			}
			flooding <- n
		}()
		synctest.Wait()
		go func() { _ = w.endpoint.Shutdown(context.Background()) }()
		synctest.Wait()
		select {
		case <-flooding:
		default:
			t.Error("the reader still waits for room")
		}
		c.closedWith(1012)
		after(time.Minute)
	})
}
