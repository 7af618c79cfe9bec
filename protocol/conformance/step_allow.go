package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// allow is the step "allow": for some time frames of a list may come, once each.
type allow struct {
	Frames []expectedFrame `json:"frames"`
	MS     int             `json:"ms"`
}

func (a *allow) check() error { return checkFrames(a.Frames) }

func (a *allow) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	var came []*message
	for deadline := time.Now().Add(time.Duration(a.MS) * time.Millisecond); ; {
		e, err := c.nextOfAny(r.ctx, deadline)
		if errors.Is(err, errSilent) {
			return nil
		}
		if err != nil {
			return err
		}
		allowed := &mismatch{"", "nothing but, perhaps,\n            " + showFrames(a.Frames), e.String()}
		if e.message == nil {
			allowed.problem = "only frames of the list may come"
			return allowed
		}
		came = append(came, e.message)
		search := &frameSearch{matcher: r.matcher(s.Conn), optional: a.Frames}
		bound, _, ok := search.assign(came, r.bound)
		if !ok {
			allowed.problem = cmp.Or(search.mismatch, "it came twice")
			return allowed
		}
		r.bound = bound
	}
}

// expectNothing is the step "expect_nothing".
type expectNothing struct {
	MS int `json:"ms"`
}

func (a *expectNothing) check() error { return nil }

func (a *expectNothing) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	e, err := c.nextOfAny(r.ctx, time.Now().Add(time.Duration(a.MS)*time.Millisecond))
	if errors.Is(err, errSilent) {
		return nil
	}
	if err != nil {
		return err
	}
	return &mismatch{"something came", fmt.Sprintf("nothing for %d ms", a.MS), e.String()}
}
