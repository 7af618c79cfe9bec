package conformance

import (
	"fmt"
	"strings"
)

// A pattern is JSON in which some values stand for others: {"$any":"string"}
// and the like (special.go).
//
// Matching is a search, because a $set, or frames in any order, may be assigned
// in several ways, of which a $capture that comes later allows only one. So
// match calls next with what it has bound, and tries its other ways when next
// reports false.
type pattern interface {
	match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool
}

// A matcher is one comparison. It remembers the mismatch that got furthest,
// which is the one that a person wants to hear of.
type matcher struct {
	variables variables
	conn      string // whose token $token means; "" has none

	mismatch string
	depth    int
}

// A place is where in the JSON a comparison stands.
type place struct {
	parent *place
	name   string
	depth  int
}

func (p *place) key(name string) *place   { return &place{p, "." + name, p.level() + 1} }
func (p *place) index(i int) *place       { return &place{p, fmt.Sprintf("[%d]", i), p.level() + 1} }
func (p *place) inText(how string) *place { return &place{p, how, p.level() + 1} }

func (p *place) level() int {
	if p == nil {
		return 0
	}
	return p.depth
}

func (p *place) String() string {
	if p == nil {
		return ""
	}
	return p.parent.String() + p.name
}

// differ notes a mismatch and reports false.
func (m *matcher) differ(at *place, format string, arguments ...any) bool {
	if m.mismatch == "" || at.level() > m.depth {
		where := strings.TrimPrefix(at.String(), ".")
		if where != "" {
			where = "at " + where + ": "
		}
		m.mismatch, m.depth = where+fmt.Sprintf(format, arguments...), at.level()
	}
	return false
}

// bindings are what $capture and $token have bound so far, newest first. They
// are never changed, so that a search can go back.
type bindings struct {
	older *bindings
	kind  bindingKind
	name  string
	value string
}

type bindingKind int

const (
	captured bindingKind = iota
	token
)

func (b *bindings) get(kind bindingKind, name string) (string, bool) {
	for ; b != nil; b = b.older {
		if b.kind == kind && b.name == name {
			return b.value, true
		}
	}
	return "", false
}

func (b *bindings) capturedAs(value string) (name string, ok bool) {
	for ; b != nil; b = b.older {
		if b.kind == captured && b.value == value {
			return b.name, true
		}
	}
	return "", false
}

// newPattern makes a pattern of decoded JSON.
func newPattern(v value) (pattern, error) {
	switch v := v.(type) {
	case string:
		t, err := parseTemplate(v)
		return textPattern(t), err
	case []value:
		elements, err := newPatterns(v)
		return arrayPattern(elements), err
	case map[string]value:
		return newObjectPattern(v)
	default:
		return scalarPattern{v}, nil
	}
}

func newPatterns(vs []value) ([]pattern, error) {
	patterns := make([]pattern, 0, len(vs))
	for _, v := range vs {
		p, err := newPattern(v)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, p)
	}
	return patterns, nil
}

func newObjectPattern(object map[string]value) (pattern, error) {
	if len(object) == 1 {
		for name, argument := range object {
			if strings.HasPrefix(name, "$") {
				return newSpecialPattern(name, argument)
			}
		}
	}
	members := make(objectPattern, len(object))
	for name, v := range object {
		p, err := newPattern(v)
		if err != nil {
			return nil, err
		}
		members[name] = p
	}
	return members, nil
}

// scalarPattern is null, a boolean or a number.
type scalarPattern struct{ want value }

func (p scalarPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	equal := p.want == got
	if want, ok := p.want.(number); ok {
		n, isNumber := got.(number)
		equal = isNumber && n.canonical == want.canonical
	}
	if !equal {
		return m.differ(at, "expected %s, got %s", show(p.want), show(got))
	}
	return next(b)
}

// textPattern is a string.
type textPattern template

func (p textPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	want, err := template(p).expand(m.variables)
	if err != nil {
		return m.differ(at, "%v", err)
	}
	if got != value(want) {
		return m.differ(at, "expected %s, got %s", show(want), show(got))
	}
	return next(b)
}

type arrayPattern []pattern

func (p arrayPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	array, ok := got.([]value)
	if !ok {
		return m.differ(at, "expected an array, got %s", show(got))
	}
	if len(array) != len(p) {
		return m.differ(at, "expected an array of %d, got one of %d: %s", len(p), len(array), show(got))
	}
	return p.matchFrom(0, m, at, array, b, next)
}

func (p arrayPattern) matchFrom(i int, m *matcher, at *place, array []value, b *bindings, next func(*bindings) bool) bool {
	if i == len(p) {
		return next(b)
	}
	return p[i].match(m, at.index(i), array[i], b, func(b *bindings) bool {
		return p.matchFrom(i+1, m, at, array, b, next)
	})
}

type objectPattern map[string]pattern

func (p objectPattern) match(m *matcher, at *place, got value, b *bindings, next func(*bindings) bool) bool {
	object, ok := got.(map[string]value)
	if !ok {
		return m.differ(at, "expected an object, got %s", show(got))
	}
	for _, name := range sortedKeys(object) {
		if p[name] == nil {
			return m.differ(at.key(name), "expected no such key, got %s", show(object[name]))
		}
	}
	return p.matchFrom(sortedKeys(p), m, at, object, b, next)
}

func (p objectPattern) matchFrom(names []string, m *matcher, at *place, object map[string]value, b *bindings, next func(*bindings) bool) bool {
	if len(names) == 0 {
		return next(b)
	}
	got, ok := object[names[0]]
	if !ok {
		return m.differ(at.key(names[0]), "the key is missing")
	}
	return p[names[0]].match(m, at.key(names[0]), got, b, func(b *bindings) bool {
		return p.matchFrom(names[1:], m, at, object, b, next)
	})
}
