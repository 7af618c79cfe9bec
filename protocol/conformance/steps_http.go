package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// requestFields are a request in a transcript.
type requestFields struct {
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Query     *string           `json:"query,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      *text             `json:"body,omitempty"`
	BodyParts []textPart        `json:"body_parts,omitempty"`
}

func (f *requestFields) check() error {
	if f.Method == "" || !strings.HasPrefix(f.Path, "/") {
		return errors.New("a request has a method and a path that begins with /")
	}
	if f.Body != nil && f.BodyParts != nil {
		return errors.New("a request has a body or body_parts, not both")
	}
	return checkParts(f.BodyParts)
}

// request fills in what ${…} stands for.
func (r *replay) request(f requestFields) (q request, err error) {
	q.method = f.Method
	if q.path, err = r.expandURL(f.Path); err != nil {
		return q, err
	}
	if f.Query != nil {
		query, err := r.expandURL(*f.Query)
		if err != nil {
			return q, err
		}
		q.path += "?" + query
	}
	if q.headers, err = r.headers(f.Headers); err != nil {
		return q, err
	}
	switch {
	case f.Body != nil:
		body, err := r.expand(f.Body.template)
		q.body = []byte(body)
		return q, err
	case f.BodyParts != nil:
		body, err := r.join(f.BodyParts)
		q.body = []byte(body)
		return q, err
	}
	return q, nil
}

func (r *replay) headers(written map[string]string) (map[string]string, error) {
	headers := make(map[string]string, len(written))
	for name, v := range written {
		t, err := parseTemplate(v)
		if err != nil {
			return nil, err
		}
		if headers[name], err = r.expand(t); err != nil {
			return nil, err
		}
	}
	return headers, nil
}

func (r *replay) exchange(s *Step, f requestFields) (*response, error) {
	q, err := r.request(f)
	if err != nil {
		return nil, err
	}
	r.note(s.Conn, "%s %s %s", q.method, q.path, q.body)
	ctx, cancel := r.withTimeout()
	defer cancel()
	return r.target.exchange(ctx, q)
}

// An expectedResponse is what an answer must be.
type expectedResponse struct {
	Status int `json:"status"`
	// Headers names headers with their values; an empty value means that the
	// header must not be there.
	Headers map[string]string `json:"headers,omitempty"`
	// JSON or Text is the body. Neither is compared if IgnoreBody is set.
	JSON       jsonPattern `json:"json,omitzero"`
	Text       *text       `json:"text,omitempty"`
	IgnoreBody bool        `json:"ignore_body,omitempty"`
	// ElapsedMS bounds the time until the answer is there.
	ElapsedMS *elapsedBounds `json:"elapsed_ms,omitempty"`
	// Raw is for people.
	Raw jsontext.Value `json:"raw,omitempty"`
}

type elapsedBounds struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

func (e *expectedResponse) check() error {
	if e.Status == 0 {
		return errors.New("an expected answer has a status")
	}
	if e.JSON.pattern != nil && e.Text != nil {
		return errors.New("an expected body is json or text, not both")
	}
	return nil
}

// compare compares an answer to a request of a connection.
func (e *expectedResponse) compare(r *replay, conn string, got *response) error {
	if got.status != e.Status {
		return e.mismatch(got, fmt.Sprintf("the status is not %d", e.Status))
	}
	for _, name := range sortedKeys(e.Headers) {
		if value := strings.Join(got.header.Values(name), ", "); value != e.Headers[name] {
			return e.mismatch(got, fmt.Sprintf("the header %s is %q, not %q", name, value, e.Headers[name]))
		}
	}
	if err := e.compareBody(r, conn, got); err != nil {
		return err
	}
	return e.compareElapsed(r.options, got)
}

func (e *expectedResponse) compareBody(r *replay, conn string, got *response) error {
	switch {
	case e.IgnoreBody:
		return nil
	case e.JSON.pattern != nil:
		m := r.matcher(conn)
		body, err := decodeValue(got.body)
		if err != nil {
			return e.mismatch(got, fmt.Sprintf("the body is not JSON: %v", err))
		}
		if !e.JSON.match(&m, nil, body, r.bound, func(b *bindings) bool { r.bound = b; return true }) {
			return e.mismatch(got, m.mismatch)
		}
	case e.Text != nil:
		want, err := r.expand(e.Text.template)
		if err != nil {
			return err
		}
		if string(got.body) != want {
			return e.mismatch(got, fmt.Sprintf("the body is not %q", want))
		}
	}
	return nil
}

func (e *expectedResponse) compareElapsed(o Options, got *response) error {
	if e.ElapsedMS == nil {
		return nil
	}
	least := time.Duration(e.ElapsedMS.Min) * time.Millisecond
	most := time.Duration(e.ElapsedMS.Max)*time.Millisecond + o.Slack
	switch {
	case got.elapsed < least && !o.Tolerate.QuickAnswers:
		return e.mismatch(got, fmt.Sprintf("the answer came sooner than after %v", least))
	case got.elapsed > most:
		return e.mismatch(got, fmt.Sprintf("the answer came later than after %v", most))
	}
	return nil
}

func (e *expectedResponse) mismatch(got *response, problem string) *mismatch {
	want := fmt.Sprintf("status %d", e.Status)
	switch {
	case e.JSON.pattern != nil:
		want += " with the body " + shorten(e.JSON.written)
	case e.Text != nil:
		want += fmt.Sprintf(" with the body %q", shorten(e.Text.written))
	}
	return &mismatch{problem, want, got.String()}
}

// httpExchange is the step "http".
type httpExchange struct {
	requestFields
	Expect expectedResponse `json:"expect"`
}

func (a *httpExchange) check() error {
	return errors.Join(a.requestFields.check(), a.Expect.check())
}

func (a *httpExchange) run(r *replay, s *Step) error {
	answer, err := r.exchange(s, a.requestFields)
	if err != nil {
		return err
	}
	return a.Expect.compare(r, s.Conn, answer)
}

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
	go func() {
		defer close(started.done)
		started.answer, started.err = r.target.exchange(r.ctx, q)
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

// collect is the step "collect": long polls until enough messages have come.
type collect struct {
	requestFields
	expect
}

func (a *collect) check() error {
	return errors.Join(a.requestFields.check(), a.expect.check())
}

func (a *collect) run(r *replay, s *Step) error {
	var came []*message
	for deadline := r.deadline(); len(came) < len(a.Frames); {
		if time.Now().After(deadline) {
			return a.expect.mismatch(came, fmt.Sprintf("only %d of %d messages came within %v", len(came), len(a.Frames), r.options.Timeout))
		}
		answer, err := r.exchange(s, a.requestFields)
		if err != nil {
			return err
		}
		messages, err := r.polled(s.Conn, answer)
		if err != nil {
			return err
		}
		came = append(came, messages...)
	}
	search := a.search(r, s.Conn)
	bound, complete, _ := search.assign(came, r.bound)
	if !complete {
		return a.differ(r, s.Conn, came)
	}
	r.bound = bound
	return nil
}

// polled takes the messages out of the answer to a poll.
func (r *replay) polled(conn string, answer *response) ([]*message, error) {
	if answer.status != http.StatusOK {
		return nil, &mismatch{"a poll failed", "status 200", answer.String()}
	}
	body, err := decodeValue(answer.body)
	if err != nil {
		return nil, &mismatch{fmt.Sprintf("the answer to a poll is not JSON: %v", err), "", answer.String()}
	}
	m := r.matcher(conn)
	if !pollAnswer.match(&m, nil, body, r.bound, func(*bindings) bool { return true }) {
		return nil, &mismatch{m.mismatch, "the answer to a poll: status 200 with messages or 204 without, and the connection's token", answer.String()}
	}
	var messages []*message
	for i, v := range body.(map[string]value)["messages"].([]value) {
		s, ok := v.(string)
		if !ok {
			return nil, &mismatch{fmt.Sprintf("message %d of a poll is no string", i+1), "", answer.String()}
		}
		messages = append(messages, newMessage([]byte(s), false))
	}
	if status := body.(map[string]value)["status"].(number).text; (len(messages) > 0) != (status == "200") {
		return nil, &mismatch{fmt.Sprintf("a poll answers the status %s with %d messages", status, len(messages)), "", answer.String()}
	}
	return messages, nil
}

// pollAnswer is the answer to a poll that did not end the session.
var pollAnswer = objectPattern{
	"status":   oneOfPattern{scalarPattern{newNumber("200")}, scalarPattern{newNumber("204")}},
	"token":    tokenPattern{},
	"messages": anyPattern("array"),
}
