// Package pubsubtest checks that a pubsub.Bus keeps its contract, as far as one node goes.
//
//	func TestConformance(t *testing.T) {
//		pubsubtest.TestBus(t, func(t *testing.T) pubsub.Bus { return mybus.New() })
//	}
//
// Run it with the race detector.
package pubsubtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// TestBus runs the suite. newBus returns a bus of its own for each test, without subscribers, and takes it down with
// t.Cleanup if need be.
func TestBus(t *testing.T, newBus func(t *testing.T) pubsub.Bus) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, pubsub.Bus)
	}{
		{"delivers to the topic's subscribers", testDelivers},
		{"delivers what was broadcast", testPayloads},
		{"keeps any two topics apart", testTopicNames},
		{"leaves the sender out", testFrom},
		{"leaves out what the sender owns", testOwned},
		{"delivers twice to who subscribed twice", testTwice},
		{"ends subscriptions", testUnsubscribe},
		{"counts subscriptions", testCount},
		{"gives errors back", testError},
		{"encodes once for each serializer", testFrames},
		{"follows a model", testModel},
		{"keeps one order for all", testOrder},
		{"loses nothing while others come and go", testChurn},
		{"begins and ends topics", testBeginnings},
		{"delivers nothing after Unsubscribe", testNothingAfter},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newBus(t)) })
	}
}

// both runs a test by Broadcast and by LocalBroadcast, which do the same on a single node.
func both(t *testing.T, bus pubsub.Bus, test func(t *testing.T, send func(protocol.Broadcast, pubsub.Subscriber) error)) {
	t.Run("Broadcast", func(t *testing.T) { test(t, bus.Broadcast) })
	t.Run("LocalBroadcast", func(t *testing.T) { test(t, bus.LocalBroadcast) })
}

// event is the broadcast of an event without payload.
func event(topic, name string) protocol.Broadcast {
	return protocol.Broadcast{Topic: topic, Event: name}
}

func mustSend(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("broadcast: %v", err)
	}
}

func testDelivers(t *testing.T, bus pubsub.Bus) {
	both(t, bus, func(t *testing.T, send func(protocol.Broadcast, pubsub.Subscriber) error) {
		var a1, a2, b recorder
		for topic, subs := range map[string][]*recorder{"a": {&a1, &a2}, "b": {&b}} {
			for _, s := range subs {
				defer bus.Subscribe(topic, s).Unsubscribe()
			}
		}
		for _, e := range []protocol.Broadcast{event("a", "one"), event("b", "two"), event("a", "three"), event("nobody's", "four")} {
			mustSend(t, send(e, nil))
		}
		a1.want(t, "one", "three")
		a2.want(t, "one", "three")
		b.want(t, "two")
	})
}

func testPayloads(t *testing.T, bus pubsub.Bus) {
	var got protocol.Broadcast
	defer bus.Subscribe("a", deliver(func(m *pubsub.Message) error { got = m.Broadcast; return nil })).Unsubscribe()
	for _, want := range []protocol.Payload{
		{}, protocol.JSON([]byte(`{ "a" : 1 }`)), protocol.JSON([]byte(`[1]`)), protocol.JSON([]byte(`null`)),
		protocol.JSON([]byte(`{"t":"` + strings.Repeat("ž", 100_000) + `"}`)),
		protocol.Binary(nil), protocol.Binary([]byte("{}")), protocol.Binary([]byte{0xff, 0, '\n'}),
	} {
		mustSend(t, bus.Broadcast(protocol.Broadcast{Topic: "a", Event: "e\x00ž", Payload: want}, nil))
		p := got.Payload
		if got.Topic != "a" || got.Event != "e\x00ž" || p.IsBinary() != want.IsBinary() || string(p.Bytes()) != string(want.Bytes()) {
			t.Errorf("broadcast %s arrived as %q %q %s", want, got.Topic, got.Event, got.Payload)
		}
	}
}

// Topics are clients' text: no character of it may mean anything to the bus.
func testTopicNames(t *testing.T, bus pubsub.Bus) {
	names := []string{
		"", " ", "a", "A", "a.b", "a.*", "a.>", ">", "*", "a:*", "a b", "a\x00", "\n", "ž", "z\u030c", "🦊", "%61", "$SYS.x", "_INBOX.x",
		strings.Repeat("t", 10_000), strings.Repeat("t", 10_001), "\xff", "\xfe",
	}
	recorders := make([]recorder, len(names))
	for i, name := range names {
		defer bus.Subscribe(name, &recorders[i]).Unsubscribe()
	}
	for i, name := range names {
		if n := bus.Count(name); n != 1 {
			t.Errorf("Count(%.20q) = %d, want 1", name, n)
		}
		mustSend(t, bus.Broadcast(event(name, names[i][:min(20, len(name))]), nil))
	}
	for i, name := range names {
		recorders[i].want(t, name[:min(20, len(name))])
	}
}

func testFrom(t *testing.T, bus pubsub.Bus) {
	both(t, bus, func(t *testing.T, send func(protocol.Broadcast, pubsub.Subscriber) error) {
		var a, b, stranger recorder
		defer bus.Subscribe("a", &a).Unsubscribe()
		defer bus.Subscribe("a", &a).Unsubscribe()
		defer bus.Subscribe("a", &b).Unsubscribe()
		mustSend(t, send(event("a", "from a"), &a))
		mustSend(t, send(event("a", "from b"), &b))
		mustSend(t, send(event("a", "from a stranger"), &stranger))
		mustSend(t, send(event("a", "from nobody"), nil))
		a.want(t, "from b", "from b", "from a stranger", "from a stranger", "from nobody", "from nobody")
		b.want(t, "from a", "from a stranger", "from nobody")
		stranger.want(t)
	})
}

func testOwned(t *testing.T, bus pubsub.Bus) {
	var owner, other recorder
	mine, his := &owned{owner: &owner}, &owned{owner: &other}
	defer bus.Subscribe("a", mine).Unsubscribe()
	defer bus.Subscribe("a", his).Unsubscribe()
	mustSend(t, bus.Broadcast(event("a", "from the owner"), &owner))
	mustSend(t, bus.Broadcast(event("a", "from the owned"), mine))
	mustSend(t, bus.LocalBroadcast(event("a", "local, from the owner"), &owner))
	mustSend(t, bus.Broadcast(event("a", "from nobody"), nil))
	mine.want(t, "from nobody")
	his.want(t, "from the owner", "from the owned", "local, from the owner", "from nobody")
}

func testTwice(t *testing.T, bus pubsub.Bus) {
	var a recorder
	first, second := bus.Subscribe("a", &a), bus.Subscribe("a", &a)
	mustSend(t, bus.Broadcast(event("a", "one"), nil))
	first.Unsubscribe()
	first.Unsubscribe() // must not end the other one
	mustSend(t, bus.Broadcast(event("a", "two"), nil))
	second.Unsubscribe()
	mustSend(t, bus.Broadcast(event("a", "three"), nil))
	a.want(t, "one", "one", "two")
}

func testUnsubscribe(t *testing.T, bus pubsub.Bus) {
	var recorders [5]recorder
	var subs [5]pubsub.Subscription
	for i := range subs {
		subs[i] = bus.Subscribe("a", &recorders[i])
	}
	var wants [5][]string
	for step, i := range []int{2, 0, 4, 3, 1} { // from the middle, the front, the end
		name := string(rune('0' + step))
		for j, s := range subs {
			if s != nil {
				wants[j] = append(wants[j], name)
			}
		}
		mustSend(t, bus.Broadcast(event("a", name), nil))
		subs[i].Unsubscribe()
		subs[i].Unsubscribe()
		subs[i] = nil
	}
	mustSend(t, bus.Broadcast(event("a", "after all left"), nil))
	for i := range recorders {
		recorders[i].want(t, wants[i]...)
	}
	var late recorder
	defer bus.Subscribe("a", &late).Unsubscribe()
	mustSend(t, bus.Broadcast(event("a", "again"), nil))
	late.want(t, "again")
}

func testCount(t *testing.T, bus pubsub.Bus) {
	var a recorder
	var subs []pubsub.Subscription
	check := func(want int) {
		t.Helper()
		if n := bus.Count("a"); n != want {
			t.Errorf("Count = %d, want %d", n, want)
		}
	}
	for want := range 5 {
		check(want)
		subs = append(subs, bus.Subscribe("a", &a))
	}
	other := bus.Subscribe("b", &a)
	for want := 5; want > 0; want-- {
		check(want)
		subs[want-1].Unsubscribe()
		subs[want-1].Unsubscribe()
	}
	check(0)
	other.Unsubscribe()
}

func testError(t *testing.T, bus pubsub.Bus) {
	both(t, bus, func(t *testing.T, send func(protocol.Broadcast, pubsub.Subscriber) error) {
		var before, behind recorder
		failing := &owned{owner: &behind}
		failing.err = errCannotWrite
		defer bus.Subscribe("a", &before).Unsubscribe()
		defer bus.Subscribe("a", failing).Unsubscribe()
		defer bus.Subscribe("a", &behind).Unsubscribe()
		if err := send(event("a", "one"), nil); !errors.Is(err, errCannotWrite) {
			t.Errorf("error %v, want the subscriber's", err)
		}
		mustSend(t, send(event("a", "left out"), failing))
		before.want(t, "one", "left out")
		behind.want(t, "left out")
		if err := send(event("a", "still there"), nil); !errors.Is(err, errCannotWrite) {
			t.Errorf("second error %v, want the subscriber's", err)
		}
	})
}

func testFrames(t *testing.T, bus pubsub.Bus) {
	serializers := []protocol.Serializer{protocol.V1, protocol.V2, protocol.V2015, &counting{}, &counting{}}
	frames := make([][]protocol.Frame, len(serializers))
	for range 3 {
		for i, s := range serializers {
			defer bus.Subscribe("a", deliver(func(m *pubsub.Message) error {
				f, err := m.Frame(s)
				frames[i] = append(frames[i], f)
				return err
			})).Unsubscribe()
		}
	}
	b := protocol.Broadcast{Topic: "a", Event: "e", Payload: protocol.JSON([]byte(`{"a":1}`))}
	mustSend(t, bus.Broadcast(b, nil))
	for i, s := range serializers {
		want, err := s.Fastlane(b)
		if err != nil || len(frames[i]) != 3 {
			t.Fatalf("serializer %d: %v, %d frames", i, err, len(frames[i]))
		}
		for _, f := range frames[i] {
			if !slices.Equal(f.WebSocket(), want.WebSocket()) {
				t.Errorf("serializer %d: frame %q, want %q", i, f.Bytes(), want.Bytes())
			}
			if _, ok := s.(*counting); !ok && &f.Bytes()[0] != &frames[i][0].Bytes()[0] {
				t.Errorf("serializer %d: two subscribers were given two copies", i)
			}
		}
	}
}
