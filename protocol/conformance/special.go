package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// newSpecialPattern makes the pattern of an object with one $ key.
func newSpecialPattern(name string, argument value) (pattern, error) {
	construct, ok := map[string]func(value) (pattern, error){
		"$any":     newAnyPattern,
		"$capture": newCapturePattern,
		"$set":     newSetPattern,
		"$oneof":   newOneOfPattern,
		"$repeat":  newRepeatPattern,
		"$text":    newJSONTextPattern,
		"$token":   newTokenPattern,
	}[name]
	if !ok {
		return nil, fmt.Errorf("no such pattern: {%q: …}", name)
	}
	p, err := construct(argument)
	if err != nil {
		return nil, fmt.Errorf("failed to read {%q: %s}: %w", name, show(argument), err)
	}
	return p, nil
}

// anyPattern, {"$any":"string"}, is any value of a type.
type anyPattern string

func newAnyPattern(argument value) (pattern, error) {
	name, _ := argument.(string)
	if !slices.Contains([]string{"string", "number", "object", "array", "any"}, name) {
		return nil, errors.New("no such type")
	}
	return anyPattern(name), nil
}

func (p anyPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	if p != "any" && typeOf(got) != string(p) {
		return m.differ(at, "expected any %s, got %s", string(p), show(got))
	}
	return next(b)
}

// capturePattern, {"$capture":"x"}, is a string that is not empty: the same one
// wherever the name is the same, another one for another name.
type capturePattern string

func newCapturePattern(argument value) (pattern, error) {
	name, _ := argument.(string)
	if name == "" {
		return nil, errors.New("a capture needs a name")
	}
	return capturePattern(name), nil
}

func (p capturePattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	s, ok := got.(string)
	if !ok || s == "" {
		return m.differ(at, "expected a string that is not empty, got %s", show(got))
	}
	if want, bound := b.get(captured, string(p)); bound {
		if s != want {
			return m.differ(at, "expected %s again, which is %q: got %q", show(p.name()), want, s)
		}
		return next(b)
	}
	if other, taken := b.capturedAs(s); taken {
		return m.differ(at, "expected %s to be another string than %s, got %q for both", show(p.name()), show(other), s)
	}
	return next(&bindings{b, captured, string(p), s})
}

func (p capturePattern) name() value { return string(p) }

// setPattern, {"$set":[…]}, is an array in any order.
type setPattern []pattern

func newSetPattern(argument value) (pattern, error) {
	elements, ok := argument.([]value)
	if !ok {
		return nil, errors.New("a set is written as an array")
	}
	patterns, err := newPatterns(elements)
	return setPattern(patterns), err
}

func (p setPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	array, ok := got.([]value)
	if !ok {
		return m.differ(at, "expected an array, got %s", show(got))
	}
	if len(array) != len(p) {
		return m.differ(at, "expected an array of %d, got one of %d: %s", len(p), len(array), show(got))
	}
	return p.matchFrom(0, make([]bool, len(p)), m, at, array, b, next)
}

func (p setPattern) matchFrom(i int, taken []bool, m *matcher, at *place, array []value, b *bindings, next func(*bindings) bool) bool {
	if i == len(array) {
		return next(b)
	}
	for j := range p {
		if taken[j] {
			continue
		}
		taken[j] = true
		if p[j].match(m, at.index(i), array[i], b, func(b *bindings) bool {
			return p.matchFrom(i+1, taken, m, at, array, b, next)
		}) {
			return true
		}
		taken[j] = false
	}
	return false
}

// oneOfPattern, {"$oneof":[…]}, is one of several.
type oneOfPattern []pattern

func newOneOfPattern(argument value) (pattern, error) {
	choices, ok := argument.([]value)
	if !ok || len(choices) == 0 {
		return nil, errors.New("the choices are written as an array")
	}
	patterns, err := newPatterns(choices)
	return oneOfPattern(patterns), err
}

func (p oneOfPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	for _, choice := range p {
		if choice.match(m, at, got, b, next) {
			return true
		}
	}
	return false
}

// repeatPattern, {"$repeat":["a",1000]}, is a string repeated.
type repeatPattern struct {
	text  string
	times int
}

func newRepeatPattern(argument value) (pattern, error) {
	parts, _ := argument.([]value)
	if len(parts) != 2 {
		return nil, errors.New("expected a string and a number")
	}
	text, isText := parts[0].(string)
	times, isNumber := parts[1].(number)
	n, err := parseSmall(times.text)
	if !isText || !isNumber || err != nil {
		return nil, errors.New("expected a string and a whole number")
	}
	return repeatPattern{text, n}, nil
}

func (p repeatPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	s, ok := got.(string)
	if !ok || len(s) != len(p.text)*p.times || s != strings.Repeat(p.text, p.times) {
		return m.differ(at, "expected %q %d times, got %s", p.text, p.times, show(got))
	}
	return next(b)
}

// jsonTextPattern, {"$text":…}, is a string that holds JSON.
type jsonTextPattern struct{ inner pattern }

func newJSONTextPattern(argument value) (pattern, error) {
	inner, err := newPattern(argument)
	return jsonTextPattern{inner}, err
}

func (p jsonTextPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	s, ok := got.(string)
	if !ok {
		return m.differ(at, "expected a string that holds JSON, got %s", show(got))
	}
	v, err := decodeValue([]byte(s))
	if err != nil {
		return m.differ(at, "expected a string that holds JSON, got %s: %v", show(got), err)
	}
	return p.inner.match(m, at.inText("→"), v, b, next)
}

// tokenPattern, {"$token":"new"} or {"$token":"same"}, is a long-poll token: one
// that the connection does not have, or the one it has. It has it from then on.
type tokenPattern struct{ fresh bool }

func newTokenPattern(argument value) (pattern, error) {
	switch argument {
	case "new":
		return tokenPattern{fresh: true}, nil
	case "same":
		return tokenPattern{}, nil
	}
	return nil, errors.New(`expected "new" or "same"`)
}

func (p tokenPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	s, ok := got.(string)
	if !ok || s == "" {
		return m.differ(at, "expected a token, got %s", show(got))
	}
	had, has := b.get(token, m.conn)
	switch {
	case p.fresh && has && s == had:
		return m.differ(at, "expected a new token, got the one that the connection had: %q", s)
	case !p.fresh && s != had:
		return m.differ(at, "expected the connection's token %q, got %q", had, s)
	}
	return next(&bindings{b, token, m.conn, s})
}
