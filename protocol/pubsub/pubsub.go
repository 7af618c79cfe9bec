// Package pubsub carries broadcasts from those who send them to those who subscribed to a topic.
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
	// The error of the first subscriber that cannot be sent b ends the delivery on this node and is returned: nothing is
	// wrong with the bus, but b cannot be written for everybody, and those behind that subscriber have not got it.
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
