package client

import (
	"context"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A call is a message that waits for its reply.
type call struct {
	channel *Channel     // nil: the connection itself
	joinRef protocol.Ref // of the channel when it was sent
	// done takes the answer, under the client's lock. It must not block.
	done func(answer)
	came chan answer // what newCall's done puts the answer into
}

// An answer is a reply, or why there is none.
type answer struct {
	status   string
	response protocol.Payload
	err      error
}

// newCall returns a call whose answer await waits for.
func newCall(ch *Channel) *call {
	k := &call{channel: ch, came: make(chan answer, 1)}
	k.done = func(a answer) { k.came <- a }
	return k
}

// nextRef returns a ref that the client has not used. The lock is held, here and in send.
func (c *Client) nextRef() protocol.Ref {
	c.lastRef++
	return numbered(c.lastRef)
}

// send gives a message its ref and sends it. If k is not nil, the answer is its.
func (c *Client) send(m protocol.Message, k *call) (protocol.Ref, error) {
	m.Ref = c.nextRef()
	if err := c.conn.enqueue(m); err != nil {
		return protocol.Null, err
	}
	if k != nil {
		k.joinRef = m.JoinRef
		c.calls[m.Ref] = k
	}
	return m.Ref, nil
}

// await waits for the answer to a message. Its error may be of the context, of the connection or the channel, or, for an
// answer with another status than ok, a *ReplyError without topic and event.
func (c *Client) await(ctx context.Context, ref protocol.Ref, k *call) (protocol.Payload, error) {
	select {
	case a := <-k.came:
		return a.result()
	case <-ctx.Done():
	}
	c.mu.Lock()
	delete(c.calls, ref)
	c.mu.Unlock()
	select {
	case a := <-k.came: // just in time
		return a.result()
	default:
		return protocol.Payload{}, context.Cause(ctx)
	}
}

func (a answer) result() (protocol.Payload, error) {
	switch {
	case a.err != nil:
		return protocol.Payload{}, a.err
	case a.status != protocol.StatusOK:
		return protocol.Payload{}, &ReplyError{Status: a.status, Response: a.response}
	}
	return a.response, nil
}

// failCalls ends the calls of a channel, or all.
func (c *Client) failCalls(of *Channel, err error) {
	for ref, k := range c.calls {
		if of == nil || k.channel == of {
			delete(c.calls, ref)
			k.done(answer{err: err})
		}
	}
}
