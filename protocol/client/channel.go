package client

import (
	"context"
	"errors"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A Channel is one joined topic. Its methods may be called from any goroutine.
//
// Unless it is left, or closed by the server, a channel stays: when it crashes or the connection is lost, the client joins
// it again, with the payload of the first join.
type Channel struct {
	client  *Client
	topic   string
	payload any
	inbox   *inbox

	// Guarded by the client's lock.
	state    channelState
	first    bool // it has never been joined: Join waits
	joinRef  protocol.Ref
	response protocol.Payload
	tries    int           // joins that failed in a row
	timer    *time.Timer   // of the join that is out, or of the next
	changed  chan struct{} // closed at the next change of state; made when somebody waits
	err      error         // why it is closed
}

type channelState int

const (
	errored channelState = iota // neither joined nor being joined, but it is to be
	joining
	joined
	closed
)

// Topic returns the channel's topic.
func (ch *Channel) Topic() string { return ch.topic }

// Response returns the server's response to the last join.
func (ch *Channel) Response() protocol.Payload {
	ch.client.mu.Lock()
	defer ch.client.mu.Unlock()
	return ch.response
}

// Push sends an event and returns the response to it. The payload is a protocol.Payload or any value that encodes to
// JSON; nil is {}, protocol.Binary makes one of bytes.
//
// A channel that is being joined again is waited for first. A reply with another status than "ok" is a *ReplyError. A
// server that does not reply to the event at all is waited for in vain, ErrTimeout: use Send.
func (ch *Channel) Push(ctx context.Context, event string, payload any) (protocol.Payload, error) {
	ctx, cancel := ch.client.options.withTimeout(ctx)
	defer cancel()
	k := newCall(ch)
	ref, err := ch.say(ctx, event, payload, k)
	if err != nil {
		return protocol.Payload{}, err
	}
	return named(ch.topic, event)(ch.client.await(ctx, ref, k))
}

// Send sends an event without waiting for a reply; if there is one, it is dropped. It waits while the channel is not
// joined, and while more than a megabyte waits to be sent. That it returns nil does not mean that the server has got it.
func (ch *Channel) Send(ctx context.Context, event string, payload any) error {
	ctx, cancel := ch.client.options.withTimeout(ctx)
	defer cancel()
	_, err := ch.say(ctx, event, payload, nil)
	return err
}

// Receive returns the next event, and waits for it. Events are queued while nobody takes them, and the server is never
// kept waiting: of what comes while the queue is full, Receive tells with a *LostError in its place and then goes on. Who
// only pushes need not take events.
//
// When the channel has ended and all its events are taken, the error is ErrLeft, ErrReplaced, ErrChannelClosed or
// ErrClosed.
func (ch *Channel) Receive(ctx context.Context) (Event, error) { return ch.inbox.take(ctx) }

// Leave leaves the channel and waits for the server's word. Whatever comes of that, the channel has ended: an error says
// only that the server was not heard, and ErrTimeout or the context's is the only kind.
func (ch *Channel) Leave(ctx context.Context) error {
	ctx, cancel := ch.client.options.withTimeout(ctx)
	defer cancel()
	k := newCall(nil)
	ch.client.mu.Lock()
	ref, sent := ch.leave(ErrLeft, k)
	ch.client.mu.Unlock()
	if !sent {
		return nil
	}
	_, err := ch.client.await(ctx, ref, k)
	if errors.Is(err, ErrDisconnected) || errors.Is(err, ErrClosed) {
		return nil
	}
	if _, ok := errors.AsType[*ReplyError](err); ok {
		return nil // it had ended already
	}
	return err
}

// say sends an event as soon as that is possible.
func (ch *Channel) say(ctx context.Context, event string, payload any, k *call) (protocol.Ref, error) {
	p, err := encoded(payload)
	if err != nil {
		return protocol.Null, err
	}
	for {
		ref, wait, err := ch.trySay(event, p, k)
		if wait == nil {
			return ref, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return protocol.Null, context.Cause(ctx)
		}
	}
}

// trySay sends an event, or returns what to wait for before the next try.
func (ch *Channel) trySay(event string, p protocol.Payload, k *call) (protocol.Ref, <-chan struct{}, error) {
	c := ch.client
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ch.state == closed:
		return protocol.Null, nil, ch.err
	case ch.state != joined || c.conn.over:
		return protocol.Null, waiting(&ch.changed), nil
	case c.conn.full():
		return protocol.Null, waiting(&c.conn.room), nil
	}
	ref, err := c.send(protocol.Message{JoinRef: ch.joinRef, Topic: ch.topic, Event: event, Payload: p}, k)
	return ref, nil, err
}

// leave ends the channel and tells the server, if there is something to tell. The client's lock is held.
func (ch *Channel) leave(why error, k *call) (ref protocol.Ref, sent bool) {
	c := ch.client
	if c.conn != nil && (ch.state == joined || ch.state == joining) {
		var err error
		ref, err = c.send(protocol.Message{JoinRef: ch.joinRef, Topic: ch.topic, Event: protocol.EventLeave}, k)
		sent = err == nil
	}
	ch.finish(why)
	return ref, sent
}

// set changes the state. The client's lock is held, here and below.
func (ch *Channel) set(s channelState) {
	ch.state = s
	if ch.timer != nil {
		ch.timer.Stop()
		ch.timer = nil
	}
	release(&ch.changed)
}

// finish ends the channel for good.
func (ch *Channel) finish(why error) {
	if ch.state == closed {
		return
	}
	ch.err = why
	ch.set(closed)
	delete(ch.client.channels, ch.topic) // where there is one channel at a time
	ch.client.failCalls(ch, why)
	ch.inbox.end(why)
}

// fall makes the channel one that is not joined.
func (ch *Channel) fall(why error) {
	ch.set(errored)
	ch.client.failCalls(ch, why)
}

// encoded makes a payload of what a caller gave.
func encoded(v any) (protocol.Payload, error) {
	if v == nil {
		return protocol.Payload{}, nil
	}
	return protocol.Encode(v)
}

// reason is the payload of an error that the client itself tells of.
func reason(text string) protocol.Payload {
	return protocol.JSON([]byte(`{"reason":"` + text + `"}`))
}

// named adds what was asked to a *ReplyError.
func named(topic, event string) func(protocol.Payload, error) (protocol.Payload, error) {
	return func(p protocol.Payload, err error) (protocol.Payload, error) {
		if refused, ok := err.(*ReplyError); ok {
			refused.Topic, refused.Event = topic, event
		}
		return p, err
	}
}
