package conformance

import (
	"errors"
	"fmt"
	"strings"
)

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
