package client

import (
	"context"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// An Event is what happened on a channel: something that the server pushed or broadcast, or one of these two, which the
// client itself adds in their place among the others:
//
//   - protocol.EventError ("phx_error"): the channel is not joined any more. It crashed, the connection was lost, or it
//     could not be joined again; the payload is an object that says so as "reason", or the server's refusal. What the
//     server sends until the next phx_join is not heard of. The client goes on trying.
//   - protocol.EventJoin ("phx_join"): the channel is joined again; the payload is the server's response. The first join
//     is not an event: Join returns.
type Event struct {
	Name    string
	Payload protocol.Payload
}

// An inbox is what waits for Receive.
type inbox struct {
	maxEvents, maxBytes int

	mu     sync.Mutex
	queue  []queued
	bytes  int
	lost   int           // behind what is queued
	err    error         // behind all of it
	signal chan struct{} // holds one when there is something to take
}

// queued is an event, or a number of lost ones.
type queued struct {
	event Event
	lost  int
}

func newInbox(maxEvents, maxBytes int) *inbox {
	return &inbox{maxEvents: maxEvents, maxBytes: maxBytes, signal: make(chan struct{}, 1)}
}

// put adds an event; it never waits.
func (b *inbox) put(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	size := len(e.Payload.Bytes())
	if len(b.queue) > 0 && (len(b.queue) >= b.maxEvents || b.bytes+size > b.maxBytes) {
		b.lost++
		return
	}
	if b.lost > 0 {
		b.queue = append(b.queue, queued{lost: b.lost})
		b.lost = 0
	}
	b.queue = append(b.queue, queued{event: e})
	b.bytes += size
	b.wake()
}

// end lets no more in.
func (b *inbox) end(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = err
		b.wake()
	}
}

// wake lets one who waits look again. The lock is held.
func (b *inbox) wake() {
	select {
	case b.signal <- struct{}{}:
	default:
	}
}

// take returns the next event, and waits for it.
func (b *inbox) take(ctx context.Context) (Event, error) {
	for {
		if e, err, ok := b.next(); ok {
			return e, err
		}
		select {
		case <-b.signal:
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		}
	}
}

func (b *inbox) next() (e Event, err error, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case len(b.queue) > 0:
		q := b.queue[0]
		b.queue[0] = queued{}
		if b.queue = b.queue[1:]; len(b.queue) == 0 {
			b.queue = nil
		}
		if q.lost > 0 {
			err = &LostError{q.lost}
		}
		e = q.event
		b.bytes -= len(e.Payload.Bytes())
	case b.lost > 0:
		err = &LostError{b.lost}
		b.lost = 0
	case b.err != nil:
		err = b.err
	default:
		return Event{}, nil, false
	}
	if len(b.queue) > 0 || b.lost > 0 || b.err != nil {
		b.wake() // others who wait
	}
	return e, err, true
}
