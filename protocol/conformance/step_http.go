package conformance

import (
	"errors"
)

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
