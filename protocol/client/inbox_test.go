package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func (b *inbox) list(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var list []string
	for {
		e, err := b.take(ctx)
		lost, isLost := errors.AsType[*LostError](err)
		switch {
		case isLost:
			list = append(list, fmt.Sprintf("-%d", lost.Events))
		case err != nil:
			return strings.Join(append(list, err.Error()), " ")
		default:
			list = append(list, e.Name)
		}
	}
}

func (b *inbox) puts(names ...string) {
	for _, name := range names {
		b.put(Event{Name: name})
	}
}

// What comes while the queue is full is lost, and its place is told.
func TestInboxOverflow(t *testing.T) {
	b := newInbox(3, 1000)
	b.puts("a", "b", "c", "d", "e")
	if e, err := b.take(t.Context()); e.Name != "a" || err != nil {
		t.Fatalf("take = %v, %v", e, err)
	}
	b.puts("f", "g")
	if got, want := b.list(t), "b c -2 f -1 context canceled"; got != want {
		t.Errorf("the events are %s, want %s", got, want)
	}
	b.puts("h")
	b.end(ErrLeft)
	b.end(ErrClosed)
	if got, want := b.list(t), "h "+ErrLeft.Error(); got != want {
		t.Errorf("the events are %s, want %s", got, want)
	}
}

// Bytes count too, but for one event that is alone.
func TestInboxBytes(t *testing.T) {
	b := newInbox(100, 10)
	sized := func(name string, n int) { b.put(Event{name, protocol.Binary(make([]byte, n))}) }
	sized("big", 50)
	sized("small", 1)
	if got, want := b.list(t), "big -1 context canceled"; got != want {
		t.Errorf("the events are %s, want %s", got, want)
	}
	sized("a", 5)
	sized("b", 5)
	sized("c", 1)
	if got, want := b.list(t), "a b -1 context canceled"; got != want {
		t.Errorf("the events are %s, want %s", got, want)
	}
	if b.bytes != 0 || b.queue != nil {
		t.Errorf("an empty inbox holds %d bytes and %d events", b.bytes, len(b.queue))
	}
}

// The end is for everybody who waits.
func TestInboxEndsForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newInbox(10, 10)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if _, err := b.take(t.Context()); err != ErrLeft {
					t.Errorf("take: %v, want ErrLeft", err)
				}
			})
		}
		synctest.Wait()
		b.end(ErrLeft)
		wg.Wait()
	})
}

// Several may take; every event goes to one of them, and the end to all.
func TestInboxTakenByMany(t *testing.T) {
	const events = 1000
	b := newInbox(events, 1<<20)
	var mu sync.Mutex
	seen := make(map[string]int)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				e, err := b.take(t.Context())
				if err != nil {
					if err != ErrLeft {
						t.Errorf("take: %v", err)
					}
					return
				}
				mu.Lock()
				seen[e.Name]++
				mu.Unlock()
			}
		})
	}
	for i := range events {
		b.puts(fmt.Sprint(i))
	}
	b.end(ErrLeft)
	wg.Wait()
	if len(seen) != events {
		t.Errorf("%d different events were taken, want %d", len(seen), events)
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("the event %s was taken %d times", name, n)
		}
	}
}
