package longpoll

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// A post is the body of one POST on its way through the handler.
type post struct {
	body  []byte
	held  int64       // what it counts in Session.bodies
	batch bool        // a message a line
	done  chan status // the answer; has room for it

	// Guarded by the session's mutex.
	since     time.Time // when its present message began to wait: the POST came, or the message before was done
	atHandler bool      // its turn has come
	timedOut  bool      // it was answered: the lines that are left are dropped
}

// publish answers a POST.
func (s *Session) publish(w http.ResponseWriter, r *http.Request) {
	body, held, err := s.readBody(w, r)
	switch {
	case errors.Is(err, errBusy):
		s.server.answer(w, statusTimeout)
		return
	case errors.Is(err, errGone):
		s.server.answer(w, statusGone)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p := &post{body: body, held: held, batch: isBatch(r.Header.Get("Content-Type")), done: make(chan status, 1)}
	if !s.enqueue(p) {
		s.release(held)
		s.server.answer(w, statusGone)
		return
	}
	s.server.answer(w, s.await(p))
}

// enqueue gives p its turn at the handler after the POSTs before it. It is false if the session has ended.
func (s *Session) enqueue(p *post) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		return false
	}
	p.since = time.Now()
	s.posts = append(s.posts, p)
	s.summary.Received += int64(len(p.body))
	if !s.working {
		s.working = true
		go s.work()
	}
	return true
}

// await returns the answer to p: 408 when one of its messages has waited for PublishTimeout. The time starts anew with
// each message (PROTOCOL.md §5.4). A client that goes away meanwhile does not matter: what was received is handled.
func (s *Session) await(p *post) status {
	limit := s.server.options.PublishTimeout
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case answer := <-p.done:
			return answer
		case <-timer.C:
			left := s.timeLeft(p, limit)
			if left <= 0 {
				return statusTimeout
			}
			timer.Reset(left)
		}
	}
}

// timeLeft returns how long p's present message may still wait. When the time is up, p's turn is over: what the handler
// has not begun is dropped.
func (s *Session) timeLeft(p *post, limit time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := limit - time.Since(p.since)
	if left > 0 {
		return left
	}
	p.timedOut = true
	if i := slices.Index(s.posts, p); i >= 0 {
		s.posts = slices.Delete(s.posts, i, i+1)
		s.bodies -= p.held
	}
	return 0
}
