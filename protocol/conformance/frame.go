package conformance

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// An expectedFrame is a frame in a transcript: text that is JSON, text that is
// not, or bytes.
type expectedFrame struct {
	Kind   string       `json:"kind"`
	JSON   jsonPattern  `json:"json,omitzero"`
	Text   *text        `json:"text,omitempty"`
	Base64 *base64Bytes `json:"base64,omitempty"`
	// Means explains bytes, Raw is what the reference server sent; both are for
	// people.
	Means string         `json:"means,omitempty"`
	Raw   jsontext.Value `json:"raw,omitempty"`
}

func (f expectedFrame) check() error {
	contents := map[string]bool{
		"text":   (f.JSON.pattern != nil) != (f.Text != nil) && f.Base64 == nil,
		"binary": f.Base64 != nil && f.JSON.pattern == nil && f.Text == nil,
	}
	if !contents[f.Kind] {
		return fmt.Errorf("a frame is of the kind text with json or text, or binary with base64; this one is %q", f.Kind)
	}
	return nil
}

func checkFrames(frames ...[]expectedFrame) error {
	for _, list := range frames {
		for _, f := range list {
			if err := f.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// String shows the frame as the transcript has it.
func (f expectedFrame) String() string {
	switch {
	case f.JSON.pattern != nil:
		return shorten(f.JSON.written)
	case f.Text != nil:
		return fmt.Sprintf("the text %q", shorten(f.Text.written))
	default:
		return showBytes(f.Base64.bytes)
	}
}

// A message is what a server sent: one WebSocket message, or one of the messages
// of a long poll's answer.
type message struct {
	binary bool
	data   []byte

	decoded value
	err     error // data is no JSON
}

func newMessage(data []byte, binary bool) *message {
	m := &message{binary: binary, data: data}
	if binary {
		m.err = errors.New("it is binary")
	} else {
		m.decoded, m.err = decodeValue(data)
	}
	return m
}

func (m *message) String() string {
	if m.binary {
		return showBytes(m.data)
	}
	return shorten(string(m.data))
}

func showBytes(data []byte) string {
	return fmt.Sprintf("binary, %d bytes: %s", len(data), shorten(fmt.Sprintf("%q", data)))
}

// match compares a message with the frame.
func (f expectedFrame) match(m *matcher, got *message, b *bindings, next func(*bindings) bool) bool {
	switch {
	case f.Base64 != nil:
		if !got.binary || string(got.data) != string(f.Base64.bytes) {
			return m.differ(nil, "expected %s, got %s", f, got)
		}
		return next(b)
	case got.binary:
		return m.differ(nil, "expected a text frame, got %s", got)
	case f.Text != nil:
		want, err := f.Text.expand(m.variables)
		if err != nil || string(got.data) != want {
			return m.differ(nil, "expected the text %q, got %q", shorten(want), got)
		}
		return next(b)
	case got.err != nil:
		return m.differ(nil, "expected JSON, got %s: %v", got, got.err)
	default:
		return f.JSON.pattern.match(m, nil, got.decoded, b, next)
	}
}

// A frameSearch assigns what came to what a step expects.
type frameSearch struct {
	matcher
	expected, optional []expectedFrame
	ordered            bool
	all                bool // only an assignment of every expected frame will do

	taken, takenOptional []bool
}

// assign reports whether every message that came can be one of the frames, each
// frame being one message at most, and with what bindings. Complete says that
// none of the expected frames is left over.
func (s *frameSearch) assign(came []*message, b *bindings) (found *bindings, complete, ok bool) {
	for _, s.all = range []bool{true, false} {
		if s.all && len(came) < len(s.expected) {
			continue
		}
		s.taken, s.takenOptional = make([]bool, len(s.expected)), make([]bool, len(s.optional))
		if s.from(came, b, func(b *bindings) bool { found = b; return true }) {
			return found, s.all, true
		}
	}
	return nil, false, false
}

func (s *frameSearch) from(came []*message, b *bindings, done func(*bindings) bool) bool {
	if len(came) == 0 {
		return !(s.all && s.next(0) < len(s.expected)) && done(b)
	}
	return s.try(s.expected, s.taken, s.ordered, came, b, done) ||
		s.try(s.optional, s.takenOptional, false, came, b, done)
}

// next is the first expected frame from i on that is not taken.
func (s *frameSearch) next(i int) int {
	for i < len(s.expected) && s.taken[i] {
		i++
	}
	return i
}

func (s *frameSearch) try(frames []expectedFrame, taken []bool, ordered bool, came []*message, b *bindings, done func(*bindings) bool) bool {
	for i, f := range frames {
		if taken[i] {
			continue
		}
		taken[i] = true
		if f.match(&s.matcher, came[0], b, func(b *bindings) bool { return s.from(came[1:], b, done) }) {
			return true
		}
		taken[i] = false
		if ordered {
			break
		}
	}
	return false
}

// jsonPattern is a pattern in a transcript, with what stood there.
type jsonPattern struct {
	pattern
	written string
}

// UnmarshalJSON reads the pattern.
func (p *jsonPattern) UnmarshalJSON(written []byte) error {
	v, err := decodeValue(written)
	if err != nil {
		return err
	}
	p.written = string(written)
	p.pattern, err = newPattern(v)
	return err
}

// text is a string in a transcript in which ${…} may stand.
type text struct {
	template
	written string
}

// UnmarshalText reads the string.
func (t *text) UnmarshalText(written []byte) (err error) {
	t.written = string(written)
	t.template, err = parseTemplate(t.written)
	return err
}

// base64Bytes are bytes in a transcript.
type base64Bytes struct{ bytes []byte }

// UnmarshalText reads the bytes.
func (b *base64Bytes) UnmarshalText(written []byte) (err error) {
	b.bytes, err = base64.StdEncoding.DecodeString(string(written))
	return err
}
