package phoenixtest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A Match decides whether a payload is the one that is expected. The error says
// why not.
type Match func(got protocol.Payload) error

// Anything matches every payload.
var Anything Match = func(protocol.Payload) error { return nil }

// Including matches objects that have at least these fields, with these values;
// objects among the values need no more than that either. It is what a map is as
// an Elixir pattern.
func Including(fields any) Match {
	want, err := protocol.Encode(fields)
	if err == nil && !want.IsObject() {
		err = fmt.Errorf("Including wants an object, not %v", want)
	}
	return func(got protocol.Payload) error {
		if err != nil {
			return err
		}
		return compare(got, want, true)
	}
}

// matching makes a Match of what a test gave as the payload it expects, and says
// it in words.
func matching(v any) (match Match, words string, err error) {
	switch v := v.(type) {
	case Match:
		return v, "", nil
	case func(protocol.Payload) error:
		return v, "", nil
	case nil:
		v = protocol.Payload{}
		return func(got protocol.Payload) error { return compare(got, protocol.Payload{}, false) }, " {}", nil
	}
	want, err := protocol.Encode(v)
	return func(got protocol.Payload) error { return compare(got, want, false) }, " " + describe(want), err
}

// maxDifferences is how many differences between two payloads are told.
const maxDifferences = 5

// compare compares two payloads as values.
func compare(got, want protocol.Payload, partly bool) error {
	if got.IsBinary() || want.IsBinary() {
		if got.IsBinary() != want.IsBinary() || !bytes.Equal(got.Bytes(), want.Bytes()) {
			return fmt.Errorf("it is %s, want %s", describe(got), describe(want))
		}
		return nil
	}
	g, err := parse(got.Bytes())
	if err != nil {
		return err
	}
	w, err := parse(want.Bytes())
	if err != nil {
		return err
	}
	d := differences{partly: partly}
	d.between("", g, w)
	if len(d.found) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(d.found[:min(len(d.found), maxDifferences)], "; "))
}

// parse reads JSON into maps, lists, strings, numbers, booleans and nil.
func parse(text []byte) (any, error) {
	var v any
	numbers := json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported
		}
		text, err := d.ReadValue()
		*v = number(text)
		return err
	})
	err := json.Unmarshal(text, &v, json.WithUnmarshalers(numbers), lenient)
	return v, err
}

// differences collects what is different between two JSON values.
type differences struct {
	partly bool // an object may have more than is wanted
	found  []string
}

func (d *differences) add(path, format string, args ...any) {
	if path == "" {
		path = "it"
	}
	d.found = append(d.found, path+" "+fmt.Sprintf(format, args...))
}

func (d *differences) between(path string, got, want any) {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			d.betweenObjects(path, got, want)
			return
		}
	case []any:
		if got, ok := got.([]any); ok {
			d.betweenLists(path, got, want)
			return
		}
	case number:
		if got, ok := got.(number); ok && got.value() == want.value() {
			return
		}
	default:
		if got == want {
			return
		}
	}
	d.add(path, "is %s, want %s", text(got), text(want))
}

func (d *differences) betweenObjects(path string, got, want map[string]any) {
	for _, name := range names(want) {
		if value, ok := got[name]; ok {
			d.between(path+"."+name, value, want[name])
		} else {
			d.add(path+"."+name, "is missing, want %s", text(want[name]))
		}
	}
	for _, name := range names(got) {
		if _, ok := want[name]; !ok && !d.partly {
			d.add(path+"."+name, "is %s, and should not be there", text(got[name]))
		}
	}
}

func (d *differences) betweenLists(path string, got, want []any) {
	if len(got) != len(want) {
		d.add(path, "has %d elements, want %d", len(got), len(want))
		return
	}
	for i := range want {
		d.between(fmt.Sprintf("%s[%d]", path, i), got[i], want[i])
	}
}

func names(m map[string]any) []string {
	all := make([]string, 0, len(m))
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
