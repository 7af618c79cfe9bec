package conformance

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

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
