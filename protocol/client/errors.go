package client

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

var (
	// ErrClosed: Close was called.
	ErrClosed = errors.New("client: the client is closed")

	// ErrTimeout: no answer came within Options.Timeout. Whether the server has done what it was asked to do is unknown;
	// of a join that timed out it is told to leave.
	ErrTimeout = errors.New("client: the server did not answer in time")

	// ErrDisconnected: the connection was lost before the answer came. Whether the server has done what it was asked to do
	// is unknown. The client connects again by itself.
	ErrDisconnected = errors.New("client: the connection was lost before the answer came")

	// ErrCrashed: the channel crashed on the server before it answered. The client joins it again by itself.
	ErrCrashed = errors.New("client: the channel crashed before it answered")

	// ErrLeft: Leave was called.
	ErrLeft = errors.New("client: the channel was left")

	// ErrReplaced: Join was called for the channel's topic again. A connection can be on a topic once.
	ErrReplaced = errors.New("client: another join of the topic has replaced the channel")

	// ErrChannelClosed: the server ended the channel in good order (phx_close). Such a channel is not joined again.
	ErrChannelClosed = errors.New("client: the server closed the channel")

	// ErrHeartbeat: the server did not answer a heartbeat; the connection was taken for dead. OnState is told it.
	ErrHeartbeat = errors.New("client: the server did not answer a heartbeat")
)

// A ReplyError is a reply whose status is not "ok", to a push or a join.
type ReplyError struct {
	Topic, Event string // of the message that was answered; a join's event is phx_join
	Status       string // "error", or a name of the channel's own
	Response     protocol.Payload
}

func (e *ReplyError) Error() string {
	return fmt.Sprintf("client: %s on %s was answered with status %q: %s", e.Event, e.Topic, e.Status, e.Response)
}

// A HandshakeError tells that a connection could not be opened.
type HandshakeError struct {
	Transport string // "websocket" or "longpoll"
	Status    int    // the HTTP status of the answer; 0 if there was none
	Err       error  // what went wrong beside the status, or nil
}

func (e *HandshakeError) Error() string {
	text := "client: failed to connect by " + e.Transport
	switch {
	case e.Refused():
		text += ": the server refused the connection (403): its parameters, token, origin or protocol version"
	case e.Status != 0:
		text += fmt.Sprintf(": HTTP status %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *HandshakeError) Unwrap() error { return e.Err }

// Refused reports whether the server understood and said no (403).
func (e *HandshakeError) Refused() bool { return e.Status == http.StatusForbidden }

// A CloseError is the close frame with which the server ended a WebSocket connection: 1001 after a forced disconnect,
// 1012 when it restarts, 1011 after a malformed message (PROTOCOL.md §1.9). OnState is told it.
type CloseError struct {
	Code   int
	Reason string
}

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("client: the server closed the connection with code %d", e.Code)
	}
	return fmt.Sprintf("client: the server closed the connection with code %d: %s", e.Code, e.Reason)
}

// A LostError is what Receive returns where events are missing: they came while the channel's queue was full. The events
// after the gap follow.
type LostError struct {
	Events int // how many are missing
}

func (e *LostError) Error() string {
	return fmt.Sprintf("client: %d events were lost, because they were not taken in time", e.Events)
}
