package protocol

import (
	"bytes"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// A scanner takes one received JSON text apart without copying it. It checks on the way that all of it is JSON and
// UTF-8, which is the only time anybody looks at a payload that is passed on. Nesting ends at the 10,000 levels that
// jsontext allows.
type scanner struct {
	dec jsontext.Decoder
	src bytes.Buffer // a *bytes.Buffer is what the decoder reads in place
}

var scanners = sync.Pool{New: func() any { return new(scanner) }}

func newScanner(data []byte) *scanner {
	s := scanners.Get().(*scanner)
	s.src = *bytes.NewBuffer(data)
	s.dec.Reset(&s.src, jsonOptions)
	return s
}

// free gives the scanner back, without the message it would keep alive.
func (s *scanner) free() {
	s.src = bytes.Buffer{}
	s.dec.Reset(&s.src)
	scanners.Put(s)
}

// open reads the first token, which is to be of the kind: an array or an object.
func (s *scanner) open(kind jsontext.Kind, shape string) error {
	if got := s.dec.PeekKind(); got != kind && got != jsontext.KindInvalid {
		return &DecodeError{Reason: shape}
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return &DecodeError{Reason: shape, Err: err}
	}
	return nil
}

// more reports whether the array or object goes on. At its end and at an error it does not.
func (s *scanner) more() bool {
	k := s.dec.PeekKind()
	return k != jsontext.KindEndArray && k != jsontext.KindEndObject && k != jsontext.KindInvalid
}

// value reads the next value (in an object: the next name, or its value). It is a part of the data.
func (s *scanner) value() (jsontext.Value, error) {
	v, err := s.dec.ReadValue()
	if err != nil {
		return nil, notJSON(err)
	}
	return v, nil
}

// end reads what closes the array or object, and that nothing follows.
func (s *scanner) end() error {
	if _, err := s.dec.ReadToken(); err != nil {
		return notJSON(err)
	}
	return s.atEnd()
}

// atEnd checks that nothing follows.
func (s *scanner) atEnd() error {
	switch _, err := s.dec.ReadToken(); err {
	case io.EOF:
		return nil
	case nil:
		return &DecodeError{Reason: "there is more than one JSON value"}
	default:
		return notJSON(err)
	}
}

func notJSON(err error) error { return &DecodeError{Reason: "the text is not JSON", Err: err} }

// text returns the string that a field holds, as text of its own: a topic lives on as the key of maps and must not keep
// its message alive.
func text(field string, v jsontext.Value) (string, error) {
	if v.Kind() != '"' {
		return "", &DecodeError{Reason: "the " + field + " is not a string"} // DESIGN.md D13
	}
	if isPlain(v) {
		return intern(v[1 : len(v)-1]), nil
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return "", notJSON(err)
	}
	return intern(b), nil
}

// isPlain reports whether a JSON string is written without escapes, so that what is between the quotes is the string.
func isPlain(quoted []byte) bool { return bytes.IndexByte(quoted, '\\') < 0 }

// intern spares most messages the memory for the names that the protocol itself uses.
func intern(b []byte) string {
	switch string(b) {
	case EventJoin:
		return EventJoin
	case EventLeave:
		return EventLeave
	case TopicPhoenix:
		return TopicPhoenix
	case EventHeartbeat:
		return EventHeartbeat
	}
	return string(b)
}
