package longpoll

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// work is the goroutine at the handler. There is one at a time, and only while there is something to do. When the session
// has ended it tells the handler, and is the last.
func (s *Session) work() {
	for {
		p, over := s.nextPost()
		switch {
		case over:
			s.close()
			return
		case p == nil:
			return
		}
		s.answer(p)
	}
}

// answer has a POST handled and answers it. A handler that ends its goroutine, as runtime.Goexit and t.FailNow do, ends
// the session.
func (s *Session) answer(p *post) {
	answer, returned := statusTimeout, false
	defer func() {
		if !returned {
			s.end(errExited)
			go s.work()
		}
		s.release(p.held)
		p.done <- answer
	}()
	answer = s.dispatch(p)
	returned = true
}

var errExited = errors.New("longpoll: the handler ended its goroutine")

// nextPost takes the next POST. With none left, the goroutine's work is done. When the session has ended, over is true.
func (s *Session) nextPost() (p *post, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return nil, true
	}
	if len(s.posts) == 0 {
		s.posts = nil
		s.working = false
		return nil, false
	}
	p = s.posts[0]
	s.posts[0] = nil
	s.posts = s.posts[1:]
	return p, false
}

// close answers the POSTs that are left and tells the handler, and the observer, that the session has ended.
func (s *Session) close() {
	s.mu.Lock()
	posts := s.posts
	s.posts = nil
	cause := s.cause
	s.mu.Unlock()
	for _, p := range posts {
		p.done <- statusTimeout
	}
	options := &s.server.options
	if cause == ErrSlow {
		options.Logger.Warn("longpoll: session dropped", "error", cause, "limit", options.MaxQueuedBytes)
	}
	s.protect(func() { s.handler.Closed(cause) })
	if options.Observer != nil {
		s.mu.Lock()
		s.summary.Reason = Reason(cause)
		summary := s.summary
		s.mu.Unlock()
		s.protect(func() { options.Observer(summary) })
	}
	s.server.leavePlace()
}

// protect runs a function of the host's at the end of a session. A panic there must not end the program.
func (s *Session) protect(f func()) {
	defer func() {
		if v := recover(); v != nil {
			s.logPanic(v)
		}
	}()
	f()
}

// dispatch gives the handler the messages of p, one after another, and returns the answer to it.
func (s *Session) dispatch(p *post) status {
	if !p.batch {
		return s.message(p, p.body, false)
	}
	for line, rest := nextLine(p.body); len(line) > 0; line, rest = nextLine(rest) {
		data, binary, err := decodeLine(line, p.body)
		if err != nil {
			s.end(err)
			return statusTimeout
		}
		if answer := s.message(p, data, binary); answer != statusOK {
			return answer
		}
	}
	return statusOK
}

// message gives the handler one message of p. What it refuses ends the session (DESIGN.md D7).
func (s *Session) message(p *post, data []byte, binary bool) status {
	if !s.begin(p) {
		return statusTimeout
	}
	if err := s.call(data, binary); err != nil {
		s.end(err)
		return statusTimeout
	}
	return statusOK
}

var errNotUTF8 = &protocol.DecodeError{Reason: "a text message is not UTF-8"}

// begin notes that the next message of p is at the handler. It is false when the handler is to get no more of it.
func (s *Session) begin(p *post) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.atHandler {
		p.since = time.Now()
	}
	p.atHandler = true
	return !p.timedOut && s.cause == nil
}

// call is Handler.Message, with a panic made an error: net/http does the same for a handler on a request's goroutine. Text
// that is not UTF-8 does not get as far, as with WebSocket.
func (s *Session) call(data []byte, binary bool) (err error) {
	if !binary && !utf8.Valid(data) {
		return errNotUTF8
	}
	defer func() {
		if v := recover(); v != nil {
			s.logPanic(v)
			err = fmt.Errorf("longpoll: handler panicked: %v", v)
		}
	}()
	return s.handler.Message(data, binary)
}

func (s *Session) logPanic(v any) {
	s.server.options.Logger.Error("longpoll: handler panicked", "panic", v, "stack", string(debug.Stack()))
}
