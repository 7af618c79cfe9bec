package client

import (
	"context"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Join joins a topic and returns its channel when the server has let the client in. The payload is as for Push; a
// func() any is called for each join, the later ones too, and must not block.
//
// A refusal is a *ReplyError, and no answer ErrTimeout: then there is no channel, and Join may be called again. While
// there is no connection Join waits for one. A channel of this client that is on the topic already is left; its Receive
// returns ErrReplaced.
func (c *Client) Join(ctx context.Context, topic string, payload any) (*Channel, error) {
	ctx, cancel := c.options.withTimeout(ctx)
	defer cancel()
	ch := &Channel{
		client: c, topic: topic, payload: payload, first: true,
		inbox: newInbox(c.options.MaxQueuedEvents, c.options.MaxQueuedBytes),
	}
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return nil, ErrClosed
	}
	if other := c.channels[topic]; other != nil {
		other.leave(ErrReplaced, nil)
	}
	c.channels[topic] = ch
	c.mu.Unlock()
	ch.attempt()
	if err := ch.await(ctx); err != nil {
		return nil, err
	}
	return ch, nil
}

// await waits until the channel is joined, or is not going to be.
func (ch *Channel) await(ctx context.Context) error {
	c := ch.client
	for {
		c.mu.Lock()
		state, err, changed := ch.state, ch.err, waiting(&ch.changed)
		c.mu.Unlock()
		switch state {
		case joined:
			return nil
		case closed:
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			c.mu.Lock()
			if ch.state != joined {
				ch.leave(context.Cause(ctx), nil)
			}
			c.mu.Unlock()
		}
	}
}

// attempt sends a join, if the channel needs one and there is a connection.
func (ch *Channel) attempt() {
	c := ch.client
	c.mu.Lock()
	needed := ch.joinable()
	c.mu.Unlock()
	if !needed {
		return
	}
	payload := ch.payload
	if f, ok := payload.(func() any); ok {
		payload = f()
	}
	p, err := encoded(payload)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ch.joinable() {
		return
	}
	if err == nil {
		err = ch.sendJoin(p)
	}
	if err != nil {
		ch.finish(err)
	}
}

// joinable reports whether a join can be sent. The client's lock is held, here and below.
func (ch *Channel) joinable() bool { return ch.state == errored && ch.client.conn != nil }

// sendJoin sends a join whose ref is its join_ref.
func (ch *Channel) sendJoin(p protocol.Payload) error {
	c := ch.client
	ref := c.nextRef()
	err := c.conn.enqueue(protocol.Message{JoinRef: ref, Ref: ref, Topic: ch.topic, Event: protocol.EventJoin, Payload: p})
	if err != nil {
		return err
	}
	ch.set(joining)
	ch.joinRef = ref
	c.calls[ref] = &call{channel: ch, joinRef: ref, done: ch.answered}
	if !ch.first && c.options.Timeout > 0 {
		ch.timer = time.AfterFunc(c.options.Timeout, func() { ch.timedOut(ref) })
	}
	return nil
}

// answered takes the answer to a join.
func (ch *Channel) answered(a answer) {
	p, err := named(ch.topic, protocol.EventJoin)(a.result())
	refused, isReply := err.(*ReplyError)
	switch {
	case err == nil:
		ch.response, ch.tries = p, 0
		ch.set(joined)
		if !ch.first {
			ch.inbox.put(Event{protocol.EventJoin, p})
		}
		ch.first = false
	case !isReply:
		// Whoever ended the call sees to the channel.
	case ch.first:
		ch.finish(refused)
	default:
		ch.inbox.put(Event{protocol.EventError, refused.Response})
		ch.set(errored)
		ch.retry()
	}
}

// timedOut is what comes of a join that was not answered: the server is told to leave, in case it lets the client in yet
// (PROTOCOL.md §7.2).
func (ch *Channel) timedOut(ref protocol.Ref) {
	c := ch.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch.state != joining || ch.joinRef != ref || c.conn == nil {
		return
	}
	_, _ = c.send(protocol.Message{JoinRef: ref, Topic: ch.topic, Event: protocol.EventLeave}, nil)
	ch.inbox.put(Event{protocol.EventError, reason("the join was not answered in time")})
	ch.fall(ErrTimeout)
	ch.retry()
}

// retry joins again after a while.
func (ch *Channel) retry() {
	ch.tries++
	ch.timer = time.AfterFunc(ch.client.options.RejoinAfter(ch.tries), ch.attempt)
}
