package pubsub

import (
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

type nobody struct{ _ int }

func (*nobody) Deliver(*Message) error { return nil }

func (b *Local) topicCount() (n int) {
	for i := range b.shards {
		n += len(b.shards[i].topics)
	}
	return n
}

// Topics are named by clients: one that nobody is on must cost nothing.
func TestEmptyTopicsAreForgotten(t *testing.T) {
	bus := NewLocal()
	var subs []Subscription
	for i := range 1000 {
		subs = append(subs, bus.Subscribe(string(rune('a'+i)), new(nobody)))
	}
	if n := bus.topicCount(); n != 1000 {
		t.Errorf("%d topics, want 1000", n)
	}
	bus.Count("asked for only")
	_ = bus.Broadcast(protocol.Broadcast{Topic: "sent to only"}, nil)
	for _, s := range subs {
		s.Unsubscribe()
	}
	if n := bus.topicCount(); n != 0 {
		t.Errorf("%d topics are left, want 0", n)
	}
}

func TestShrink(t *testing.T) {
	bus := NewLocal()
	var subs []Subscription
	for range 10_000 {
		subs = append(subs, bus.Subscribe("a", new(nobody)))
	}
	topic := bus.find("a")
	for _, s := range subs[:9_990] {
		s.Unsubscribe()
	}
	if len(topic.subs) != 10 || cap(topic.subs) > 64 {
		t.Errorf("10 subscriptions of 10,000 are left: len %d, cap %d", len(topic.subs), cap(topic.subs))
	}
	for i, s := range topic.subs {
		if s.index != i {
			t.Errorf("subscription at %d says it is at %d", i, s.index)
		}
	}
	if left := topic.subs[:cap(topic.subs)][10:]; len(left) > 0 && left[0] != nil {
		t.Error("a subscription that ended is still referred to")
	}
}

func TestMessageEncodesOnce(t *testing.T) {
	m := &Message{Broadcast: protocol.Broadcast{Topic: "a", Event: "e", Payload: protocol.Binary(nil)}}
	serializers := []*counter{{}, {}, {}, {}}
	for range 5 {
		for _, s := range serializers {
			if f, err := m.Frame(s); err != nil || !f.IsBinary() {
				t.Fatalf("Frame: %q, %v", f.Bytes(), err)
			}
		}
	}
	for i, s := range serializers {
		if want := []int{1, 1, 1, 5}[i]; s.n != want {
			t.Errorf("serializer %d encoded %d times, want %d", i, s.n, want)
		}
	}
	if _, err := m.Frame(protocol.V1); err == nil {
		t.Error("V1 wrote a binary payload")
	}
}

func TestMessageKeepsErrors(t *testing.T) {
	m := &Message{Broadcast: protocol.Broadcast{Payload: protocol.Binary(nil)}}
	_, first := m.Frame(protocol.V1)
	if _, second := m.Frame(protocol.V1); first == nil || second != first {
		t.Errorf("errors %v and %v, want one, made once", first, second)
	}
}

type counter struct {
	protocol.Serializer
	n int
}

func (c *counter) Fastlane(b protocol.Broadcast) (protocol.Frame, error) {
	c.n++
	return protocol.V2.Fastlane(b)
}
