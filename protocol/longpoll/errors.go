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
