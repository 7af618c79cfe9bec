package conformance

import (
	"errors"
	"time"
)

// expectClose is the step "expect_close": the server's close frame is next.
type expectClose struct {
	Close closeFrame `json:"close"`
	MS    int        `json:"ms,omitempty"`
}

func (a *expectClose) check() error { return nil }

func (a *expectClose) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	deadline := r.deadline()
	if a.MS != 0 {
		deadline = time.Now().Add(time.Duration(a.MS)*time.Millisecond + r.options.Slack)
	}
	tolerate := r.options.Tolerate
	tolerate.CloseAnswers = false // this close is the server's own
	return r.awaitClose(c, deadline, a.Close, tolerate)
}

// awaitClose compares how the connection ends.
func (r *replay) awaitClose(c *client, deadline time.Time, want closeFrame, tolerate Tolerance) error {
	e, err := c.nextMessage(r.ctx, deadline)
	switch {
	case errors.Is(err, errSilent):
		return &mismatch{"the connection did not end in time", want.String(), ""}
	case err != nil:
		return err
	case e.end == nil:
		return &mismatch{"something else came", want.String(), e.String()}
	case e.end.Code == codeAbnormal && want.Code != codeAbnormal:
		if tolerate.NoCloseFrame {
			return nil
		}
	case tolerate.CloseAnswers || e.end.Code == want.Code && (tolerate.CloseReasons || e.end.Reason == want.Reason):
		return nil
	}
	return &mismatch{"the connection ended in another way", want.String(), e.String()}
}

// closing is the step "close": the client closes.
type closing struct {
	// Code is what the close frame says; 1005 sends one without a code, and 0
	// cuts the TCP connection instead.
	Code  int         `json:"code"`
	Reply *closeFrame `json:"reply,omitempty"`
}

func (a *closing) check() error {
	if (a.Code == 0) != (a.Reply == nil) {
		return errors.New("a close frame has a reply, a cut has none")
	}
	return nil
}

func (a *closing) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	if a.Code == 0 {
		r.note(s.Conn, "a cut of the TCP connection")
		c.close()
		delete(r.clients, s.Conn)
		return nil
	}
	sent := closeFrame{Code: a.Code}
	r.note(s.Conn, "%s", sent)
	c.sendClose(sent)
	return r.awaitClose(c, r.deadline(), *a.Reply, r.options.Tolerate)
}
