package longpoll

import (
	"context"
	"net/http"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A poll is a GET that waits for messages. Of several only the latest is the session's current one; the others wait out
// their window and answer 204 (PROTOCOL.md §5.3): answering them at once would have two clients with one token chase each
// other.
type poll struct {
	messages chan struct{} // holds one wake-up
}

// wake tells the poll that there are messages. The session's lock is held.
func (p *poll) wake() {
	select {
	case p.messages <- struct{}{}:
	default: // told already
	}
}

// poll answers a GET. It is false, and nothing was written, if the session has ended.
func (s *Session) poll(w http.ResponseWriter, r *http.Request, token string) bool {
	s.mu.Lock()
	if s.cause != nil {
		s.mu.Unlock()
		return false
	}
	s.lastPoll = time.Now()
	s.current = nil // a GET that waits is superseded, also when there is something for this one
	frames := s.takeQueue()
	if frames != nil {
		s.mu.Unlock()
		s.deliver(w, token, frames)
		return true
	}
	p := &poll{messages: make(chan struct{}, 1)}
	s.current = p
	s.mu.Unlock()

	frames, answer := s.wait(r.Context(), p)
	switch {
	case !answer:
	case frames == nil && s.restarts():
		s.server.answer(w, statusRestart)
	case frames == nil:
		s.server.answerMessages(w, codeNothing, token, nil)
	default:
		s.deliver(w, token, frames)
	}
	return true
}

// restarts reports whether the session was closed because the server goes away.
func (s *Session) restarts() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.restart
}

// wait returns the messages that come for p while it waits, if any. answer is false if the client has gone.
func (s *Session) wait(ctx context.Context, p *poll) (frames []protocol.Frame, answer bool) {
	window := time.NewTimer(s.server.options.Window)
	defer window.Stop()
	for {
		select {
		case <-p.messages:
			if ctx.Err() != nil {
				continue // the messages are not to be lost with the client's connection
			}
			if frames, ok := s.finish(p); ok {
				return frames, true
			}
			// Superseded after it was woken: the messages are another GET's.
		case <-window.C:
			frames, _ := s.finish(p)
			return frames, true
		case <-s.ended:
			frames, _ := s.finish(p)
			return frames, true
		case <-ctx.Done():
			s.abandon(p)
			return nil, false
		}
	}
}

// finish ends the wait of p and takes what is queued for it. It is false if p is not the current poll: then nothing is.
func (s *Session) finish(p *poll) ([]protocol.Frame, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != p {
		return nil, false
	}
	s.current = nil
	return s.takeQueue(), true
}

// abandon ends the wait of p without taking anything: what is queued is the next poll's.
func (s *Session) abandon(p *poll) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == p {
		s.current = nil
	}
}

// takeQueue takes the messages that are queued, for deliver; nil if there are none. The session's lock is held.
func (s *Session) takeQueue() []protocol.Frame {
	frames := s.queue.take()
	if frames != nil {
		s.writing++
	}
	for _, f := range frames {
		s.summary.Sent += int64(len(f.Bytes()))
	}
	return frames
}

// deliver answers with the messages.
func (s *Session) deliver(w http.ResponseWriter, token string, frames []protocol.Frame) {
	s.server.answerMessages(w, codeMessages, token, frames)
	s.mu.Lock()
	s.writing--
	s.lastPoll = time.Now()
	s.mu.Unlock()
}
