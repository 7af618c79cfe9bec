package conformance

import (
	"errors"
	"fmt"
)

// expectPong is the step "expect_pong".
type expectPong struct {
	Pong string `json:"pong"`
}

func (a *expectPong) check() error { return nil }

func (a *expectPong) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	want := event{pong: &a.Pong}.String()
	e, err := c.nextPong(r.ctx, r.deadline())
	switch {
	case errors.Is(err, errSilent):
		return &mismatch{fmt.Sprintf("no pong came for %v", r.options.Timeout), want, ""}
	case err != nil:
		return err
	case e.pong == nil || *e.pong != a.Pong:
		return &mismatch{"it is not that pong", want, e.String()}
	}
	return nil
}
