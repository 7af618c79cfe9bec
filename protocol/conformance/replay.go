package conformance

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// Options are the settings of a replay. The zero value is good for a server
// nearby.
type Options struct {
	// Timeout is how long a step waits for what it expects. Default 10 s: no
	// transcript needs two, so only a failure takes that long.
	Timeout time.Duration
	// Slack is added to the most that an answer may take (elapsed_ms), for
	// servers far away or machines that are busy. Default 0.
	Slack time.Duration
	// Silence is how long the connections that are still open at the end must
	// stay silent. Default 80 ms, as the format says.
	Silence time.Duration
	// Tolerate lists what of the transcript is not compared.
	Tolerate Tolerance
	// Topic is what ${topic} stands for in the transcripts of [Basic]: a topic
	// that any client may join, and on which nothing is sent but for what
	// clients do. It must not need escaping in JSON.
	Topic string
	// Params is a query, without the "?", that goes before that of every
	// request: what a server wants of its clients when they connect.
	Params string
	// TLS is used for https and wss. Nil is Go's default.
	TLS *tls.Config
	// Dial makes the connections. Nil is [net.Dialer.DialContext].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Tolerance is what a replay does not compare.
type Tolerance struct {
	// QuickAnswers: the least of elapsed_ms.
	QuickAnswers bool
	// CloseAnswers: code and reason of the answer to a client's close. There
	// must be a close frame all the same.
	CloseAnswers bool
	// CloseReasons: the reason text of any close.
	CloseReasons bool
	// NoCloseFrame: where a close frame is expected the connection may just end.
	NoCloseFrame bool
}

// or is what either of the two tolerates.
func (t Tolerance) or(u Tolerance) Tolerance {
	return Tolerance{
		QuickAnswers: t.QuickAnswers || u.QuickAnswers,
		CloseAnswers: t.CloseAnswers || u.CloseAnswers,
		CloseReasons: t.CloseReasons || u.CloseReasons,
		NoCloseFrame: t.NoCloseFrame || u.NoCloseFrame,
	}
}

// Replay plays a transcript against the server at base, "http://host:port" or
// https, with a path if all of the laboratory is below one. It returns nil if
// the server did everything that the transcript says, a *[Failure] if it did
// not, and another error if ctx ended or base is no address.
//
// Several replays may run at once. Connections are closed and everything is
// at rest again when Replay returns.
func Replay(ctx context.Context, base string, t *Transcript, o Options) error {
	to, err := parseTarget(base, o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &replay{
		ctx:        ctx,
		options:    o.withDefaults(),
		transcript: t,
		target:     to,
		uid:        newUID(),
		clients:    make(map[string]*client),
		started:    make(map[string]*startedRequest),
		sent:       make(map[string]string),
	}
	defer r.end()
	defer cancel()
	return r.run()
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Silence == 0 {
		o.Silence = 80 * time.Millisecond
	}
	return o
}

func newUID() string {
	id := make([]byte, 4)
	rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

// A replay is one transcript being played.
type replay struct {
	ctx        context.Context
	options    Options
	transcript *Transcript
	target     target
	uid        string

	bound   *bindings
	clients map[string]*client         // by connection: WebSocket connections that were opened
	started map[string]*startedRequest // by id
	sent    map[string]string          // by connection: what was sent last
}

func (r *replay) run() error {
	for i := range r.transcript.Steps {
		step := &r.transcript.Steps[i]
		if err := step.action.run(r, step); err != nil {
			return r.failure(i+1, *step, err)
		}
	}
	for _, name := range sortedKeys(r.clients) {
		// The first connection's wait is everybody's: what came meanwhile on
		// the others is there.
		if err := r.silence(r.clients[name]); err != nil {
			return r.failure(0, Step{Conn: name}, err)
		}
	}
	return nil
}

// silence is what is expected of every connection at the end.
func (r *replay) silence(c *client) error {
	e, err := c.nextOfAny(r.ctx, time.Now().Add(r.options.Silence))
	switch {
	case errors.Is(err, errSilent):
		return nil
	case err != nil:
		return err
	}
	return &mismatch{problem: "something came that nobody expected", expected: "nothing more", came: e.String()}
}

// end closes what is open.
func (r *replay) end() {
	for _, c := range r.clients {
		c.close()
	}
	for _, s := range r.started {
		<-s.done
	}
}

// failure makes the error that Replay returns.
func (r *replay) failure(number int, step Step, err error) error {
	if r.ctx.Err() != nil {
		return fmt.Errorf("%s: step %d: %w", r.transcript.Name, number, context.Cause(r.ctx))
	}
	f := &Failure{
		Transcript: r.transcript.Name,
		UID:        r.uid,
		Step:       number,
		Do:         step.Do,
		Conn:       step.Conn,
		Note:       step.Note,
		Sent:       r.sent[step.Conn],
		Problem:    err.Error(),
	}
	if m, ok := errors.AsType[*mismatch](err); ok {
		f.Expected, f.Came = m.expected, m.came
	}
	if c := r.clients[step.Conn]; c != nil {
		if err := c.failedWrite(); err != nil {
			f.Sent += fmt.Sprintf(" (which failed: %v)", err)
		}
	}
	return f
}

// note remembers what was sent, for the message of a failure.
func (r *replay) note(conn, format string, arguments ...any) {
	r.sent[conn] = shorten(fmt.Sprintf(format, arguments...))
}

// withTimeout bounds an exchange.
func (r *replay) withTimeout() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(r.ctx, r.options.Timeout, fmt.Errorf("no answer came within %v", r.options.Timeout))
}

func (r *replay) deadline() time.Time { return time.Now().Add(r.options.Timeout) }

// client returns the WebSocket connection of a step.
func (r *replay) client(s *Step) (*client, error) {
	c := r.clients[s.Conn]
	if c == nil {
		return nil, fmt.Errorf("the connection %s is not open", s.Conn)
	}
	return c, nil
}

// variables are what ${…} stands for now.
func (r *replay) variables() variables {
	return variables{uid: r.uid, topic: r.options.Topic, token: func(conn string) (string, error) {
		if t, ok := r.bound.get(token, conn); ok {
			return t, nil
		}
		return "", fmt.Errorf("the connection %s was given no long-poll token", conn)
	}}
}

func (r *replay) expand(t template) (string, error) { return t.expand(r.variables()) }

// expandURL expands a part of a URL, where a token must be escaped.
func (r *replay) expandURL(written string) (string, error) {
	t, err := parseTemplate(written)
	if err != nil {
		return "", err
	}
	v := r.variables()
	plain := v.token
	v.token = func(conn string) (string, error) {
		t, err := plain(conn)
		return url.QueryEscape(t), err
	}
	return t.expand(v)
}

// matcher starts a comparison.
func (r *replay) matcher(conn string) matcher {
	return matcher{variables: r.variables(), conn: conn}
}

// pause waits; it returns early with an error when the replay is called off.
func (r *replay) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}
