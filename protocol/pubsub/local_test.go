package pubsub_test

import (
	"errors"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub/pubsubtest"
)

func TestLocal(t *testing.T) {
	pubsubtest.TestBus(t, func(*testing.T) pubsub.Bus { return pubsub.NewLocal() })
}

// A subscriber that takes everything.
type sink struct{ n int }

func (s *sink) Deliver(*pubsub.Message) error { s.n++; return nil }

func TestPanicDoesNotLockTheTopic(t *testing.T) {
	bus := pubsub.NewLocal()
	sub := bus.Subscribe("a", panicking{})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = bus.Broadcast(protocol.Broadcast{Topic: "a"}, nil)
	}()
	sub.Unsubscribe()
	var s sink
	bus.Subscribe("a", &s)
	if err := bus.Broadcast(protocol.Broadcast{Topic: "a"}, nil); err != nil || s.n != 1 {
		t.Errorf("after a panic: %v, %d delivered", err, s.n)
	}
}

type panicking struct{}

func (panicking) Deliver(*pubsub.Message) error { panic("deliver") }

func TestDeliveryDoesNotAllocatePerRecipient(t *testing.T) {
	bus := pubsub.NewLocal()
	b := protocol.Broadcast{Topic: "a", Event: "e"}
	measure := func() float64 { return testing.AllocsPerRun(20, func() { _ = bus.Broadcast(b, nil) }) }
	if n := measure(); n != 0 {
		t.Errorf("a broadcast to nobody makes %v allocations", n)
	}
	bus.Subscribe("a", &client{serializer: protocol.V2})
	one := measure()
	for range 999 {
		bus.Subscribe("a", &client{serializer: protocol.V2})
	}
	if thousand := measure(); thousand != one {
		t.Errorf("%v allocations for one recipient, %v for a thousand", one, thousand)
	}
}

// A client takes frames as a connection does.
type client struct {
	serializer protocol.Serializer
	last       protocol.Frame
}

func (c *client) Deliver(m *pubsub.Message) (err error) {
	c.last, err = m.Frame(c.serializer)
	return err
}

// A binary broadcast that reaches a client of V1 fails in the broadcaster, as in Phoenix; nobody behind gets it.
func TestUnencodableBroadcast(t *testing.T) {
	bus := pubsub.NewLocal()
	old, young := &client{serializer: protocol.V1}, &client{serializer: protocol.V2}
	bus.Subscribe("a", old)
	bus.Subscribe("a", young)
	b := protocol.Broadcast{Topic: "a", Event: "e", Payload: protocol.Binary([]byte{1})}
	if err := bus.Broadcast(b, nil); !errors.Is(err, protocol.ErrUnencodable) {
		t.Errorf("error %v, want ErrUnencodable", err)
	}
	if !old.last.IsZero() || !young.last.IsZero() {
		t.Error("somebody was sent the broadcast")
	}
}
