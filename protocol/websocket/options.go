package websocket

import (
	"log/slog"
	"time"
)

// What Options default to.
const (
	DefaultMaxMessageSize = 10_000_000       // bytes; Phoenix's websock_adapter gives frames the same (PROTOCOL.md §1.7)
	DefaultIdleTimeout    = 60 * time.Second // Phoenix's (PROTOCOL.md §1.7)
	DefaultMaxQueuedBytes = 1 << 20          // bytes
	DefaultFlushTimeout   = 2 * time.Second
)

// Options are the limits of a connection. The zero value is ready to use. Of the numbers only IdleTimeout may be negative.
type Options struct {
	// MaxMessageSize bounds the payload of one message from the client, in bytes, whatever frames it comes in. A
	// larger one closes the connection with 1009. Memory is taken as the bytes arrive, not as they are announced.
	//
	// 0 means DefaultMaxMessageSize.
	MaxMessageSize int64

	// IdleTimeout is how long the client may send nothing, not even a ping, while the connection waits for it. Then the
	// connection is closed with 1002. The time the handler takes does not count, and what the server sends does not
	// matter.
	//
	// 0 means DefaultIdleTimeout. Less than 0 means no limit: connections whose client vanished are then noticed by
	// TCP's keep-alive alone.
	IdleTimeout time.Duration

	// MaxQueuedBytes bounds what waits for a client that reads too slowly, in bytes. The largest frame of the queue does
	// not count: any frame may be sent to a client that keeps up, and a long one does not make the short ones behind it
	// an overflow. A client that falls behind further is dropped with 1013.
	//
	// 0 means DefaultMaxQueuedBytes.
	MaxQueuedBytes int

	// FlushTimeout is how long a connection that is being closed may take to deliver what is queued and the close frame,
	// and the client to go. After that the connection is cut.
	//
	// 0 means DefaultFlushTimeout.
	FlushTimeout time.Duration

	// Subprotocol is named in the answer to the handshake. It should be one that the client offered. Empty: none is named.
	Subprotocol string

	// Logger is told of clients that were dropped for being slow and of handlers that panicked. nil means slog.Default.
	Logger *slog.Logger

	// Observer, if not nil, is called once for each served connection, after its end and behind Handler.Closed.
	Observer func(Summary)
}

func (o Options) withDefaults() Options {
	if o.MaxMessageSize == 0 {
		o.MaxMessageSize = DefaultMaxMessageSize
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = DefaultIdleTimeout
	}
	if o.MaxQueuedBytes == 0 {
		o.MaxQueuedBytes = DefaultMaxQueuedBytes
	}
	if o.FlushTimeout == 0 {
		o.FlushTimeout = DefaultFlushTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
