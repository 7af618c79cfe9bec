package client

import (
	"context"
	"errors"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

var errUnproven = errors.New("the WebSocket opened, but nothing came through it")

// dialProven opens a WebSocket, and asks for a sign of life: there are proxies that let the handshake through and nothing
// else (PROTOCOL.md §7.3).
func (c *Client) dialProven(ctx context.Context, h Handshake) (link, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.FallbackAfter)
	defer cancel()
	l, err := c.dial(ctx, WebSocket, h)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, l.cut)
	err = c.prove(l)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		l.cut()
		return nil, &HandshakeError{Transport: WebSocket.String(), Err: errors.Join(errUnproven, err)}
	}
	return l, nil
}

// prove sends a heartbeat and waits for its answer. Nothing else can come: no channel has joined.
func (c *Client) prove(l link) error {
	c.mu.Lock()
	ref := c.nextRef()
	c.mu.Unlock()
	beat, err := c.codec.encode(protocol.Message{Ref: ref, Topic: protocol.TopicPhoenix, Event: protocol.EventHeartbeat})
	if err != nil {
		return err
	}
	if err := l.send([]outgoing{beat}); err != nil {
		return err
	}
	for {
		data, binary, err := l.receive()
		if err != nil {
			return err
		}
		m, err := c.codec.decode(data, binary)
		if err != nil {
			return err
		}
		if m.Ref == ref {
			return nil
		}
	}
}
