package client

import (
	"context"
	"errors"
	"time"
)

// run is the client's own goroutine: it reads what comes, and connects again when a connection is lost.
func (c *Client) run(conn *connection) {
	defer c.end()
	tries := 0
	for {
		c.options.OnState(Open, nil)
		err := conn.read()
		if time.Since(conn.opened) >= settled {
			tries = 0
		}
		c.lost(conn)
		if c.ctx.Err() != nil || c.State() == Closed {
			return
		}
		c.options.Logger.Debug("client: the connection was lost", "url", c.mount.String(), "error", err)
		c.options.OnState(Connecting, err)
		if conn = c.reconnect(&tries); conn == nil {
			return
		}
	}
}

// reconnect makes a new connection, however long it takes; nil when the client is closed.
func (c *Client) reconnect(tries *int) *connection {
	for {
		*tries++
		if !c.pause(c.options.ReconnectAfter(*tries)) {
			return nil
		}
		conn, err := c.connect(c.ctx)
		if err == nil {
			if !c.established(conn) {
				conn.link.cut()
				return nil
			}
			return conn
		}
		if c.ctx.Err() != nil {
			return nil
		}
		c.options.Logger.Debug("client: failed to connect again", "url", c.mount.String(), "attempt", *tries, "error", err)
		c.options.OnState(Connecting, err)
	}
}

// pause waits; false when the client is closed meanwhile.
func (c *Client) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.ctx.Done():
		return false
	}
}

// end is the last that the goroutine does.
func (c *Client) end() {
	c.work.Wait()
	c.http.close()
	c.options.OnState(Closed, nil)
	close(c.done)
}

// connect makes one attempt, by the transports in turn.
func (c *Client) connect(ctx context.Context) (*connection, error) {
	ctx, cancel := c.options.withTimeout(ctx)
	defer cancel()
	h, err := c.options.handshake(ctx)
	if err != nil {
		return nil, err
	}
	l, err := c.open(ctx, h)
	if err != nil {
		if ctx.Err() != nil && context.Cause(ctx) != ErrTimeout {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	return &connection{client: c, link: l, opened: time.Now()}, nil
}

func (c *Client) open(ctx context.Context, h Handshake) (link, error) {
	switch {
	case c.options.Transport != Fallback:
		return c.dial(ctx, c.options.Transport, h)
	case c.polls:
		l, err := c.dial(ctx, LongPoll, h)
		c.polls = err == nil // else WebSocket's turn again
		return l, err
	}
	l, err := c.dialProven(ctx, h)
	if err == nil {
		return l, nil
	}
	if refused, ok := errors.AsType[*HandshakeError](err); ok && refused.Refused() || ctx.Err() != nil {
		return nil, err
	}
	c.options.Logger.Debug("client: WebSocket does not get through; falling back to long polling", "url", c.mount.String(), "error", err)
	l, pollErr := c.dial(ctx, LongPoll, h)
	if pollErr != nil {
		return nil, errors.Join(err, pollErr)
	}
	c.polls = true
	return l, nil
}

func (c *Client) dial(ctx context.Context, t Transport, h Handshake) (link, error) {
	switch {
	case c.options.dial != nil:
		return c.options.dial(ctx, t, h)
	case t == LongPoll:
		return c.dialLongPoll(ctx, h)
	}
	return c.dialWebSocket(ctx, h)
}
