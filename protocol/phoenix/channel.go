package phoenix

import "github.com/ephemeral-p2p/ephemeral/protocol"

// Channel is one topic joined by one client: the code that an application
// writes. A route's factory makes a new value for every join, so a channel's
// state is the fields of its own type.
//
// The callbacks of one channel run one at a time, in the order in which the
// things they are told of happened, so they need no locks for that state. A
// callback may block: only its own channel waits, and, once that channel's
// mailbox is full, its client. A panic in a callback ends this channel alone.
type Channel interface {
	// Join decides whether the client may join s.Topic(). The payload is what
	// the client sent with its phx_join: usually an object, but any JSON value
	// or bytes.
	//
	// The response goes into the ok reply, nil being {}; it is a
	// protocol.Payload or any value that encodes to JSON. An error made by
	// [Reject] refuses the client with a payload of its own; any other error,
	// and a panic, is answered with {"reason":"join crashed"} (PROTOCOL.md
	// §4.4).
	//
	// The connection waits for Join. What it pushes is sent right behind the
	// reply. It cannot broadcast yet: to do that right after the join, s.Send a
	// message and handle it in HandleInfo.
	Join(s *Socket, payload protocol.Payload) (response any, err error)

	// HandleIn handles one event from the client. What comes back is the reply
	// ([NoReply], [OK], [Error], [Status]) and what becomes of the channel: nil
	// goes on, [Stop] ends it in the way its reason says, and any other error
	// ends it as a crash does: the client gets phx_error. For an event it has no
	// rule for, a channel returns [ErrNoClause].
	//
	// A reply given along with an error is sent before the channel ends.
	HandleIn(s *Socket, event string, payload protocol.Payload) (Reply, error)
}

// Interceptor is an optional interface of a [Channel] that wants to see certain
// broadcasts on its topic before its client does (PROTOCOL.md §3.6).
type Interceptor interface {
	// Intercept lists the events. It is asked once, after the join.
	Intercept() []string
	// HandleOut is called in place of sending a broadcast of such an event to
	// the client. It may push it, changed or not, or let it drop. A returned
	// error ends the channel as one from HandleIn does.
	HandleOut(s *Socket, event string, payload protocol.Payload) error
}

// InfoHandler is an optional interface of a [Channel] that is sent messages
// from within the server: by [Socket.Send], and as [protocol.Broadcast] values
// by [Socket.Subscribe]. Messages to a channel without it are logged and
// dropped.
type InfoHandler interface {
	// HandleInfo handles one message. A returned error ends the channel as one
	// from HandleIn does.
	HandleInfo(s *Socket, msg any) error
}

// Terminator is an optional interface of a [Channel] that has something to do
// at its end.
type Terminator interface {
	// Terminate is the channel's last callback. It is called once, however the
	// channel ended, with these exceptions: a Join that crashed, and a channel
	// replaced by a duplicate join that is no [ExitTrapper]. When Join refused,
	// or its response cannot be encoded, there is nobody to push to.
	//
	// The reason is one of the Err values of this package, a *[CrashError], or
	// what the channel gave to [Stop]; compare it with errors.Is. What Terminate
	// pushes or broadcasts still reaches the channel's own client, behind the
	// phx_close of an end in good order and before the phx_error of a crash
	// (PROTOCOL.md §4.7).
	Terminate(s *Socket, reason error)
}

// ExitTrapper is an optional interface of a [Channel] that must be told when
// another join of the same topic on the same connection replaces it, as a
// Phoenix channel that traps exits is.
type ExitTrapper interface {
	// TrapExit is asked at that moment, on another goroutine than the
	// callbacks'. If it reports true, Terminate is called with
	// [ErrDuplicateJoin] behind the callback that is running, and the new join
	// waits for it up to five seconds. After that, and for channels that answer
	// false, the old channel is abandoned: what it still says is discarded. Until
	// its callback returns it counts as one of UserSocket.MaxChannels.
	TrapExit() bool
}

// Reply is an answer to a client's message: a status and a response.
// Its zero value, [NoReply], is no answer.
type Reply struct {
	given    bool
	status   string
	response any
}

// NoReply answers nothing.
var NoReply Reply

// OK answers with the status "ok". The response is a [protocol.Payload] or any
// value that encodes to JSON; nil is {}.
func OK(response any) Reply { return Reply{true, "ok", response} }

// Error answers with the status "error". The response is as for [OK].
func Error(response any) Reply { return Reply{true, "error", response} }

// Status answers with a status of the application's own, which phoenix.js
// hands to receive(status, …). The response is as for [OK].
func Status(status string, response any) Reply { return Reply{true, status, response} }

// payload encodes a response or the payload of a push; nil is the empty object.
func payload(v any) (protocol.Payload, error) {
	switch v := v.(type) {
	case nil:
		return protocol.Payload{}, nil
	case protocol.Payload:
		return v, nil
	}
	return protocol.Encode(v)
}
