package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// httpStart is the step "http_start": a request whose answer "http_finish" takes.
type httpStart struct {
	requestFields
	ID string `json:"id"`
}

// A startedRequest is a request under way.
type startedRequest struct {
	done   chan struct{} // closed when answer or err is there
	answer *response
	err    error
}

// arrival is how long the steps after an http_start wait, so that the request
// has reached the server and waits there. The recorder waited as well: a poll
// that is woken at once took at least 50 ms.
const arrival = 100 * time.Millisecond

func (a *httpStart) check() error {
	if a.ID == "" {
		return errors.New("a started request has an id")
	}
	return a.requestFields.check()
}

func (a *httpStart) run(r *replay, s *Step) error {
	q, err := r.request(a.requestFields)
	if err != nil {
		return err
	}
	r.note(s.Conn, "%s %s %s", q.method, q.path, q.body)
	started := &startedRequest{done: make(chan struct{})}
	r.started[a.ID] = started
	begun := time.Now() // as arrival does: on a busy machine the first byte may leave much later
	go func() {
		defer close(started.done)
		if started.answer, started.err = r.target.exchange(r.ctx, q); started.err == nil {
			started.answer.elapsed = time.Since(begun)
		}
	}()
	return r.pause(arrival)
}

// httpFinish is the step "http_finish".
type httpFinish struct {
	ID     string           `json:"id"`
	Expect expectedResponse `json:"expect"`
}

func (a *httpFinish) check() error { return a.Expect.check() }

func (a *httpFinish) run(r *replay, s *Step) error {
	started := r.started[a.ID]
	timer := time.NewTimer(r.options.Timeout)
	defer timer.Stop()
	select {
	case <-started.done:
	case <-timer.C:
		return fmt.Errorf("no answer came within %v", r.options.Timeout)
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	if started.err != nil {
		return started.err
	}
	return a.Expect.compare(r, s.Conn, started.answer)
}
