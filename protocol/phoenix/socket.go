package phoenix

import (
	"slices"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// Socket is a channel's way to its client and to the other subscribers of its
// topic: what Phoenix passes to every callback under that name. Its methods may
// be called from any goroutine.
type Socket struct {
	session *Session
	topic   string
	// joinRef goes into replies and pushes: the join's join_ref, or its ref if
	// that was null. storedRef goes into phx_close and phx_error, and is what a
	// message's join_ref must equal: the join's join_ref (PROTOCOL.md §3.5).
	joinRef, storedRef protocol.Ref
	channel            Channel
	intercepts         []string
	current            protocol.Ref // of the message being handled; the callbacks' own
	begun              bool         // Join returned without an error; the callbacks' own, too

	mu            sync.Mutex
	phase         phase
	strays        bool             // counted among the session's
	ends          bool             // somebody sees to its end, or nobody needs to
	held          []protocol.Frame // said before the client may hear it
	mailbox       mailbox
	subscription  pubsub.Subscription
	subscriptions map[string][]pubsub.Subscription
	finished      chan struct{} // closed at the end; made when somebody waits
	atEnd         []func()
}

// phase is how far a channel is in its life. It only grows.
type phase uint8

const (
	joining phase = iota // Join runs, or its reply is on its way: what is said to the client is held back
	joined               // what is said is sent
	ending               // Terminate runs: what is said is sent
	muted                // Terminate runs for a duplicate join: what is said is held back
	ended                // what is said is discarded
)

var _ pubsub.Subscriber = (*Socket)(nil)

// Topic returns the topic as the client joined it.
func (s *Socket) Topic() string { return s.topic }

// JoinRef returns the ref that marks this join in the client's frames.
func (s *Socket) JoinRef() protocol.Ref { return s.joinRef }

// Connection returns the client's connection, which must only be read.
func (s *Socket) Connection() *Connection { return s.session.connection }

// Endpoint returns the endpoint that serves the connection.
func (s *Socket) Endpoint() *Endpoint { return s.session.endpoint }

// Push sends an event to this channel's client alone. The payload is a
// [protocol.Payload] or any value that encodes to JSON; nil is {}. Over V2 it
// must be an object or bytes, over V1 it cannot be bytes: then, as when a
// field is too long for a binary frame, the error is one of the serializer's.
// What is pushed before Join has returned goes out behind the join's reply, or
// not at all if that refuses the client. After the channel's end the error is
// [ErrEnded].
func (s *Socket) Push(event string, v any) error {
	p, err := payload(v)
	if err != nil {
		return err
	}
	f, err := s.session.serializer.Encode(protocol.Message{
		JoinRef: s.joinRef, Topic: s.topic, Event: event, Payload: p,
	})
	if err != nil {
		return err
	}
	return s.say(f)
}

// TakesBytes reports whether the client can be sent bytes ([protocol.Binary]) on
// this topic, for a channel that has another form for clients that cannot. They
// can over a WebSocket with [protocol.V2], if the topic and the join_ref have no
// more than the 255 bytes that there is room for. [protocol.V1] and
// [protocol.V2015] have no form for bytes, and long polling carries text alone.
func (s *Socket) TakesBytes() bool {
	if s.session.connection.Transport == transportLongPoll {
		return false
	}
	_, err := s.session.serializer.Encode(protocol.Message{JoinRef: s.joinRef, Topic: s.topic, Payload: protocol.Binary(nil)})
	return err == nil
}

// PushFastlane sends a prepared broadcast to this channel's client alone, in
// the form that a broadcast to all would have, refs null. However many
// channels are given the same one, it is encoded once per serializer and its
// bytes are shared. Errors are those of [Socket.Push].
func (s *Socket) PushFastlane(b *Fastlane) error {
	f, err := b.frame(s.session.serializer)
	if err != nil {
		return err
	}
	return s.say(f)
}

// Broadcast sends an event to every subscriber of the channel's topic, this
// channel's client included. The payload is as for [Socket.Push]; if it cannot
// be written for one of the subscribers, the error says so, and those who
// subscribed later are not sent it. In Join the error is [ErrNotJoined], after
// the end [ErrEnded].
func (s *Socket) Broadcast(event string, v any) error { return s.broadcast(event, v, nil) }

// BroadcastFrom is [Socket.Broadcast] to all but this channel's own client.
func (s *Socket) BroadcastFrom(event string, v any) error { return s.broadcast(event, v, s) }

func (s *Socket) broadcast(event string, v any, from pubsub.Subscriber) error {
	if err := s.speakable(); err != nil {
		return err
	}
	return s.session.endpoint.broadcast(s.topic, event, v, from)
}

// MessageRef names a client's message that is yet to be answered; what Phoenix
// calls a socket_ref.
type MessageRef struct{ ref protocol.Ref }

// Ref returns the ref of the message that HandleIn is handling, for
// [Socket.ReplyTo]; [ErrNoRef] when the client gave it none, and elsewhere.
// Unlike the other methods it belongs to the callbacks.
func (s *Socket) Ref() (MessageRef, error) {
	if s.current == protocol.Null {
		return MessageRef{}, ErrNoRef
	}
	return MessageRef{s.current}, nil
}

// ReplyTo answers a message now or later, once or many times (phoenix.js
// listens to the first); with [NoReply] not at all. After the channel's end the
// error is [ErrEnded] and nothing is sent; for a ref that is not from
// [Socket.Ref] it is [ErrNoRef]. Beyond that, errors are those of [Socket.Push]
// about the payload.
func (s *Socket) ReplyTo(ref MessageRef, r Reply) error {
	if ref.ref == protocol.Null {
		return ErrNoRef
	}
	if !r.given {
		return nil
	}
	f, err := s.encodeReply(ref.ref, r)
	if err != nil {
		return err
	}
	return s.say(f)
}

func (s *Socket) encodeReply(ref protocol.Ref, r Reply) (protocol.Frame, error) {
	response, err := payload(r.response)
	if err != nil {
		return protocol.Frame{}, err
	}
	return s.session.serializer.EncodeReply(protocol.Reply{
		JoinRef: s.joinRef, Ref: ref, Topic: s.topic, Status: r.status, Response: response,
	})
}

// Send gives the channel a message of the server's own, for its HandleInfo. It
// may be called from anywhere, also in Join; the message is handled after the
// join, in turn. It reports false when the channel has ended, and when it ends
// because too much waits for it (see [MailboxLimits]).
func (s *Socket) Send(msg any) bool { return s.post(info{msg}) }

// Subscribe lets HandleInfo have the broadcasts to another topic, as
// [protocol.Broadcast] values. Subscribing again doubles them. For the
// channel's own topic they go to HandleOut if there is one, beside what the
// client gets anyway (PROTOCOL.md §4.8). The subscription ends with the
// channel; after that the error is [ErrEnded].
func (s *Socket) Subscribe(topic string) error {
	sub := s.session.endpoint.bus.Subscribe(topic, listener{s, topic == s.topic})
	s.mu.Lock()
	if s.phase < ended {
		if s.subscriptions == nil {
			s.subscriptions = make(map[string][]pubsub.Subscription)
		}
		s.subscriptions[topic] = append(s.subscriptions[topic], sub)
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	sub.Unsubscribe()
	return ErrEnded
}

// Unsubscribe undoes every [Socket.Subscribe] to the topic.
func (s *Socket) Unsubscribe(topic string) {
	s.mu.Lock()
	subs := s.subscriptions[topic]
	delete(s.subscriptions, topic)
	s.mu.Unlock()
	for _, sub := range subs {
		sub.Unsubscribe()
	}
}

// listener is a channel as the subscriber of a topic whose broadcasts are for
// the channel rather than for its client.
type listener struct {
	socket *Socket
	own    bool // the topic is the channel's own
}

var _ pubsub.Owned = listener{}

func (l listener) Owner() pubsub.Subscriber { return l.socket }

func (l listener) Deliver(m *pubsub.Message) error {
	if _, ok := l.socket.channel.(Interceptor); ok && l.own {
		l.socket.post(out(m.Broadcast))
	} else {
		l.socket.post(info{m.Broadcast})
	}
	return nil
}

// Deliver takes a broadcast on the channel's topic from the bus: past the
// channel to the client, unless the channel intercepts the event. The bus calls
// it; nobody else should.
func (s *Socket) Deliver(m *pubsub.Message) error {
	if slices.Contains(s.intercepts, m.Event) {
		s.post(out(m.Broadcast))
		return nil
	}
	f, err := m.Frame(s.session.serializer)
	if err != nil {
		return err
	}
	_ = s.say(f) // an ended channel has nobody to tell
	return nil
}

// speakable reports why the channel may not speak to others now, if it may not.
func (s *Socket) speakable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.phase {
	case joining:
		return ErrNotJoined
	case ended:
		return ErrEnded
	}
	return nil
}

// say sends a frame of this channel to its client, or holds it back while its
// turn has not come. Under the lock, so that a phase that discards has
// discarded everything after it.
func (s *Socket) say(f protocol.Frame) error { return s.speak(f, (*Session).send) }

// answer is say for a frame that stands alone.
func (s *Socket) answer(f protocol.Frame) error { return s.speak(f, (*Session).answer) }

func (s *Socket) speak(f protocol.Frame, send func(*Session, protocol.Frame)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.phase {
	case joining:
		if s.ends { // the join has failed
			return ErrNotJoined
		}
		s.held = append(s.held, f)
	case muted:
		s.held = append(s.held, f)
	case joined, ending:
		send(s.session, f)
	case ended:
		return ErrEnded
	}
	return nil
}
