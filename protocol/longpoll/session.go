package longpoll

import (
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A Session is one client's connection: what WebSocket clients have in one TCP connection, in any number of requests.
// Its methods may be called by any goroutine and never block.
type Session struct {
	server  *Server
	id      sessionID
	handler Handler       // set by start
	ended   chan struct{} // closed with cause set

	mu         sync.Mutex
	cause      error       // why the session has ended; nil: it lives
	restart    bool        // it was closed because the server goes away
	inactivity *time.Timer // set by start

	queue    outbox
	current  *poll     // the GET that gets the next messages, if one is waiting
	lastPoll time.Time // when the last GET came, or the last messages were taken over by the client
	writing  int       // answers with messages that are being written

	working bool    // a goroutine is at the handler, or connect has not returned yet
	posts   []*post // whose turn has not come yet, in order of arrival
	bodies  int64   // bytes of memory that bodies of POSTs take

	summary Summary
}

func newSession(server *Server) *Session {
	return &Session{server: server, id: newSessionID(), ended: make(chan struct{}), working: true}
}

// start gives the session its handler, when connect has agreed. It may have been closed before.
func (s *Session) start(h Handler) {
	s.mu.Lock()
	s.handler = h
	s.lastPoll = time.Now()
	over := s.cause != nil
	if !over {
		s.working = false
		period := s.server.options.inactivity()
		s.inactivity = time.AfterFunc(period, s.checkInactivity)
	}
	s.mu.Unlock()
	if over {
		s.server.forget(s.id) // it was entered after it had ended
		go s.work()
	}
}

// discard ends a session that was refused: there is no handler to be told.
func (s *Session) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = outbox{}
	if s.cause == nil {
		s.cause = ErrClosed
		close(s.ended)
	}
}

// Send queues a message for the client's next poll, or wakes the one that waits. It never blocks and never fails: a
// session whose queue is full ends with ErrSlow, and one that has ended drops the message. A frame that is zero is nothing.
func (s *Session) Send(f protocol.Frame) {
	if f.IsZero() {
		return
	}
	s.mu.Lock()
	if s.cause != nil {
		s.mu.Unlock()
		return
	}
	s.queue.add(f)
	if s.queue.excess() > s.server.options.MaxQueuedBytes {
		s.mu.Unlock()
		s.end(ErrSlow)
		return
	}
	if s.current != nil {
		s.current.wake()
	}
	s.mu.Unlock()
}

// Close ends the session. A GET that waits is answered at once, with what is queued; later requests are told 410. It has
// the signature of websocket's Close; here neither code nor reason reaches the client, but for one: with 1012, the server
// goes away, a GET for which nothing is queued is told 500. phoenix.js connects anew then and joins its channels
// again, as over a WebSocket. Of 204 and then 410 only 1.8.2 and later make that; older ones take the next server's session
// for their own and wait for ever for channels that it knows nothing of (PROTOCOL.md §7.3). It returns before the
// handler's Closed is called.
func (s *Session) Close(code int, reason string) {
	if code == closeRestart {
		s.mu.Lock()
		s.restart = s.restart || s.cause == nil
		s.mu.Unlock()
	}
	s.end(ErrClosed)
}

// closeRestart is WebSocket's close code of a server that restarts (RFC 6455's registry; PROTOCOL.md §1.9).
const closeRestart = 1012

// end ends the session, the first time it is called. The handler is told when it has done with the message it is at.
func (s *Session) end(cause error) {
	s.mu.Lock()
	if s.cause != nil {
		s.mu.Unlock()
		return
	}
	s.cause = cause
	close(s.ended)
	if s.current == nil {
		s.queue = outbox{}
	}
	if s.inactivity != nil {
		s.inactivity.Stop()
	}
	idle := !s.working
	s.working = true
	s.mu.Unlock()

	s.server.forget(s.id)
	if idle {
		go s.work()
	}
}

// checkInactivity ends the session if it was not polled, and otherwise looks again one period later (PROTOCOL.md §5.5).
// An answer on its way counts as a poll: a client that takes a minute to download one could not poll meanwhile.
func (s *Session) checkInactivity() {
	period := s.server.options.inactivity()
	s.mu.Lock()
	inactive := s.writing == 0 && time.Since(s.lastPoll) >= period
	if !inactive && s.cause == nil {
		s.inactivity.Reset(period)
	}
	s.mu.Unlock()
	if inactive {
		s.end(ErrInactive)
	}
}

// An outbox is what waits for the next poll.
type outbox struct {
	frames  []protocol.Frame
	size    int // of all frames
	largest int // the size of the largest
}

// frameCost is what a frame takes besides its bytes: its place in the queue and in the allocator.
const frameCost = 64

func (o *outbox) add(f protocol.Frame) {
	size := len(f.Bytes()) + frameCost
	o.frames = append(o.frames, f)
	o.size += size
	o.largest = max(o.largest, size)
}

// excess is what counts against the limit: all but the largest frame. That one is let pass whatever its size is, before or
// behind others, or a page that is larger than the limit could not be delivered at all.
func (o *outbox) excess() int { return o.size - o.largest }

// take empties the outbox.
func (o *outbox) take() []protocol.Frame {
	frames := o.frames
	*o = outbox{}
	return frames
}
