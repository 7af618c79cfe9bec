package pubsubtest

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

var errCannotWrite = errors.New("this subscriber cannot be sent anything")

// A recorder remembers the events it was given.
type recorder struct {
	mu     sync.Mutex
	events []string
	err    error // what Deliver answers; nothing is recorded then
}

func (r *recorder) Deliver(m *pubsub.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.events = append(r.events, m.Event)
	}
	return r.err
}

func (r *recorder) want(t *testing.T, events ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Equal(r.events, events) {
		return
	}
	at := 0
	for at < min(len(r.events), len(events)) && r.events[at] == events[at] {
		at++
	}
	t.Errorf("got %d events, want %d; from event %d on they are %q, want %q",
		len(r.events), len(events), at, beginning(r.events[at:]), beginning(events[at:]))
}

func (r *recorder) has(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.events, name)
}

// beginning keeps a failure readable.
func beginning(events []string) []string { return events[:min(8, len(events))] }

// An owned is a recorder that belongs to another subscriber.
type owned struct {
	recorder
	owner pubsub.Subscriber
}

func (o *owned) Owner() pubsub.Subscriber { return o.owner }

// deliver makes a subscriber of a function.
func deliver(f func(*pubsub.Message) error) pubsub.Subscriber { return &function{f} }

type function struct {
	f func(*pubsub.Message) error
}

func (s *function) Deliver(m *pubsub.Message) error { return s.f(m) }

// counting is a serializer that a bus has never seen.
type counting struct{ n int }

func (c *counting) Decode(data []byte, binary bool) (protocol.Message, error) {
	return protocol.V2.Decode(data, binary)
}
func (c *counting) Encode(m protocol.Message) (protocol.Frame, error) { return protocol.V2.Encode(m) }
func (c *counting) EncodeReply(r protocol.Reply) (protocol.Frame, error) {
	return protocol.V2.EncodeReply(r)
}
func (c *counting) Fastlane(b protocol.Broadcast) (protocol.Frame, error) {
	c.n++
	return protocol.V2.Fastlane(b)
}
