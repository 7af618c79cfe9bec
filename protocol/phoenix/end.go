package phoenix

import (
	"errors"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// end ends a channel, once, on the goroutine that runs its callbacks. What the
// client sees, and in which order, is PROTOCOL.md §4.7's table.
func (s *Socket) end(cause error) {
	if !s.beginEnd() {
		return
	}
	// What comes behind Terminate is deferred: it must happen also when that
	// ends its goroutine.
	defer s.finish()
	var left *gone
	reason, stopped := stopReason(cause)
	switch {
	case errors.As(cause, &left):
		defer s.session.part(s, protocol.Message{})
		defer s.unsubscribe()
		s.terminate(left.reason)
	case stopped && (graceful(reason) || errors.Is(reason, ErrLeft)):
		s.session.part(s, s.closeMessage())
		defer s.unsubscribe()
		s.terminate(reason)
	default:
		if !stopped {
			reason = crash(cause)
		}
		s.session.endpoint.logCrash(s.topic, reason)
		defer s.session.part(s, s.errorMessage())
		defer s.unsubscribe()
		s.terminate(reason)
	}
}

// beginEnd reports whether the channel has yet to end, and sees to it that
// nobody is told so again. An abandoned channel ends without a word.
func (s *Socket) beginEnd() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends {
		return false
	}
	s.ends = true
	s.phase = max(s.phase, ending)
	s.mailbox.clear()
	return true
}

// finish is the last step of an end.
func (s *Socket) finish() {
	s.mu.Lock()
	if s.phase != muted {
		s.held = nil // of a join that failed; what a replaced channel said is displace's
	}
	s.phase = ended
	s.mailbox.clear()
	s.mailbox.rest()
	if s.finished != nil {
		close(s.finished)
		s.finished = nil
	}
	atEnd := s.atEnd
	s.atEnd = nil
	s.mu.Unlock()
	s.unsubscribe() // what Subscribe was in time for, but came behind the end's own unsubscribe
	s.session.parted(s)
	for _, f := range atEnd {
		f()
	}
	s.session.died()
}

// AtEnd has f called when the channel has ended, however it does, behind its
// Terminate and its last frame: for what keeps account of channels, as Phoenix
// processes monitor each other. If the channel has ended already, f is called
// at once. It may be called on any goroutine and must not block.
func (s *Socket) AtEnd(f func()) {
	s.mu.Lock()
	if s.phase < ended {
		s.atEnd = append(s.atEnd, f)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	f()
}

// terminate calls the channel's last callback, if it has one.
func (s *Socket) terminate(reason error) {
	t, ok := s.channel.(Terminator)
	if !ok {
		return
	}
	s.current = protocol.Null // that of a message whose handler failed
	err := protect(func() error { t.Terminate(s, reason); return nil })
	if err != nil {
		s.session.endpoint.logCrash(s.topic, err)
	}
}

// unsubscribe takes the channel off its own topic and all others.
func (s *Socket) unsubscribe() {
	s.mu.Lock()
	own, others := s.subscription, s.subscriptions
	s.subscription, s.subscriptions = nil, nil
	s.mu.Unlock()
	if own != nil {
		own.Unsubscribe()
	}
	for _, subs := range others {
		for _, sub := range subs {
			sub.Unsubscribe()
		}
	}
}

func (s *Socket) closeMessage() protocol.Message {
	return protocol.Message{JoinRef: s.storedRef, Ref: s.storedRef, Topic: s.topic, Event: protocol.EventClose}
}

func (s *Socket) errorMessage() protocol.Message {
	return protocol.Message{
		JoinRef: s.storedRef, Ref: s.storedRef, Topic: s.topic, Event: protocol.EventError,
		Payload: protocol.JSON([]byte(`{"reason":"channel_crash"}`)),
	}
}

// trapExitTimeout is how long a duplicate join waits for the channel that it
// replaces, as in Phoenix (PROTOCOL.md §4.5).
const trapExitTimeout = 5 * time.Second

// displace ends a channel in favour of a new join of its topic and returns what
// it had still to say, which goes out behind the new join's reply.
//
// A goroutine cannot be killed as a BEAM process can: a callback that is
// running goes on, but what it says is discarded.
func (s *Socket) displace() []protocol.Frame {
	trapper, ok := s.channel.(ExitTrapper)
	trapped := ok && traps(trapper)
	if trapped {
		s.awaitEnd(ErrDuplicateJoin, trapExitTimeout)
	}
	s.mu.Lock()
	s.stray()
	s.phase = ended
	held := s.held
	s.held = nil
	abandoned := !trapped && !s.ends
	if abandoned {
		s.ends = true
		s.mailbox.clear()
	}
	s.mu.Unlock()
	s.unsubscribe()
	if abandoned {
		s.finish()
	}
	return held
}

// awaitEnd has the channel terminate with the reason ahead of all that waits in
// its mailbox, its words held back from now on.
func (s *Socket) awaitEnd(reason error, timeout time.Duration) {
	s.mu.Lock()
	if s.phase == ended {
		s.mu.Unlock()
		return
	}
	if s.phase < ending {
		s.mailbox.clear()
		s.queue(gone{reason})
	}
	s.phase = muted
	s.mu.Unlock()
	if !s.awaitFinish(timeout) {
		s.session.endpoint.log.Warn("a channel that a duplicate join replaces is still busy and was abandoned", "topic", s.session.endpoint.topic(s.topic), "after", timeout)
	}
}

// awaitFinish waits until the channel has ended, and reports whether it has in
// time.
func (s *Socket) awaitFinish(timeout time.Duration) bool {
	s.mu.Lock()
	if s.phase == ended {
		s.mu.Unlock()
		return true
	}
	if s.finished == nil {
		s.finished = make(chan struct{})
	}
	finished := s.finished
	s.mu.Unlock()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-finished:
		return true
	case <-timer.C:
		return false
	}
}

func traps(t ExitTrapper) (yes bool) {
	_ = protect(func() error { yes = t.TrapExit(); return nil })
	return yes
}
