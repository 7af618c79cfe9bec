package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// open is the step "open": a WebSocket upgrade.
type open struct {
	Expect expectedResponse `json:"expect"`
}

func (a *open) check() error { return a.Expect.check() }

func (a *open) run(r *replay, s *Step) error {
	connection := r.transcript.Connections[s.Conn]
	headers, err := r.connectionHeaders(connection)
	if err != nil {
		return err
	}
	q, err := r.request(requestFields{Method: http.MethodGet, Path: connection.Path, Query: connection.Query})
	if err != nil {
		return err
	}
	q.headers = headers
	r.note(s.Conn, "%s %s with %d headers", q.method, q.path, len(headers))
	ctx, cancel := r.withTimeout()
	defer cancel()
	answer, conn, reader, err := r.target.send(ctx, q)
	if err != nil {
		return err
	}
	if answer.status == http.StatusSwitchingProtocols {
		r.clients[s.Conn] = newClient(r.ctx, conn, reader)
	}
	if err := a.Expect.compare(r, s.Conn, answer); err != nil {
		return err
	}
	if answer.status == http.StatusSwitchingProtocols {
		return answer.checkUpgrade(headers)
	}
	return nil
}

// connectionHeaders are all headers of a connection's upgrade request.
func (r *replay) connectionHeaders(c Connection) (map[string]string, error) {
	headers := upgradeHeaders()
	if len(c.Subprotocols) > 0 {
		headers["Sec-WebSocket-Protocol"] = strings.Join(c.Subprotocols, ", ")
	}
	if c.OfferDeflate {
		headers["Sec-WebSocket-Extensions"] = "permessage-deflate"
	}
	own, err := r.headers(c.Headers)
	for name, v := range own {
		headers[name] = v
	}
	return headers, err
}

// send is the step "send". Exactly one of the forms is there.
type send struct {
	Text      *text        `json:"text,omitempty"`
	TextParts []textPart   `json:"text_parts,omitempty"`
	Base64    *base64Bytes `json:"base64,omitempty"`
	Ping      *string      `json:"ping,omitempty"`
	RawTCP    *base64Bytes `json:"raw_tcp,omitempty"`
	// FragmentBytes splits a message into frames of that many bytes.
	FragmentBytes int `json:"fragment_bytes,omitempty"`
	// Means is for people.
	Means string `json:"means,omitempty"`
}

// A textPart is a piece of a long text: a text, or one repeated.
type textPart struct {
	Text   *text   `json:"text,omitempty"`
	Repeat *string `json:"repeat,omitempty"`
	Count  int     `json:"count,omitempty"`
}

func checkParts(parts []textPart) error {
	for _, p := range parts {
		if (p.Text == nil) == (p.Repeat == nil) || p.Count < 0 {
			return errors.New("a part is a text, or a repeat with a count")
		}
	}
	return nil
}

func (r *replay) join(parts []textPart) (string, error) {
	var b strings.Builder
	for _, p := range parts {
		if p.Repeat != nil {
			b.WriteString(strings.Repeat(*p.Repeat, p.Count))
			continue
		}
		s, err := r.expand(p.Text.template)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func (a *send) check() error {
	forms := 0
	for _, there := range []bool{a.Text != nil, a.TextParts != nil, a.Base64 != nil, a.Ping != nil, a.RawTCP != nil} {
		if there {
			forms++
		}
	}
	if forms != 1 {
		return fmt.Errorf("one of text, text_parts, base64, ping and raw_tcp is sent, not %d of them", forms)
	}
	return checkParts(a.TextParts)
}

func (a *send) run(r *replay, s *Step) error {
	c, err := r.client(s)
	if err != nil {
		return err
	}
	switch {
	case a.RawTCP != nil:
		r.note(s.Conn, "%s %s", showBytes(a.RawTCP.bytes), a.Means)
		c.write(a.RawTCP.bytes)
	case a.Ping != nil:
		r.note(s.Conn, "a ping %q", *a.Ping)
		c.write(appendMessage(nil, opPing, []byte(*a.Ping), 0))
	case a.Base64 != nil:
		r.note(s.Conn, "%s %s", showBytes(a.Base64.bytes), a.Means)
		c.write(appendMessage(nil, opBinary, a.Base64.bytes, a.FragmentBytes))
	default:
		message, err := a.text(r)
		if err != nil {
			return err
		}
		r.note(s.Conn, "%s", message)
		c.write(appendMessage(nil, opText, []byte(message), a.FragmentBytes))
	}
	return nil
}

func (a *send) text(r *replay) (string, error) {
	if a.Text != nil {
		return r.expand(a.Text.template)
	}
	return r.join(a.TextParts)
}

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
	return r.awaitClose(c, deadline, a.Close, r.options.Tolerate)
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

// sleep is the step "sleep".
type sleep struct {
	MS int `json:"ms"`
}

func (a *sleep) check() error { return nil }

func (a *sleep) run(r *replay, _ *Step) error {
	return r.pause(time.Duration(a.MS) * time.Millisecond)
}
