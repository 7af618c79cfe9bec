package longpoll

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

var (
	errBusy = errors.New("longpoll: the session's bodies take too much memory")
	errGone = errors.New("longpoll: the session has ended")
)

// firstRead is what is allocated for a body before any of it has come. The rest grows with what comes: a client that
// announces much and sends nothing costs nothing.
const firstRead = 16 << 10

// readBody reads the body of a POST. held is what it counts in Session.bodies: the caller gives it back (release). Other
// errors than errBusy and errGone are HTTP 400.
func (s *Session) readBody(w http.ResponseWriter, r *http.Request) (body []byte, held int64, err error) {
	limit := s.server.options.MaxBody
	if r.ContentLength > limit {
		return nil, 0, tooLarge(limit)
	}
	defer func() {
		if err != nil {
			s.release(held)
		}
	}()
	whole := limit + 1 // of unknown length: room to see that there is too much
	if r.ContentLength >= 0 {
		whole = r.ContentLength
	}
	control := http.NewResponseController(w)
	for int64(len(body)) < whole {
		if len(body) == cap(body) {
			room := min(max(2*int64(cap(body)), firstRead), whole)
			if !s.hold(room - held) {
				return nil, held, errBusy
			}
			held = room
			body = append(make([]byte, 0, room), body...)
		}
		if s.hasEnded() {
			return nil, held, errGone
		}
		// Where it can be set. At the end of the body net/http takes it back.
		control.SetReadDeadline(time.Now().Add(s.server.options.StallTimeout))
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, held, fmt.Errorf("the body of the request could not be read: %w", err)
		}
	}
	switch {
	case int64(len(body)) > limit:
		return nil, held, tooLarge(limit)
	case int64(len(body)) < r.ContentLength:
		return nil, held, fmt.Errorf("the body of the request could not be read: %w", io.ErrUnexpectedEOF)
	}
	return body, held, nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("the body of the request is too large: at most %d bytes are taken", limit)
}

// hold counts n more bytes of memory for bodies. It is false, and nothing is counted, if that would be too much.
func (s *Session) hold(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies+n > 2*s.server.options.MaxBody {
		return false
	}
	s.bodies += n
	return true
}

// release gives back what hold has counted.
func (s *Session) release(n int64) {
	s.mu.Lock()
	s.bodies -= n
	s.mu.Unlock()
}

func (s *Session) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}
