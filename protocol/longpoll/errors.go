package longpoll

import "errors"

// What Handler.Closed is told. Other causes are the error with which the handler refused a message, or the
// *protocol.DecodeError of a line that was neither text nor base64: in either case the client sent something that makes
// no sense (PROTOCOL.md §5.4, DESIGN.md D7).
var (
	// ErrInactive: the client did not poll for one and a half windows.
	ErrInactive = errors.New("longpoll: session was not polled in time")

	// ErrSlow: more messages were waiting for the next poll than Options.MaxQueuedBytes allows.
	ErrSlow = errors.New("longpoll: session polls too slowly: its queue is full")

	// ErrClosed: Session.Close or Server.Shutdown was called.
	ErrClosed = errors.New("longpoll: session was closed by the server")
)

// ErrCrash is what a Connect function answers, wrapped or not, to have the request answered with HTTP 500 instead of
// status 403: connecting the client went wrong, it was not refused (PROTOCOL.md §5.2). A panic in Connect does the same.
var ErrCrash = errors.New("longpoll: connecting the client crashed")

// ErrUnavailable is what a Connect function answers, wrapped or not, to have the request answered with HTTP 503: not now, and
// not here. A client that asks a server which is about to stop must not be given a session that ends at once: phoenix.js
// would come back without a pause, again and again. After an answer without JSON it waits longer each time.
var ErrUnavailable = errors.New("longpoll: no sessions are opened at the moment")

// A DropReason says in one word why a session ended. The set is closed: it may label a metric.
type DropReason string

const (
	DropInactive DropReason = "inactive" // ErrInactive
	DropSlow     DropReason = "slow"     // ErrSlow
	DropServer   DropReason = "server"   // ErrClosed
	DropHandler  DropReason = "handler"  // the handler refused a message, or it could not be decoded
)

// Reason sorts a cause that Handler.Closed was given.
func Reason(cause error) DropReason {
	switch {
	case errors.Is(cause, ErrInactive):
		return DropInactive
	case errors.Is(cause, ErrSlow):
		return DropSlow
	case errors.Is(cause, ErrClosed):
		return DropServer
	}
	return DropHandler
}

// A Summary is what Options.Observer is told about a session that ended.
type Summary struct {
	Reason   DropReason
	Received int64 // bytes of the bodies that were taken
	Sent     int64 // bytes of messages that were given to polls, before quoting
}
