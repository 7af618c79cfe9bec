package pubsub_test

import (
	"fmt"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// A printer is a subscriber that has a name.
type printer struct{ name string }

func (p *printer) Deliver(m *pubsub.Message) error {
	fmt.Println(p.name, "gets", m.Event, m.Payload)
	return nil
}

func Example() {
	bus := pubsub.NewLocal()
	ann, bob := &printer{"ann"}, &printer{"bob"}
	bus.Subscribe("room:lobby", ann)
	subscription := bus.Subscribe("room:lobby", bob)

	hello := protocol.Broadcast{Topic: "room:lobby", Event: "hello", Payload: protocol.JSON([]byte(`{"n":1}`))}
	_ = bus.Broadcast(hello, nil) // to both
	_ = bus.Broadcast(hello, ann) // to all but ann

	subscription.Unsubscribe()
	fmt.Println(bus.Count("room:lobby"), "left")
	// Output:
	// ann gets hello {"n":1}
	// bob gets hello {"n":1}
	// bob gets hello {"n":1}
	// 1 left
}

// A connection sends each broadcast in the form that its client speaks; it is encoded once for all who speak it.
func ExampleMessage_Frame() {
	bus := pubsub.NewLocal()
	bus.Subscribe("t", &connection{protocol.V1})
	bus.Subscribe("t", &connection{protocol.V2})
	_ = bus.Broadcast(protocol.Broadcast{Topic: "t", Event: "e"}, nil)
	// Output:
	// {"topic":"t","event":"e","payload":{},"ref":null}
	// [null,null,"t","e",{}]
}

type connection struct{ serializer protocol.Serializer }

func (c *connection) Deliver(m *pubsub.Message) error {
	frame, err := m.Frame(c.serializer)
	if err != nil {
		return err
	}
	fmt.Println(string(frame.Bytes()))
	return nil
}
