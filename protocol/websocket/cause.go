package websocket

import (
	"errors"
	"fmt"
)

// Why a connection ended, as Handler.Closed is told. Besides these there are *CloseError, *ProtocolError and the
// errors of the network.
var (
	ErrClosed  = errors.New("websocket: the server closed the connection")
	ErrIdle    = errors.New("websocket: the client sent nothing for the whole idle timeout")
	ErrSlow    = errors.New("websocket: the client reads too slowly, its queue is over the limit")
	ErrHandler = errors.New("websocket: the handler failed") // wraps the handler's error, too
)

// A CloseError is a close frame. As a cause it is the client's; returned by Handler.Message it is the one to send.
type CloseError struct {
	Code   int    // RFC 6455 §7.4; 1005 if the client's frame had no code
	Reason string // at most 123 bytes
}

func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("websocket: closed with code %d", e.Code)
	}
	return fmt.Sprintf("websocket: closed with code %d: %s", e.Code, e.Reason)
}

// A ProtocolError says that the client sent what it must not.
type ProtocolError struct {
	Code int // the close code it was answered with: 1002, 1007 (text that is not UTF-8) or 1009 (message too big)
	Err  error
}

func (e *ProtocolError) Error() string { return "websocket: protocol error: " + e.Err.Error() }
func (e *ProtocolError) Unwrap() error { return e.Err }

// A DropReason says in one word why a connection ended. The set is closed: it may label a metric.
type DropReason string

const (
	DropPeer     DropReason = "peer"     // the client sent a close frame
	DropNetwork  DropReason = "network"  // the connection broke, or the client went without a close frame
	DropServer   DropReason = "server"   // Conn.Close, or a *CloseError from the handler
	DropIdle     DropReason = "idle"     // ErrIdle
	DropSlow     DropReason = "slow"     // ErrSlow
	DropProtocol DropReason = "protocol" // *ProtocolError with 1002
	DropText     DropReason = "text"     // *ProtocolError with 1007
	DropSize     DropReason = "size"     // *ProtocolError with 1009
	DropHandler  DropReason = "handler"  // ErrHandler
)

// Reason sorts a cause that Handler.Closed was given.
func Reason(cause error) DropReason {
	var violation *ProtocolError
	var peer *CloseError
	switch {
	case errors.Is(cause, ErrHandler):
		return DropHandler
	case errors.Is(cause, ErrClosed):
		return DropServer
	case errors.Is(cause, ErrIdle):
		return DropIdle
	case errors.Is(cause, ErrSlow):
		return DropSlow
	case errors.As(cause, &violation):
		switch violation.Code {
		case codeInvalidText:
			return DropText
		case codeTooBig:
			return DropSize
		}
		return DropProtocol
	case errors.As(cause, &peer):
		return DropPeer
	}
	return DropNetwork
}

// A Summary is what Options.Observer is told about a connection that ended.
type Summary struct {
	Reason   DropReason
	Code     int   // of the close frame that the server queued, as an answer or on its own account; 0: none, or none with a code
	Received int64 // bytes since the handshake
	Sent     int64 // bytes since the handshake that the operating system took
}
