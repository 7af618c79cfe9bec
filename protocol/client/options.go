package client

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// What Options default to. The first three are phoenix.js' (PROTOCOL.md §7.1).
const (
	DefaultTimeout           = 10 * time.Second
	DefaultHeartbeatInterval = 30 * time.Second
	DefaultFallbackAfter     = 2500 * time.Millisecond
	DefaultMaxMessageSize    = 64 << 20 // bytes
	DefaultMaxQueuedEvents   = 1024
	DefaultMaxQueuedBytes    = 8 << 20
)

// A Transport is what carries the messages.
type Transport int

const (
	// WebSocket is the usual transport.
	WebSocket Transport = iota
	// LongPoll works where WebSocket does not get through. The server cannot send binary payloads over it. As phoenix.js,
	// the client gives a request up after 20 s: the server's window must be shorter, which it is by default.
	LongPoll
	// Fallback is WebSocket and, if that cannot be opened or does not answer within FallbackAfter, LongPoll from then on.
	// A connection that the server refuses (403) is not tried again by the other transport.
	Fallback
)

// String returns the transport's name.
func (t Transport) String() string {
	switch t {
	case WebSocket:
		return "websocket"
	case LongPoll:
		return "longpoll"
	}
	return "fallback"
}

// Handshake is what a client says of itself when it connects.
type Handshake struct {
	// Params are given to the server's connect, in the URL's query. URLs end up in logs: secrets belong into AuthToken.
	Params url.Values
	// Header is sent with every request.
	Header http.Header
	// AuthToken, if not empty, is sent the way phoenix.js 1.8 does: in a WebSocket subprotocol or a header (PROTOCOL.md
	// §1.5). The server must have auth tokens on.
	AuthToken string
}

// Options are the settings of a Client. The zero value is a working one.
type Options struct {
	// Params, Header and AuthToken are the Handshake.
	Params    url.Values
	Header    http.Header
	AuthToken string

	// Prepare, if not nil, is called before every attempt to connect and may change the handshake, which is its own copy:
	// to renew a token that expires, for example. An error fails the attempt.
	Prepare func(ctx context.Context, h *Handshake) error

	// Version is the protocol's, the vsn parameter: "2.0.0", which "" means, or "1.0.0", which cannot carry binary
	// payloads.
	Version string

	// Transport is WebSocket by default.
	Transport Transport

	// FallbackAfter is how long WebSocket may take to open and to answer a heartbeat before Fallback gives it up. 0 is
	// DefaultFallbackAfter.
	FallbackAfter time.Duration

	// HTTPClient makes the connections. Its Timeout should be 0: it would end long polls. Nil is a client of its own with
	// the settings of http.DefaultTransport, proxies from the environment among them.
	HTTPClient *http.Client

	// Timeout is how long an attempt to connect may take, and how long Join, Push, Send, Leave and Ping wait at most,
	// whatever their context says. 0 is DefaultTimeout; less is no limit but the context's.
	Timeout time.Duration

	// HeartbeatInterval is the time between a heartbeat's answer and the next heartbeat. An answer that does not come
	// within HeartbeatTimeout, while nothing else comes either, ends the connection. The server closes connections that
	// are silent for too long, after 60 s as a rule. Long polling needs no heartbeats and has none. 0 is
	// DefaultHeartbeatInterval, less is no heartbeats; a HeartbeatTimeout of 0 is the interval.
	HeartbeatInterval time.Duration
	HeartbeatTimeout  time.Duration

	// ReconnectAfter says how long to wait before the n-th attempt in a row to connect again (n = 1, 2, …). A connection
	// that held for five seconds starts a new row. Nil is phoenix.js' table, 10 ms up to 5 s, each by a random factor
	// between ½ and 1½, so that the clients of a server that restarts do not come back at once.
	ReconnectAfter func(n int) time.Duration

	// RejoinAfter is the same for joining a channel again that crashed or was refused. After a reconnect channels rejoin
	// at once. Nil is phoenix.js' table, 1 s up to 10 s, with the same factor.
	RejoinAfter func(n int) time.Duration

	// MaxMessageSize bounds one received message in bytes; a larger one ends the connection. 0 is DefaultMaxMessageSize.
	MaxMessageSize int64

	// MaxQueuedEvents and MaxQueuedBytes bound what waits in one channel for Receive; what comes beyond it is lost, see
	// LostError. A single event may exceed the bytes. 0 is DefaultMaxQueuedEvents, DefaultMaxQueuedBytes.
	MaxQueuedEvents int
	MaxQueuedBytes  int

	// OnState, if not nil, is called when the state changes, and with Connecting and an error for every attempt to
	// connect again that fails: one call after another, by the client's own goroutine. It must not block, nor call Close.
	OnState func(s State, why error)

	// Logger is told, at level Debug, of what the client does about failures. Nil is slog.Default().
	Logger *slog.Logger

	// dial replaces the transports in tests.
	dial func(ctx context.Context, t Transport, h Handshake) (link, error)
}

func (o Options) withDefaults() Options {
	o.Timeout = orDefault(o.Timeout, DefaultTimeout)
	o.FallbackAfter = orDefault(o.FallbackAfter, DefaultFallbackAfter)
	o.HeartbeatInterval = orDefault(o.HeartbeatInterval, DefaultHeartbeatInterval)
	o.HeartbeatTimeout = orDefault(o.HeartbeatTimeout, o.HeartbeatInterval)
	o.MaxMessageSize = orDefault(o.MaxMessageSize, DefaultMaxMessageSize)
	o.MaxQueuedEvents = orDefault(o.MaxQueuedEvents, DefaultMaxQueuedEvents)
	o.MaxQueuedBytes = orDefault(o.MaxQueuedBytes, DefaultMaxQueuedBytes)
	if o.ReconnectAfter == nil {
		o.ReconnectAfter = func(n int) time.Duration { return jittered(reconnectTable.at(n)) }
	}
	if o.RejoinAfter == nil {
		o.RejoinAfter = func(n int) time.Duration { return jittered(rejoinTable.at(n)) }
	}
	if o.OnState == nil {
		o.OnState = func(State, error) {}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func orDefault[T int | int64 | time.Duration](value, otherwise T) T {
	if value == 0 {
		return otherwise
	}
	return value
}

// handshake returns what the next attempt to connect says.
func (o *Options) handshake(ctx context.Context) (Handshake, error) {
	h := Handshake{Params: maps.Clone(o.Params), Header: o.Header.Clone(), AuthToken: o.AuthToken}
	if o.Prepare == nil {
		return h, nil
	}
	if h.Params == nil {
		h.Params = make(url.Values)
	}
	if h.Header == nil {
		h.Header = make(http.Header)
	}
	err := o.Prepare(ctx, &h)
	return h, err
}

// withTimeout bounds an operation: the cause of its end is ErrTimeout then.
func (o *Options) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if o.Timeout < 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, o.Timeout, ErrTimeout)
}
