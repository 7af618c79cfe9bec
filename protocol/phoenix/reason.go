package phoenix

import (
	"errors"
	"fmt"
)

// The reasons for which a channel ends, as [Terminator] is told them.
var (
	// ErrLeft: the client left.
	ErrLeft = errors.New("the client left the channel")
	// ErrClosed: the connection was closed, or broke off, by the client's doing.
	ErrClosed = errors.New("the connection was closed")
	// ErrTimeout: nothing came from the client for longer than the idle timeout.
	ErrTimeout = errors.New("the connection was idle for too long")
	// ErrInactive: the client of a long-poll session stopped polling.
	ErrInactive = errors.New("the long-poll session was not polled")
	// ErrSlow: the client did not take what was sent to it fast enough.
	ErrSlow = errors.New("the client is too slow for what it is sent")
	// ErrMalformed: the client sent something that is no message.
	ErrMalformed = errors.New("the connection was closed because of a malformed message")
	// ErrDisconnected: "disconnect" was broadcast to the connection's id.
	ErrDisconnected = errors.New("the connection was disconnected by its id")
	// ErrDraining: the endpoint is shutting down.
	ErrDraining = errors.New("the server is shutting down")
	// ErrDuplicateJoin: another join of the topic on the same connection
	// replaced the channel.
	ErrDuplicateJoin = errors.New("another join replaced the channel")
	// ErrNormal is for [Stop]: the channel has done its work.
	ErrNormal = errors.New("normal")
	// ErrShutdown is for [Stop]: the channel ends in good order. Terminate is
	// told it also after a refused join.
	ErrShutdown = errors.New("shutdown")
)

// Errors of this package that are not reasons.
var (
	// ErrNoClause is what HandleIn returns for an event it has no rule for. It
	// ends the channel as a crash does, as a missing clause does in Phoenix.
	ErrNoClause = errors.New("the channel has no rule for this message")
	// ErrNotJoined is returned by what needs a joined channel, inside Join.
	ErrNotJoined = errors.New("the channel has not joined yet: send yourself a message and do it in HandleInfo")
	// ErrEnded is returned by what needs a joined channel, after its end.
	ErrEnded = errors.New("the channel has ended")
	// ErrNoRef is returned by [Socket.Ref] when there is no message to answer,
	// or the client gave it no ref.
	ErrNoRef = errors.New("there is no message with a ref to reply to")
	// ErrMailboxFull ends a channel that is too busy for what the server itself
	// sends it.
	ErrMailboxFull = errors.New("the channel's mailbox is full")
)

// CrashError is the reason of a channel that failed: a callback panicked or
// returned an error that is no [Stop].
type CrashError struct {
	// Err says what happened. After a panic with an error value it wraps that.
	Err error
	// Stack is the goroutine's stack at the panic, nil when there was none.
	Stack []byte
}

func (e *CrashError) Error() string { return "the channel crashed: " + e.Err.Error() }

// Unwrap returns what the callback returned or panicked with.
func (e *CrashError) Unwrap() error { return e.Err }

// Stop is returned by a callback to end its channel. With [ErrNormal],
// [ErrShutdown] and what [Shutdown] makes, the client gets phx_close and does
// not come back; with any other reason it gets phx_error and rejoins.
// A nil reason is ErrNormal.
func Stop(reason error) error {
	if reason == nil {
		reason = ErrNormal
	}
	return &stop{reason}
}

type stop struct{ reason error }

func (s *stop) Error() string { return "stop: " + s.reason.Error() }
func (s *stop) Unwrap() error { return s.reason }

// stopReason returns why a callback stopped its channel, if it returned a Stop.
// One that it panicked with is a crash like any other (PROTOCOL.md §4.7).
func stopReason(err error) (reason error, ok bool) {
	var s *stop
	if panicked(err) || !errors.As(err, &s) {
		return nil, false
	}
	return s.reason, true
}

// panicked reports whether an error of protect's stands for a panic.
func panicked(err error) bool {
	_, ok := err.(*CrashError)
	return ok
}

// Shutdown is a reason for [Stop] that ends the channel in good order, with a
// detail for Terminate: errors.Is(reason, ErrShutdown) holds.
func Shutdown(detail string) error { return fmt.Errorf("%w: %s", ErrShutdown, detail) }

// graceful reports whether a channel that stopped for this reason ended in good
// order: the client gets phx_close rather than phx_error.
func graceful(reason error) bool {
	return errors.Is(reason, ErrNormal) || errors.Is(reason, ErrShutdown)
}

// Reject is returned by Join to refuse a client. The payload is the response of
// the error reply: a protocol.Payload or any value that encodes to JSON; nil is
// {}.
func Reject(payload any) error { return &rejection{payload} }

type rejection struct{ payload any }

func (r *rejection) Error() string { return "the join was refused" }

// rejected returns the refusal in what Join returned, if it is one.
func rejected(err error) (r *rejection, ok bool) {
	if panicked(err) || !errors.As(err, &r) {
		return nil, false
	}
	return r, true
}

// crash wraps what a callback returned, for the reason given to Terminate.
func crash(err error) error {
	var c *CrashError
	if errors.As(err, &c) {
		return c
	}
	return &CrashError{Err: err}
}
