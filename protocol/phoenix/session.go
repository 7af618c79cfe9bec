package phoenix

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// Transport is the way back to one client. Its methods must not block, and may
// be called from any goroutine.
type Transport interface {
	// Send queues a frame for the client. It cannot fail: a client that is gone
	// or too slow is the transport's to deal with.
	Send(f protocol.Frame)
	// Close ends the connection with a WebSocket close code, behind what was
	// queued.
	Close(code int, reason string)
}

// A replier is a Transport that has a quicker way for a frame that stands
// alone. It keeps the order of what is sent in either way.
type replier interface{ Reply(f protocol.Frame) }

var _ replier = (*websocket.Conn)(nil)

// Session is what the server knows of one connection: which topics it has
// joined. A transport hands it what the client says. It is what Phoenix calls
// the transport process's socket.
type Session struct {
	endpoint   *Endpoint
	user       *UserSocket
	connection *Connection
	serializer protocol.Serializer
	transport  Transport // attached before the first message
	mailbox    MailboxLimits

	// patience is how long Message waits for the channel to handle what it was
	// given, if it was idle. A client that polls hears of it by its next request
	// then, rather than by the one after that.
	patience time.Duration

	// stopping is set before the server itself closes the connection. A reader
	// that waits for room in a mailbox gives up then, and what it reads until
	// the connection has ended is dropped: there is no telling how much it is.
	stopping atomic.Bool

	mu       sync.Mutex
	channels map[string]*Socket // by topic; nil until the first join
	parting  map[string]*Socket // those that were closed and still terminate; nil until the first
	reason   error              // why the server ends the connection, if it does
	code     int                // with which it did so before there was a transport, or 0
	identity pubsub.Subscription
	strays   strays
	living   int           // the connection, its WebSocket and its channels, as long as they have not ended
	done     chan struct{} // closed when none of them lives; made when somebody asks
}

var (
	_ websocket.Handler = (*Session)(nil)
	_ longpoll.Handler  = (*Session)(nil)
)

// Message handles one message from the client. It returns when the message has
// been given to its channel, or a join has been answered, and waits while that
// channel's mailbox is full. The data belongs to the session from then on. An
// error means that the connection must be closed, with code 1011: the message
// was malformed. Calls must come one at a time, in the client's order.
func (s *Session) Message(data []byte, binary bool) error {
	if s.stopping.Load() {
		return nil
	}
	m, err := s.serializer.Decode(data, binary)
	if err != nil {
		s.stop(ErrMalformed)
		return err
	}
	if s.patience == 0 {
		s.dispatch(m, len(data))
		return nil
	}
	busy := s.busy(m.Topic)
	s.dispatch(m, len(data))
	if c := s.live(m.Topic); c != nil && !busy {
		c.settle(s.patience)
	}
	return nil
}

// busy reports whether the topic's channel has something to do already: then
// nobody waits for it.
func (s *Session) busy(topic string) bool {
	c := s.live(topic)
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mailbox.running
}

// dispatch is the table of PROTOCOL.md §4.3. The message arrived in so many
// bytes.
func (s *Session) dispatch(m protocol.Message, size int) {
	live := s.live(m.Topic)
	switch {
	case m.Topic == protocol.TopicPhoenix && m.Event == protocol.EventHeartbeat:
		s.reply(protocol.Null, m, OK(nil))
	case m.Event == protocol.EventJoin:
		s.join(m, live)
	case live != nil && m.JoinRef != protocol.Null && m.JoinRef != live.storedRef:
		// Meant for a channel that has been replaced: nobody to answer it.
	case live != nil && m.Event == protocol.EventLeave:
		live.accept(leave{m, size})
	case live != nil:
		live.accept(in{m, size})
	case m.Event == protocol.EventLeave:
		s.reply(m.JoinRef, m, OK(nil))
	default:
		s.replyUnmatched(m)
	}
}

func (s *Session) live(topic string) *Socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[topic]
}

func (s *Session) replyUnmatched(m protocol.Message) {
	s.reply(protocol.Null, m, Error(unmatchedTopic))
}

// The responses of the error replies that the host itself gives.
var (
	unmatchedTopic  = protocol.UnmatchedTopic()
	tooManyChannels = reasonPayload("too many channels joined")
	topicTooLong    = reasonPayload("topic too long")
	refTooLong      = reasonPayload("ref too long")
	joinCrashed     = reasonPayload("join crashed")
)

func reasonPayload(reason string) protocol.Payload {
	return protocol.JSON([]byte(`{"reason":"` + reason + `"}`))
}

// reply answers a message in the host's own name.
func (s *Session) reply(joinRef protocol.Ref, m protocol.Message, r Reply) {
	f, err := s.encodeReply(joinRef, m, r)
	if err != nil {
		s.endpoint.log.Error("a reply cannot be encoded", "topic", s.endpoint.topic(m.Topic), "error", err)
		return
	}
	s.answer(f)
}

func (s *Session) encodeReply(joinRef protocol.Ref, m protocol.Message, r Reply) (protocol.Frame, error) {
	response, err := payload(r.response)
	if err != nil {
		return protocol.Frame{}, err
	}
	return s.serializer.EncodeReply(protocol.Reply{
		JoinRef: joinRef, Ref: m.Ref, Topic: m.Topic, Status: r.status, Response: response,
	})
}

// send gives a frame to the transport; an empty one is what a serializer has no
// form for, and nothing.
func (s *Session) send(f protocol.Frame) {
	if !f.IsZero() {
		s.transport.Send(f)
	}
}

// answer is send for a frame that stands alone: nothing is known that is to
// follow it at once.
func (s *Session) answer(f protocol.Frame) {
	if r, ok := s.transport.(replier); ok && !f.IsZero() {
		r.Reply(f)
		return
	}
	s.send(f)
}

// part takes a channel that ends out of the session and, if it is still the one
// on its topic, tells the client so: a channel that a duplicate join has
// replaced is told of by that. Under the session's lock, so that no join of the
// topic can be answered in between.
func (s *Session) part(c *Socket, farewell protocol.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channels[c.topic] != c {
		return
	}
	delete(s.channels, c.topic)
	if farewell.Event == "" {
		return
	}
	if farewell.Event == protocol.EventClose { // Terminate comes behind it
		if s.parting == nil {
			s.parting = make(map[string]*Socket, 1)
		}
		s.parting[c.topic] = c
		c.mu.Lock()
		c.stray()
		c.mu.Unlock()
	}
	f, err := s.serializer.Encode(farewell)
	if err != nil {
		s.endpoint.log.Error("the end of a channel cannot be told", "topic", s.endpoint.topic(c.topic), "error", err)
		return
	}
	_ = c.say(f)
}

// parted forgets a channel that has ended.
func (s *Session) parted(c *Socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parting[c.topic] == c {
		delete(s.parting, c.topic)
	}
}

// awaitParted waits for the Terminate of a channel that the client has left, or
// that has stopped, so that a new join of its topic finds nothing of it: what is
// sent to the topic would reach the client twice.
func (s *Session) awaitParted(topic string) {
	s.mu.Lock()
	c := s.parting[topic]
	s.mu.Unlock()
	if c != nil && !c.awaitFinish(trapExitTimeout) {
		s.endpoint.log.Warn("a channel whose topic is joined again is still busy with its end", "topic", s.endpoint.topic(topic), "after", trapExitTimeout)
	}
}

// stop notes why the server ends the connection; the first reason stands. What
// the client says from now on is not listened to. Who waits for a busy channel
// gives up.
func (s *Session) stop(reason error) {
	s.stopping.Store(true) // before it is known whom to wake: no later channel waits
	s.mu.Lock()
	if s.reason == nil {
		s.reason = reason
	}
	channels := s.snapshot()
	s.mu.Unlock()
	for _, c := range channels {
		c.mu.Lock()
		c.mailbox.wake()
		c.mu.Unlock()
	}
}

// close ends the connection on the server's initiative.
func (s *Session) close(code int, reason error) {
	s.stop(reason)
	s.mu.Lock()
	t := s.transport
	if t == nil && s.code == 0 {
		s.code = code
	}
	s.mu.Unlock()
	if t != nil {
		t.Close(code, "")
	}
}

// attach gives the session its way back to the client, who may have been
// disconnected meanwhile.
func (s *Session) attach(t Transport) {
	s.mu.Lock()
	s.transport = t
	code := s.code
	s.mu.Unlock()
	if code != 0 {
		t.Close(code, "")
	}
}

// Closed tells the session that its connection has ended; the cause is the
// transport's. Its channels are told so behind what they have yet to handle.
// It must be the last call.
func (s *Session) Closed(cause error) {
	s.mu.Lock()
	if s.reason == nil {
		s.reason = closeReason(cause)
	}
	reason, channels, identity := s.reason, s.snapshot(), s.identity
	s.mu.Unlock()
	if identity != nil {
		identity.Unsubscribe()
	}
	for _, c := range channels {
		c.post(gone{reason})
	}
	s.died()
}

// Done returns a channel that is closed when the connection has ended and so
// have all its channels, Terminate included. A WebSocket has ended when it is
// closed, or cut, and not only to be.
func (s *Session) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.living == 0 {
			close(s.done)
		}
	}
	return s.done
}

// born counts a channel among those that Done waits for.
func (s *Session) born() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.living++
}

// died is what the connection, its WebSocket and every channel call at their end, once.
func (s *Session) died() {
	s.mu.Lock()
	s.living--
	last := s.living == 0
	if last && s.done != nil {
		close(s.done)
	}
	s.mu.Unlock()
	if last {
		s.endpoint.forget(s)
	}
}

// snapshot returns the channels; the caller holds the lock.
func (s *Session) snapshot() []*Socket {
	channels := make([]*Socket, 0, len(s.channels))
	for _, c := range s.channels {
		channels = append(channels, c)
	}
	return channels
}

// closeReason translates why a transport ended into what channels are told.
func closeReason(cause error) error {
	switch {
	case errors.Is(cause, websocket.ErrIdle):
		return ErrTimeout
	case errors.Is(cause, longpoll.ErrInactive):
		return ErrInactive
	case errors.Is(cause, websocket.ErrSlow), errors.Is(cause, longpoll.ErrSlow):
		return ErrSlow
	case errors.Is(cause, protocol.ErrMalformed):
		return ErrMalformed
	}
	return ErrClosed
}

// identified is a session as the subscriber of its connection's id.
type identified struct{ session *Session }

func (i identified) Deliver(m *pubsub.Message) error {
	if m.Event == eventDisconnect {
		// Elsewhere: this is called under the lock of the bus.
		go i.session.close(statusGoingAway, ErrDisconnected)
	}
	return nil
}

// eventDisconnect, broadcast to a connection's id, closes it with the code
// below (PROTOCOL.md §4.11).
const (
	eventDisconnect = "disconnect"
	statusGoingAway = 1001
)
