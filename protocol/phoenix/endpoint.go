package phoenix

import (
	"log/slog"
	"net/http"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// Config says how an [Endpoint] works. Its zero value is a working one.
type Config struct {
	// Bus carries the broadcasts. Nil is a bus of this process alone,
	// pubsub.NewLocal().
	Bus pubsub.Bus
	// Logger gets what Phoenix logs, and what goes wrong. Nil is
	// slog.Default().
	Logger *slog.Logger
	// Log says which of the regular events are logged, and how.
	Log LogPolicy
	// Host is the host name that a web page must come from to connect, for
	// mounts with no origin check of their own. Empty: the page must come from
	// the host that the request itself names.
	Host string
	// Limited, if not nil, is told of every limit that is reached, for metrics. It
	// is called on any goroutine, and under locks: it must be quick and must not
	// call back.
	Limited func(Limit)
	// NotFound answers requests for paths that no mount serves. Nil is
	// http.NotFound.
	NotFound http.Handler
	// Drain is how connections are closed at [Endpoint.Shutdown].
	Drain DrainOptions
}

// Endpoint serves the sockets that are mounted on it, over WebSocket and long
// polling, and is where a server broadcasts from. It is an http.Handler.
type Endpoint struct {
	config Config
	bus    pubsub.Bus
	log    *slog.Logger
	mounts []*mount

	mu       sync.Mutex
	sessions map[*Session]struct{}
	draining bool
	empty    chan struct{} // closed when a draining endpoint has no session left
}

// NewEndpoint makes an endpoint with nothing mounted on it.
func NewEndpoint(c Config) *Endpoint {
	if c.Bus == nil {
		c.Bus = pubsub.NewLocal()
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.NotFound == nil {
		c.NotFound = http.HandlerFunc(http.NotFound)
	}
	c.Log = c.Log.withDefaults()
	c.Drain = c.Drain.withDefaults()
	return &Endpoint{
		config:   c,
		bus:      c.Bus,
		log:      c.Logger,
		sessions: make(map[*Session]struct{}),
	}
}

// Bus returns the bus that carries the endpoint's broadcasts.
func (e *Endpoint) Bus() pubsub.Bus { return e.bus }

// Broadcast sends an event to every subscriber of a topic, on every node. The
// payload is a [protocol.Payload] or any value that encodes to JSON; nil is {}.
// It is encoded once for each serializer in use. If it cannot be written for a
// subscriber, the error says so and the broadcast stops there.
func (e *Endpoint) Broadcast(topic, event string, v any) error {
	return e.broadcast(topic, event, v, nil)
}

// BroadcastFrom is [Endpoint.Broadcast] to all but the client of one channel,
// which must not be nil.
func (e *Endpoint) BroadcastFrom(from *Socket, topic, event string, v any) error {
	return e.broadcast(topic, event, v, from)
}

// LocalBroadcast is [Endpoint.Broadcast] to the subscribers of this node.
func (e *Endpoint) LocalBroadcast(topic, event string, v any) error {
	p, err := payload(v)
	if err != nil {
		return err
	}
	return e.bus.LocalBroadcast(protocol.Broadcast{Topic: topic, Event: event, Payload: p}, nil)
}

func (e *Endpoint) broadcast(topic, event string, v any, from pubsub.Subscriber) error {
	p, err := payload(v)
	if err != nil {
		return err
	}
	return e.bus.Broadcast(protocol.Broadcast{Topic: topic, Event: event, Payload: p}, from)
}

// Disconnect closes every connection with that id, on every node, with close
// code 1001 (PROTOCOL.md §4.11).
func (e *Endpoint) Disconnect(id string) error {
	return e.Broadcast(id, eventDisconnect, nil)
}

// Subscribe has f called for every broadcast to a topic. It is called under the
// bus's lock for the topic: it must not block, nor broadcast or subscribe
// itself.
func (e *Endpoint) Subscribe(topic string, f func(protocol.Broadcast)) pubsub.Subscription {
	return e.bus.Subscribe(topic, subscriberFunc{f})
}

type subscriberFunc struct{ f func(protocol.Broadcast) }

func (s subscriberFunc) Deliver(m *pubsub.Message) error {
	s.f(m.Broadcast)
	return nil
}

// Open starts a session for a client that a transport of the caller's own has
// let in: u.Connect is not asked. The transport hands what the client says to
// the session's Message, and calls Closed at the end. The endpoint's own
// transports work this way too.
func (e *Endpoint) Open(u *UserSocket, c *Connection, serializer protocol.Serializer, t Transport) *Session {
	s := e.prepare(u, c, serializer)
	s.attach(t)
	return s
}

// prepare is Open before there is a transport: a client must be found by its
// connection's id from the moment on that it knows that it is connected. Attach
// or Closed must follow.
func (e *Endpoint) prepare(u *UserSocket, c *Connection, serializer protocol.Serializer) *Session {
	s := &Session{
		endpoint:   e,
		user:       u,
		connection: c,
		serializer: serializer,
		mailbox:    u.Mailbox.withDefaults(),
		living:     1,
	}
	e.mu.Lock()
	draining := e.draining
	e.sessions[s] = struct{}{}
	e.mu.Unlock()
	if c.ID != "" {
		identity := e.bus.Subscribe(c.ID, identified{s})
		s.mu.Lock()
		s.identity = identity
		s.mu.Unlock()
	}
	if draining {
		s.close(statusServiceRestart, ErrDraining)
	}
	return s
}

func (e *Endpoint) forget(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.sessions, s)
	if len(e.sessions) == 0 && e.empty != nil {
		close(e.empty)
		e.empty = nil
	}
}

// Connections returns how many connections there are, over all transports:
// those whose channels have not all ended yet among them.
func (e *Endpoint) Connections() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.sessions)
}

// Fastlane is a broadcast made ready for [Socket.PushFastlane]. It is encoded
// when it is first needed, once for each serializer.
type Fastlane struct {
	broadcast protocol.Broadcast

	mu     sync.Mutex
	frames map[protocol.Serializer]protocol.Frame
}

// NewFastlane prepares a broadcast. The payload is as for [Socket.Push].
func NewFastlane(topic, event string, v any) (*Fastlane, error) {
	p, err := payload(v)
	if err != nil {
		return nil, err
	}
	return &Fastlane{
		broadcast: protocol.Broadcast{Topic: topic, Event: event, Payload: p},
		frames:    make(map[protocol.Serializer]protocol.Frame, 1),
	}, nil
}

func (b *Fastlane) frame(s protocol.Serializer) (protocol.Frame, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f, ok := b.frames[s]; ok {
		return f, nil
	}
	f, err := s.Fastlane(b.broadcast)
	if err != nil {
		return protocol.Frame{}, err
	}
	b.frames[s] = f
	return f, nil
}
