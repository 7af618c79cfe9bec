package client

import (
	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// dispatch hands a message to whom it concerns. An error means that the server does not speak the protocol.
func (c *Client) dispatch(n *connection, data []byte, binary bool) error {
	m, err := c.codec.decode(data, binary)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != n {
		return nil // closing
	}
	if m.Event == protocol.EventReply {
		c.reply(m)
		return nil
	}
	ch := c.channels[m.Topic]
	if ch == nil || stale(m, ch.joinRef) {
		return nil
	}
	ch.receive(m)
	return nil
}

// stale reports whether a message is meant for another join than this one (PROTOCOL.md §7.2: the rule of phoenix.js
// 1.5.13 and later).
func stale(m received, joinRef protocol.Ref) bool {
	return m.JoinRef != protocol.Null && m.JoinRef != emptyRef && m.JoinRef != joinRef
}

const emptyRef protocol.Ref = `""`

// reply hands an answer to who asked.
func (c *Client) reply(m received) {
	k := c.calls[m.Ref]
	if k == nil || k.channel != nil && stale(m, k.joinRef) {
		return
	}
	delete(c.calls, m.Ref)
	k.done(answer{status: m.status, response: m.Payload})
}

// receive takes a message that is for this join of the channel. The client's lock is held.
func (ch *Channel) receive(m received) {
	switch m.Event {
	case protocol.EventClose:
		ch.finish(ErrChannelClosed)
	case protocol.EventError:
		if ch.state == joined {
			ch.inbox.put(Event{protocol.EventError, m.Payload})
		}
		if ch.state != errored {
			ch.fall(ErrCrashed)
			ch.retry()
		}
	default:
		// Before the join is answered, only what is left of the join before can come.
		if ch.state == joined {
			ch.inbox.put(Event{m.Event, m.Payload})
		}
	}
}

// established lets the channels join over a new connection. It is false if the client was closed meanwhile.
func (c *Client) established(n *connection) bool {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return false
	}
	c.conn = n
	n.startHeartbeats()
	channels := make([]*Channel, 0, len(c.channels))
	for _, ch := range c.channels {
		channels = append(channels, ch)
	}
	c.mu.Unlock()
	for _, ch := range channels {
		ch.attempt()
	}
	return true
}

// lost is what the end of a connection means to the channels.
func (c *Client) lost(n *connection) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = nil
	n.stop()
	c.failCalls(nil, ErrDisconnected)
	for _, ch := range c.channels {
		if ch.state == joined {
			ch.inbox.put(Event{protocol.EventError, reason("the connection was lost")})
		}
		ch.fall(ErrDisconnected)
		ch.tries = 0 // over a new connection it joins at once
	}
}
