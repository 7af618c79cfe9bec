package longpoll

import (
	"log/slog"
	"time"
)

// What Options default to. The first three are Phoenix's (PROTOCOL.md §1.7, §5.4).
const (
	DefaultWindow         = 10 * time.Second
	DefaultTokenMaxAge    = 14 * 24 * time.Hour
	DefaultMaxBody        = 8_000_000 // bytes
	DefaultStallTimeout   = 20 * time.Second
	DefaultMaxQueuedBytes = 1 << 20 // bytes
	DefaultMaxSessions    = 100_000
)

// Options are the settings of a Server. The zero value of each field, and anything below zero, stands for its default.
type Options struct {
	// Window is how long a GET waits for messages before it answers status 204. Default 10 s, as Phoenix. A session
	// that is not polled ends after one and a half to three windows. Clients give a request up after 20 s: keep well
	// below that, and below the idle timeouts of proxies.
	Window time.Duration

	// PublishTimeout is how long one message of a POST may wait for the handler, or keep it busy, before the POST answers
	// status 408. What the handler has not begun is then dropped. Default: Window, as Phoenix.
	PublishTimeout time.Duration

	// TokenMaxAge is how long a session's token is good. After it the client is given a new session. Default: two weeks,
	// as Phoenix.
	TokenMaxAge time.Duration

	// StallTimeout is how long a client may take to send the next bytes of a POST's body, or to accept the next 64 KiB of
	// an answer, before the request is given up. Progress renews it, so that slow links may take as long as they need.
	// Default 20 s. It replaces the deadlines of http.Server.ReadTimeout and WriteTimeout in these requests.
	StallTimeout time.Duration

	// MaxBody is the longest body of a POST in bytes; a longer one is HTTP 400. Default 8,000,000, as Phoenix. The bodies
	// that one session may hold in memory at a time are twice that: past it POSTs answer status 408.
	MaxBody int64

	// MaxQueuedBytes is how much may wait for a session's next poll; 64 bytes a message are added to the messages' own,
	// and the largest message waiting is not counted. Past it the session ends with ErrSlow. Default 1 MiB. It is a
	// promise of memory to every client: at MaxSessions the whole is MaxSessions × MaxQueuedBytes.
	MaxQueuedBytes int

	// MaxSessions is how many sessions may be open at once. Past it a new one is refused with HTTP 503. Default 100,000.
	MaxSessions int

	// Logger is told of sessions that ended for being slow, of handlers that panicked and of messages that could not be
	// written. Default: slog.Default().
	Logger *slog.Logger

	// Observer, if not nil, is called once for each session, when its handler's Closed has returned, on the same
	// goroutine. It must not block.
	Observer func(Summary)
}

// withDefaults returns the options with every unset field filled in.
func (o Options) withDefaults() Options {
	o.Window = positive(o.Window, DefaultWindow)
	o.PublishTimeout = positive(o.PublishTimeout, o.Window)
	o.TokenMaxAge = positive(o.TokenMaxAge, DefaultTokenMaxAge)
	o.StallTimeout = positive(o.StallTimeout, DefaultStallTimeout)
	o.MaxBody = positive(o.MaxBody, DefaultMaxBody)
	o.MaxQueuedBytes = positive(o.MaxQueuedBytes, DefaultMaxQueuedBytes)
	o.MaxSessions = positive(o.MaxSessions, DefaultMaxSessions)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func positive[T int | int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}

// inactivity is both how long a session lives without a poll and how often that is looked at (PROTOCOL.md §5.5).
func (o *Options) inactivity() time.Duration { return o.Window + o.Window/2 }
