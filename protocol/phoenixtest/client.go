package phoenixtest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// TB is what the helpers need of a *testing.T, a *testing.B or a *rapid.T.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Options says how a client connects. The zero value is a V2 client of an
// endpoint of its own.
type Options struct {
	// Endpoint is where the client connects, so that several clients, or the
	// code under test, can share one: pass Client.Endpoint of another one. Nil
	// is an endpoint of this client alone, whose log goes into the message of a
	// test that fails.
	Endpoint *phoenix.Endpoint
	// Serializer is what the client speaks: protocol.V1, V2 or V2015. Nil is V2.
	Serializer protocol.Serializer
	// Wait is how long the Expect methods wait for what has yet to come, and the
	// Refute methods for what must not. 0 is 100 ms.
	Wait time.Duration
	// Params and Info are what UserSocket.Connect is given.
	Params phoenix.Params
	Info   phoenix.ConnectInfo
}

// defaultWait is that of ExUnit's assert_receive (PROTOCOL.md §9.2).
const defaultWait = 100 * time.Millisecond

// closeTimeout is how long Close waits for the channels, as ChannelTest's does.
const closeTimeout = 5 * time.Second

// A Client is one connection of a client. Its methods may be called from several
// goroutines, but those that can fail only from the test's own.
type Client struct {
	t          TB
	endpoint   *phoenix.Endpoint
	connection *phoenix.Connection
	session    *phoenix.Session
	encode     encoder
	wait       time.Duration
	inbox      *inbox
	log        *record // of an endpoint of its own
	opened     chan struct{}

	// turn is held by who talks to the session: one message at a time.
	turn   chan struct{}
	closed bool

	mu   sync.Mutex
	refs int
}

// Connect asks u.Connect whether the client may connect. If it returns an error,
// so does Connect. The client's connection is closed when the test ends.
func Connect(t TB, u *phoenix.UserSocket, o Options) (*Client, error) {
	t.Helper()
	c := &phoenix.Connection{Transport: "phoenixtest"}
	if u.Connect != nil {
		params := o.Params
		if params == nil {
			params = phoenix.Params{} // as of a request without parameters
		}
		if err := u.Connect(c, params, o.Info); err != nil {
			return nil, err
		}
	}
	return Open(t, u, c, o), nil
}

// Open makes a connected client without asking u.Connect, with the ID and the
// Assigns of the connection. Params and Info of the options have no meaning.
func Open(t TB, u *phoenix.UserSocket, connection *phoenix.Connection, o Options) *Client {
	t.Helper()
	c := &Client{
		t:          t,
		endpoint:   o.Endpoint,
		connection: connection,
		wait:       o.Wait,
		inbox:      new(inbox),
		opened:     make(chan struct{}),
		turn:       make(chan struct{}, 1),
	}
	if c.wait == 0 {
		c.wait = defaultWait
	}
	if o.Serializer == nil {
		o.Serializer = protocol.V2
	}
	if c.encode = encoderFor(o.Serializer); c.encode == nil {
		t.Fatalf("phoenixtest: a client speaks protocol.V1, V2 or V2015, not %v", o.Serializer)
	}
	if c.endpoint == nil {
		c.log = new(record)
		c.endpoint = phoenix.NewEndpoint(phoenix.Config{Logger: c.log.logger()})
	}
	c.session = c.endpoint.Open(u, connection, o.Serializer, (*transport)(c))
	close(c.opened)
	t.Cleanup(c.Close)
	return c
}

// Endpoint returns the endpoint to which the client is connected.
func (c *Client) Endpoint() *phoenix.Endpoint { return c.endpoint }

// Connection returns what Connect has made of the connection: its ID and Assigns.
func (c *Client) Connection() *phoenix.Connection { return c.connection }

// Refusal is the error of [Client.Join] when the client was not let in.
type Refusal struct {
	Topic    string
	Response protocol.Payload // of the error reply
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the join of %s was refused with %v", r.Topic, r.Response)
}

// Join joins a topic and waits for the answer. The error is a *[Refusal]. Joining
// a topic again replaces the channel that is on it.
func (c *Client) Join(topic string, payload any) (*Channel, error) {
	c.t.Helper()
	ref := c.nextRef()
	c.Send(protocol.Message{JoinRef: ref, Ref: ref, Topic: topic, Event: protocol.EventJoin, Payload: c.payload(payload)})
	answer, ok := c.inbox.await(c.wait, func(m Message) bool { return m.isReplyTo(ref) && m.Topic == topic })
	if !ok {
		c.t.Fatalf("%s: the join was not answered within %v\n%s", topic, c.wait, c.explain(c.inbox, nil))
	}
	if answer.Status != protocol.StatusOK {
		return nil, &Refusal{Topic: topic, Response: answer.Payload}
	}
	return &Channel{client: c, topic: topic, joinRef: ref, response: answer.Payload}, nil
}

// MustJoin is [Client.Join] for a join that must be let in.
func (c *Client) MustJoin(topic string, payload any) *Channel {
	c.t.Helper()
	channel, err := c.Join(topic, payload)
	if err != nil {
		c.t.Fatalf("%v%s", err, c.logged())
	}
	return channel
}

// SubscribeAndJoin makes the test itself a subscriber of the topic, as
// [Client.Subscribe] does, before it joins it, as [Client.MustJoin] does.
func (c *Client) SubscribeAndJoin(topic string, payload any) (*Topic, *Channel) {
	c.t.Helper()
	subscribed := c.Subscribe(topic)
	return subscribed, c.MustJoin(topic, payload)
}

// Send sends a message as it is: for topics that are not joined, for refs that
// are stale or missing, for heartbeats.
func (c *Client) Send(m protocol.Message) {
	c.t.Helper()
	data, binary, err := c.encode(m)
	if err != nil {
		c.t.Fatalf("phoenixtest: %v", err)
	}
	if err := c.deliver(data, binary); err != nil {
		c.t.Fatalf("%s: %q cannot be sent: %v%s", m.Topic, m.Event, err, c.logged())
	}
}

var errClosed = errors.New("the connection is closed")

func (c *Client) deliver(data []byte, binary bool) error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	if c.closed {
		return errClosed
	}
	return c.session.Message(data, binary)
}

// Received returns all that the client was sent and nobody has expected, in order,
// and forgets it. It does not wait: inside a synctest bubble, call synctest.Wait
// first.
func (c *Client) Received() []Message { return c.inbox.takeAll() }

// ExpectClosed waits for the server to close the connection with this close code:
// 1001 for [phoenix.Endpoint.Disconnect], 1012 for [phoenix.Endpoint.Shutdown].
func (c *Client) ExpectClosed(code int) {
	c.t.Helper()
	switch got := c.inbox.awaitClose(c.wait); got {
	case code:
	case 0:
		c.t.Fatalf("the server has not closed the connection within %v, want close code %d\n%s", c.wait, code, c.explain(c.inbox, nil))
	default:
		c.t.Fatalf("the server closed the connection with code %d, want %d%s", got, code, c.logged())
	}
}

// Close ends the connection as a client that goes, and waits until all its
// channels have ended, Terminate included: for five seconds at most, then the
// test fails. Closing twice is harmless.
func (c *Client) Close() {
	c.t.Helper()
	c.hangUp(phoenix.ErrClosed)
	timer := time.NewTimer(closeTimeout)
	defer timer.Stop()
	select {
	case <-c.session.Done():
	case <-timer.C:
		c.t.Fatalf("a channel is still busy %v after its connection was closed%s", closeTimeout, c.logged())
	}
}

func (c *Client) hangUp(cause error) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	if !c.closed {
		c.closed = true
		c.session.Closed(cause)
	}
}

func (c *Client) nextRef() protocol.Ref {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refs++
	return protocol.StringRef(strconv.Itoa(c.refs))
}

// payload encodes what the test gave; nil is the empty object.
func (c *Client) payload(v any) protocol.Payload {
	c.t.Helper()
	if v == nil {
		return protocol.Payload{}
	}
	p, err := protocol.Encode(v)
	if err != nil {
		c.t.Fatalf("phoenixtest: %v", err)
	}
	return p
}

// A transport is the client as its session sees it.
type transport Client

var _ phoenix.Transport = (*transport)(nil)

func (t *transport) Send(f protocol.Frame) { t.inbox.put(decode(f)) }

// Close is followed by the session's Closed, as from any transport, and as soon
// as the session is not talked to.
func (t *transport) Close(code int, _ string) {
	if !t.inbox.close(code) {
		return
	}
	go func() {
		<-t.opened // a draining endpoint closes what it is about to open
		(*Client)(t).hangUp(errServer)
	}()
}

var errServer = errors.New("phoenixtest: the server closed the connection")
