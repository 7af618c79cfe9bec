package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// expect is the step "expect": the next frames, all of them.
type expect struct {
	Order  string          `json:"order"`
	Frames []expectedFrame `json:"frames"`
	// MayAlsoCome are frames that may come in between, once each.
	MayAlsoCome []expectedFrame `json:"may_also_come,omitempty"`
}

func (a *expect) check() error {
	if a.Order != "strict" && a.Order != "any" {
		return fmt.Errorf("no such order: %q", a.Order)
	}
	return checkFrames(a.Frames, a.MayAlsoCome)
}

func (a *expect) search(r *replay, conn string) *frameSearch {
	return &frameSearch{
		matcher:  r.matcher(conn),
		expected: a.Frames,
		optional: a.MayAlsoCome,
		ordered:  a.Order == "strict",
	}
}

func (a *expect) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	var came []*message
	for deadline := r.deadline(); ; {
		bound, complete, ok := a.search(r, s.Conn).assign(came, r.bound)
		if complete {
			r.bound = bound
			return nil
		}
		if !ok {
			return a.differ(r, s.Conn, came)
		}
		e, err := c.nextMessage(r.ctx, deadline)
		switch {
		case errors.Is(err, errSilent):
			return a.mismatch(came, fmt.Sprintf("%d of %d frames came, and then nothing for %v", len(came), len(a.Frames), r.options.Timeout))
		case err != nil:
			return err
		case e.end != nil:
			return a.mismatch(came, fmt.Sprintf("%d of %d frames came, and then %s", len(came), len(a.Frames), e))
		}
		came = append(came, e.message)
	}
}

func (a *expect) mismatch(came []*message, problem string) *mismatch {
	return &mismatch{problem, showFrames(a.Frames), showFrames(came)}
}

// differ says why the last of the messages cannot be one of the frames.
func (a *expect) differ(r *replay, conn string, came []*message) error {
	search := a.search(r, conn)
	search.assign(came, r.bound)
	return a.mismatch(came, fmt.Sprintf("frame %d: %s", len(came), cmp.Or(search.mismatch, "it is one too many")))
}

// showFrames lists frames, a line each if there are several.
func showFrames[F fmt.Stringer](frames []F) string {
	lines := make([]string, len(frames))
	for i, f := range frames {
		lines[i] = f.String()
	}
	if len(lines) == 0 {
		return "nothing"
	}
	return strings.Join(lines, "\n            ")
}
