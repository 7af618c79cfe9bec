package pubsub_test

import (
	"fmt"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// BenchmarkBroadcast is one broadcast; ns/recipient is what each subscriber adds.
func BenchmarkBroadcast(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			bus := pubsub.NewLocal()
			for range n {
				bus.Subscribe("room:lobby", &client{serializer: protocol.V2})
			}
			msg := protocol.Broadcast{Topic: "room:lobby", Event: "new_msg", Payload: protocol.JSON([]byte(`{"body":"hi"}`))}
			b.ReportAllocs()
			for b.Loop() {
				if err := bus.Broadcast(msg, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/recipient")
		})
	}
}

// BenchmarkSubscribe joins and leaves a topic that so many have joined.
func BenchmarkSubscribe(b *testing.B) {
	for _, n := range []int{0, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			bus := pubsub.NewLocal()
			s := &client{serializer: protocol.V2}
			subs := make([]pubsub.Subscription, 0, n+1)
			for range n {
				subs = append(subs, bus.Subscribe("all", s))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				subs = append(subs, bus.Subscribe("all", s))
				last := len(subs) - 1
				i = (i*7919 + 104729) % len(subs) // anywhere in the crowd
				subs[i].Unsubscribe()
				subs[i], subs = subs[last], subs[:last]
			}
		})
	}
}

func BenchmarkCount(b *testing.B) {
	bus := pubsub.NewLocal()
	bus.Subscribe("all", &client{serializer: protocol.V2})
	b.ReportAllocs()
	for b.Loop() {
		if bus.Count("all") != 1 {
			b.Fatal("wrong")
		}
	}
}
