package client

import (
	"context"
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A State is what a client's connection is in.
type State int

const (
	// Connecting: there is no connection; the client works at it.
	Connecting State = iota
	// Open: there is one.
	Open
	// Closed: Close was called.
	Closed
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case Connecting:
		return "connecting"
	case Open:
		return "open"
	}
	return "closed"
}

// A Client is one connection to a server, and the channels on it. When the connection is lost it makes another one and
// joins its channels again. Its methods may be called from any goroutine.
type Client struct {
	mount   mount
	options Options
	codec   codec
	http    httpClient

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	done   chan struct{}  // closed when the client's own goroutine has ended
	work   sync.WaitGroup // the goroutines that send; added to under mu, not after closing

	mu       sync.Mutex
	closing  bool
	conn     *connection // nil while there is none
	channels map[string]*Channel
	calls    map[protocol.Ref]*call // those that wait for a reply
	lastRef  uint64

	polls bool // Fallback has come to LongPoll; the own goroutine's
}

// Dial connects to a socket of a server. The URL is the mount's, as phoenix.js is given it: "wss://example.com/socket",
// without "/websocket"; http and https mean the same as ws and wss.
//
// There is one attempt. If it fails, the error is a *HandshakeError, or the context's. Once Dial has succeeded the client
// holds the connection by itself, until Close.
func Dial(ctx context.Context, url string, o Options) (*Client, error) {
	m, err := parseMount(url)
	if err != nil {
		return nil, err
	}
	codec, err := codecOf(o.Version)
	if err != nil {
		return nil, err
	}
	c := &Client{
		mount:    m,
		options:  o.withDefaults(),
		codec:    codec,
		http:     newHTTPClient(o.HTTPClient),
		done:     make(chan struct{}),
		channels: make(map[string]*Channel),
		calls:    make(map[protocol.Ref]*call),
	}
	conn, err := c.connect(ctx)
	if err != nil {
		c.http.close()
		return nil, err
	}
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.established(conn)
	go c.run(conn)
	return c, nil
}

// State returns the state of the connection.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing:
		return Closed
	case c.conn != nil:
		return Open
	}
	return Connecting
}

// closePatience is how long Close waits for what was sent to be on its way.
const closePatience = 5 * time.Second

// Close ends the connection, behind what was sent, and with it all channels: their pushes and Receive return ErrClosed.
// When it returns, after a few seconds at most, nothing of the client runs any more. The error is always nil.
func (c *Client) Close() error {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		<-c.done
		return nil
	}
	c.closing = true
	conn := c.conn
	for _, ch := range c.channels {
		if conn != nil && conn.link.polls() {
			ch.leave(ErrClosed, nil) // else the server would find out when it has not been polled for a while
		} else {
			ch.finish(ErrClosed)
		}
	}
	c.failCalls(nil, ErrClosed)
	c.mu.Unlock()

	if conn != nil {
		conn.await(closePatience)
		conn.link.close()
	}
	c.cancel()
	<-c.done
	return nil
}

// Ping asks the server for a sign of life, as a heartbeat does, and returns how long it took. Without a connection the
// error is ErrDisconnected.
func (c *Client) Ping(ctx context.Context) (time.Duration, error) {
	ctx, cancel := c.options.withTimeout(ctx)
	defer cancel()
	start := time.Now()
	k := newCall(nil)
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return 0, ErrClosed
	}
	if c.conn == nil {
		c.mu.Unlock()
		return 0, ErrDisconnected
	}
	ref, err := c.send(protocol.Message{Topic: protocol.TopicPhoenix, Event: protocol.EventHeartbeat}, k)
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	_, err = named(protocol.TopicPhoenix, protocol.EventHeartbeat)(c.await(ctx, ref, k))
	return time.Since(start), err
}
