// Package pubsub takes broadcasts to those who subscribed to a topic.
//
// A [Bus] knows who is on which topic. [Local] is the one for a single node; others connect nodes, and whatever a Bus is
// made of, package pubsubtest checks that it keeps the contract. Topics exist while somebody is subscribed to them and
// leave nothing behind.
//
// A [Subscriber] is handed each broadcast as a [Message], in the goroutine of the one who broadcasts. Mostly it is a
// connection, which takes the encoded form that all connections share and puts it into its queue:
//
//	func (c *conn) Deliver(m *pubsub.Message) error {
//		frame, err := m.Frame(c.serializer)
//		if err != nil {
//			return err
//		}
//		c.send(frame) // never blocks
//		return nil
//	}
//
// # Order
//
// All subscribers of a topic see its broadcasts in one order. That is why a topic is locked while it delivers, and why
// Deliver has to keep the rules that its documentation gives.
package pubsub

import "github.com/ephemeral-p2p/ephemeral/protocol"

// A Bus takes broadcasts to the subscribers of their topic.
//
// Its methods may be called from any goroutine, but not from inside Subscriber.Deliver.
type Bus interface {
	// Subscribe adds s to the topic. Subscribing twice delivers twice. Its cost does not depend on the number of
	// subscribers.
	Subscribe(topic string, s Subscriber) Subscription

	// Broadcast takes b to all subscribers of b.Topic on all nodes, but for from and those it owns (see Owned); a nil from
	// excludes nobody. The subscribers of this node have got it when Broadcast returns.
	//
	// They get it in the order in which they subscribed, as long as none has left. The first error of a Deliver ends the
	// delivery on this node and is returned: b cannot be written for everybody, those in front of that subscriber have got
	// it, those behind have not (which is what Phoenix does). It may also be an error of the bus, if nodes cannot be
	// reached; then the subscribers of this node have got b all the same.
	Broadcast(b protocol.Broadcast, from Subscriber) error

	// LocalBroadcast is Broadcast on this node alone.
	LocalBroadcast(b protocol.Broadcast, from Subscriber) error

	// Count returns the number of subscriptions to the topic on this node.
	Count(topic string) int
}

// A Subscription is one subscriber's place on a topic.
type Subscription interface {
	// Unsubscribe ends the subscription. After it has returned there is no further Deliver. It may be called again.
	Unsubscribe()
}

// A Subscriber is given the broadcasts of the topics it subscribed to. Subscribers are compared with ==: they should be
// pointers.
type Subscriber interface {
	// Deliver takes m. All subscribers of a topic are given its broadcasts in the same order, one at a time.
	//
	// It runs while the topic is locked, in the broadcaster's goroutine. So it must not block, must not call the bus, and
	// must not wait for a lock that anybody holds while calling the bus.
	//
	// An error says that this subscriber's serializer has no form for m; it goes back to the broadcaster.
	Deliver(m *Message) error
}

// Owned is what a Subscriber implements when it stands for another one: Broadcast leaves it out when from is its owner.
type Owned interface {
	// Owner is asked once, when the Subscriber subscribes.
	Owner() Subscriber
}
