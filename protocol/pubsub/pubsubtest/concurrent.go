package pubsubtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// testModel does at random what the other tests do by plan, and compares with a list of who is subscribed to what.
func testModel(t *testing.T, bus pubsub.Bus) {
	type place struct {
		topic string
		who   int
		sub   pubsub.Subscription
	}
	topics := []string{"a", "b", "c"}
	rnd := rand.New(rand.NewPCG(1, 2))
	var recorders [6]recorder
	var wants [6][]string
	var places []place
	for step := range 3000 {
		topic := topics[rnd.IntN(len(topics))]
		switch n := len(places); {
		case n == 0 || rnd.IntN(3) == 0 && n < 60:
			who := rnd.IntN(len(recorders))
			places = append(places, place{topic, who, bus.Subscribe(topic, &recorders[who])})
		case rnd.IntN(2) == 0:
			i := rnd.IntN(n)
			places[i].sub.Unsubscribe()
			places = slices.Delete(places, i, i+1)
		default:
			name := fmt.Sprint(step)
			from := rnd.IntN(len(recorders))
			mustSend(t, bus.Broadcast(event(topic, name), &recorders[from]))
			count := 0
			for _, p := range places {
				if p.topic == topic {
					count++
					if p.who != from {
						wants[p.who] = append(wants[p.who], name)
					}
				}
			}
			if got := bus.Count(topic); got != count {
				t.Fatalf("step %d: Count(%s) = %d, want %d", step, topic, got, count)
			}
		}
	}
	for _, p := range places {
		p.sub.Unsubscribe()
	}
	for i := range recorders {
		recorders[i].want(t, wants[i]...)
	}
}

// testOrder lets several goroutines broadcast at once. Each one's events arrive in its order, and the mixture is the
// same for all subscribers.
func testOrder(t *testing.T, bus pubsub.Bus) {
	const senders, events = 4, 200
	var recorders [5]recorder
	for i := range recorders {
		defer bus.Subscribe("a", &recorders[i]).Unsubscribe()
	}
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for e := range events {
				mustSend(t, bus.Broadcast(event("a", fmt.Sprintf("%d:%03d", s, e)), nil))
			}
		})
	}
	wg.Wait()
	var next [senders]int
	for _, e := range recorders[0].events {
		s := e[0] - '0'
		if want := fmt.Sprintf("%d:%03d", s, next[s]); e != want {
			t.Fatalf("%s came where %s is due", e, want)
		}
		next[s]++
	}
	for i := range recorders {
		if n := len(recorders[i].events); n != senders*events {
			t.Errorf("subscriber %d got %d events, want %d", i, n, senders*events)
		}
		recorders[i].want(t, recorders[0].events...)
	}
}

// testChurn lets subscribers come and go while events are broadcast. Who stays gets them all.
func testChurn(t *testing.T, bus pubsub.Bus) {
	const events = 500
	var staying recorder
	defer bus.Subscribe("a", &staying).Unsubscribe()
	done := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		topic := []string{"a", "b"}[i%2]
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				var r recorder
				first, second := bus.Subscribe(topic, &r), bus.Subscribe(topic, &r)
				bus.Count(topic)
				second.Unsubscribe()
				first.Unsubscribe()
			}
		})
	}
	var want []string
	for e := range events {
		want = append(want, fmt.Sprint(e))
		mustSend(t, bus.Broadcast(event("a", want[e]), nil))
		mustSend(t, bus.Broadcast(event("b", want[e]), nil))
	}
	close(done)
	wg.Wait()
	staying.want(t, want...)
	if a, b := bus.Count("a"), bus.Count("b"); a != 1 || b != 0 {
		t.Errorf("Count is %d and %d, want 1 and 0", a, b)
	}
}

// testBeginnings lets a topic have its first and its last subscriber all the time. A subscription made while the bus
// forgets the topic must not be forgotten with it.
func testBeginnings(t *testing.T, bus pubsub.Bus) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 5000 {
				var r recorder
				name := fmt.Sprint(g, ":", i)
				sub := bus.Subscribe("a", &r)
				mustSend(t, bus.Broadcast(event("a", name), nil))
				sub.Unsubscribe()
				if !r.has(name) {
					t.Errorf("a subscriber did not get what was broadcast after it had subscribed")
					return
				}
			}
		})
	}
	wg.Wait()
	if n := bus.Count("a"); n != 0 {
		t.Errorf("Count = %d, want 0", n)
	}
}

// testNothingAfter ends subscriptions, each from two goroutines, while events arrive.
func testNothingAfter(t *testing.T, bus pubsub.Bus) {
	done := make(chan struct{})
	var sender, wg sync.WaitGroup
	sender.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				mustSend(t, bus.Broadcast(event("a", "e"), nil))
			}
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 200 {
				var gone atomic.Bool
				sub := bus.Subscribe("a", deliver(func(*pubsub.Message) error {
					if gone.Load() {
						t.Error("Deliver after Unsubscribe had returned")
					}
					return nil
				}))
				var two sync.WaitGroup
				two.Go(func() { sub.Unsubscribe(); gone.Store(true) })
				two.Go(func() { sub.Unsubscribe(); gone.Store(true) })
				two.Wait()
			}
		})
	}
	wg.Wait()
	close(done)
	sender.Wait()
}
