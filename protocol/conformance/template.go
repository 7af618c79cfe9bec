package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// A template is a string with ${…} in it. What stands between the braces is a
// template itself: ${sha256:mx-${uid}}.
type template []templatePart

type templatePart struct {
	variable string   // "uid", "topic", "sha256", "SHA256", "token"; "" for plain text
	text     string   // the plain text
	argument template // what follows the colon
}

// variables are what the templates of one replay stand for.
type variables struct {
	uid   string
	topic string // "" where none was given
	token func(conn string) (string, error)
}

// errNoTopic is the error of a transcript that needs to be told of a topic.
var errNoTopic = errors.New("${topic} needs a topic that clients may join: none was given")

var errOpenBrace = errors.New(`"${" without its "}"`)

func parseTemplate(s string) (template, error) {
	t, rest, err := parseParts(s, false)
	if err == nil && rest != "" {
		err = fmt.Errorf("unexpected %q", rest)
	}
	if err != nil {
		return nil, fmt.Errorf("failed to read the string %q: %w", shorten(s), err)
	}
	return t, nil
}

// parseParts parses up to the end of s, or within braces up to the brace that
// closes them, which it leaves in rest.
func parseParts(s string, braces bool) (t template, rest string, err error) {
	for s != "" {
		stop := strings.Index(s, "${")
		if end := strings.IndexByte(s, '}'); braces && end >= 0 && (stop < 0 || end < stop) {
			return t.plain(s[:end]), s[end:], nil
		}
		if stop < 0 {
			return t.plain(s), "", nil
		}
		t = t.plain(s[:stop])
		var part templatePart
		if part, s, err = parseVariable(s[stop+len("${"):]); err != nil {
			return nil, "", err
		}
		t = append(t, part)
	}
	return t, "", nil
}

func (t template) plain(text string) template {
	if text == "" {
		return t
	}
	return append(t, templatePart{text: text})
}

// parseVariable parses what follows "${", up to and with the brace that closes
// it.
func parseVariable(s string) (part templatePart, rest string, err error) {
	stop := strings.IndexAny(s, ":}")
	if stop < 0 {
		return part, "", errOpenBrace
	}
	part.variable, rest = s[:stop], s[stop:]
	wantsArgument := part.variable != "uid" && part.variable != "topic"
	switch part.variable {
	case "uid", "topic", "sha256", "SHA256", "token":
	default:
		return part, "", fmt.Errorf("no such variable: ${%s}", part.variable)
	}
	if argument, ok := strings.CutPrefix(rest, ":"); ok != wantsArgument {
		return part, "", fmt.Errorf("${%s}: wrong use of the colon", part.variable)
	} else if ok {
		if part.argument, rest, err = parseParts(argument, true); err != nil {
			return part, "", err
		}
	}
	rest, ok := strings.CutPrefix(rest, "}")
	if !ok {
		return part, "", errOpenBrace
	}
	return part, rest, nil
}

// expand replaces the variables.
func (t template) expand(v variables) (string, error) {
	if len(t) == 1 && t[0].variable == "" {
		return t[0].text, nil
	}
	var b strings.Builder
	for _, part := range t {
		s, err := part.expand(v)
		if err != nil {
			return "", err
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func (p templatePart) expand(v variables) (string, error) {
	if p.variable == "" {
		return p.text, nil
	}
	argument, err := p.argument.expand(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(argument))
	switch p.variable {
	case "uid":
		return v.uid, nil
	case "topic":
		if v.topic == "" {
			return "", errNoTopic
		}
		return v.topic, nil
	case "sha256":
		return hex.EncodeToString(sum[:]), nil
	case "SHA256":
		return strings.ToUpper(hex.EncodeToString(sum[:])), nil
	default:
		return v.token(argument)
	}
}
