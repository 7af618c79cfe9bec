package phoenixtest

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// An expectation is one thing that a test expects or refutes.
type expectation struct {
	topic string
	words string             // push "said" {"text":"hi"}
	is    func(Message) bool // all but its payload
	match Match
}

// expectation makes one of the words for a kind of message.
func (c *Client) expectation(topic, words string, payload any, is func(Message) bool) expectation {
	c.t.Helper()
	match, more, err := matching(payload)
	if err != nil {
		c.t.Fatalf("phoenixtest: %v", err)
	}
	return expectation{topic: topic, words: words + more, is: is, match: match}
}

func (e *expectation) met(m Message) bool { return e.is(m) && e.match(m.Payload) == nil }

func (c *Client) expect(in *inbox, e expectation) Message {
	c.t.Helper()
	m, ok := in.await(c.wait, e.met)
	if !ok {
		c.t.Fatalf("%s: no %s within %v\n%s", e.topic, e.words, c.wait, c.explain(in, &e))
	}
	return m
}

func (c *Client) refute(in *inbox, e expectation) {
	c.t.Helper()
	if m, ok := in.await(c.wait, e.met); ok {
		c.t.Fatalf("%s: there must be no %s, but it came: %v%s", e.topic, e.words, m, c.logged())
	}
}

// explain lists what came instead of what was expected, if it was a message what
// is different about the nearest of it, and what the server logged.
func (c *Client) explain(in *inbox, e *expectation) string {
	var b strings.Builder
	all := in.all()
	if len(all) == 0 {
		b.WriteString("nothing came instead")
	} else {
		b.WriteString("what came instead, and is still unexpected:")
	}
	for _, m := range all {
		fmt.Fprintf(&b, "\n\t%v", m)
		if e == nil || !e.is(m) {
			continue
		}
		if err := e.match(m.Payload); err != nil {
			fmt.Fprintf(&b, "\n\t\t%v", err)
		}
	}
	in.mu.Lock()
	code := in.code
	in.mu.Unlock()
	if code != 0 {
		fmt.Fprintf(&b, "\nthe server closed the connection with code %d", code)
	}
	return b.String() + c.logged()
}

// logged tells what the server has logged, if it is the client's own.
func (c *Client) logged() string {
	if c.log == nil {
		return ""
	}
	text := c.log.text()
	if text == "" {
		return ""
	}
	return "\nthe server logged:\n\t" + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n\t")
}

// A record is what went wrong on a server, as its logger has it.
type record struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buffer.Write(p)
}

func (r *record) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buffer.String()
}

func (r *record) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		},
	}))
}
