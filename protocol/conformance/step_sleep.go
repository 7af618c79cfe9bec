package conformance

import (
	"time"
)

// sleep is the step "sleep".
type sleep struct {
	MS int `json:"ms"`
}

func (a *sleep) check() error { return nil }

func (a *sleep) run(r *replay, _ *Step) error {
	return r.pause(time.Duration(a.MS) * time.Millisecond)
}
