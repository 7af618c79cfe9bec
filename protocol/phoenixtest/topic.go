package phoenixtest

import (
	"fmt"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// A Topic is the test itself as a subscriber of a topic: it hears what is
// broadcast there, whatever the channels make of it. On the bus it counts as one
// subscriber.
type Topic struct {
	client       *Client
	name         string
	inbox        *inbox
	subscription pubsub.Subscription
}

// Subscribe makes the test a subscriber of a topic of the client's endpoint until
// it ends.
func (c *Client) Subscribe(topic string) *Topic {
	c.t.Helper()
	tp := &Topic{client: c, name: topic, inbox: new(inbox)}
	tp.subscription = c.endpoint.Bus().Subscribe(topic, tp)
	c.t.Cleanup(tp.Unsubscribe)
	return tp
}

// Unsubscribe ends the subscription. Twice is harmless.
func (tp *Topic) Unsubscribe() { tp.subscription.Unsubscribe() }

// Deliver makes it a pubsub.Subscriber; it is the bus's to call.
func (tp *Topic) Deliver(m *pubsub.Message) error {
	tp.inbox.put(Message{Topic: m.Topic, Event: m.Event, Payload: m.Payload})
	return nil
}

// ExpectBroadcast waits for an event on the topic and returns it.
func (tp *Topic) ExpectBroadcast(event string, payload any) Message {
	tp.client.t.Helper()
	return tp.client.expect(tp.inbox, tp.broadcast(event, payload))
}

// RefuteBroadcast fails the test if such an event was broadcast, or is.
func (tp *Topic) RefuteBroadcast(event string, payload any) {
	tp.client.t.Helper()
	tp.client.refute(tp.inbox, tp.broadcast(event, payload))
}

func (tp *Topic) broadcast(event string, payload any) expectation {
	tp.client.t.Helper()
	return tp.client.expectation(tp.name, fmt.Sprintf("broadcast %q", event), payload, func(m Message) bool {
		return m.Event == event
	})
}

// BroadcastFrom broadcasts an event on the topic in the name of the test: to every
// subscriber but this one.
func (tp *Topic) BroadcastFrom(event string, payload any) {
	tp.client.t.Helper()
	b := protocol.Broadcast{Topic: tp.name, Event: event, Payload: tp.client.payload(payload)}
	if err := tp.client.endpoint.Bus().Broadcast(b, tp); err != nil {
		tp.client.t.Fatalf("%s: %q cannot be broadcast: %v", tp.name, event, err)
	}
}
