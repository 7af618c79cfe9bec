package conformance

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Transcript is one exchange between scripted clients and a server.
type Transcript struct {
	// Format is the version of the file format, 1.
	Format int `json:"format"`
	// Name is unique; the file is called after it.
	Name string `json:"name"`
	// Group and Tags are for sorting. The tags of the recorded ones are
	// "quirk", "http-server", "slow" and "large"; those of our own name the
	// decision that they check ("D6"), and say "reference" where the reference
	// server does the same.
	Group string   `json:"group"`
	Tags  []string `json:"tags,omitempty"`
	// Protocol names the sections of PROTOCOL.md that the transcript checks
	// ("§4.3"), where it says them itself; see Sections.
	Protocol string `json:"protocol,omitempty"`
	// Description says what the transcript shows, in a sentence or two.
	Description string `json:"description"`
	// Transport is "websocket", "longpoll", "http" (neither) or "mixed".
	Transport string `json:"transport"`
	// VSN is the protocol version that its clients ask for: nil if they send
	// none, "mixed" if they differ. It is for sorting only.
	VSN *string `json:"vsn"`
	// Connections are the clients, by name.
	Connections map[string]Connection `json:"connections"`
	// Steps are what happens, in order.
	Steps []Step `json:"steps"`
}

// A Connection is one client of a [Transcript]. In its strings ${uid} and the
// like may stand.
type Connection struct {
	// Path is the path of its requests, Query their query, without the "?";
	// nil sends none.
	Path  string  `json:"path"`
	Query *string `json:"query,omitempty"`
	// Headers are sent with the WebSocket upgrade.
	Headers map[string]string `json:"headers,omitempty"`
	// Subprotocols are offered with the WebSocket upgrade.
	Subprotocols []string `json:"subprotocols,omitempty"`
	// OfferDeflate offers permessage-deflate. The laboratory's answer is not to
	// use it.
	OfferDeflate bool `json:"offer_deflate,omitempty"`
}

// A Step is one thing that a client does or expects.
type Step struct {
	// Do is the kind of step, as FORMAT.md lists them: "open", "send", …
	Do string
	// Conn is the connection that the step is about, "" for none.
	Conn string
	// Note is for people.
	Note string

	action action
}

// An action is what a step of one kind does.
type action interface {
	// check looks for mistakes in the transcript itself.
	check() error
	// run performs the step. It returns a *mismatch where the server answered
	// otherwise than expected.
	run(r *replay, s *Step) error
}

// actions has a new action for every kind of step.
var actions = map[string]func() action{
	"open":           func() action { return new(open) },
	"send":           func() action { return new(send) },
	"expect":         func() action { return new(expect) },
	"allow":          func() action { return new(allow) },
	"expect_nothing": func() action { return new(expectNothing) },
	"expect_pong":    func() action { return new(expectPong) },
	"expect_close":   func() action { return new(expectClose) },
	"close":          func() action { return new(closing) },
	"sleep":          func() action { return new(sleep) },
	"http":           func() action { return new(httpExchange) },
	"http_start":     func() action { return new(httpStart) },
	"http_finish":    func() action { return new(httpFinish) },
	"collect":        func() action { return new(collect) },
}

// UnmarshalJSON reads a step. A field that its kind does not have is an error.
func (s *Step) UnmarshalJSON(text []byte) error {
	var fields map[string]jsontext.Value
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	for name, to := range map[string]*string{"do": &s.Do, "conn": &s.Conn, "note": &s.Note} {
		if field, ok := fields[name]; ok {
			if err := json.Unmarshal(field, to); err != nil {
				return fmt.Errorf("%q: %w", name, err)
			}
			delete(fields, name)
		}
	}
	construct, ok := actions[s.Do]
	if !ok {
		return fmt.Errorf("no such step: %q", s.Do)
	}
	s.action = construct()
	rest, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(rest, s.action, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("%q: %w", s.Do, err)
	}
	if err := s.action.check(); err != nil {
		return fmt.Errorf("%q: %w", s.Do, err)
	}
	return nil
}

// Parse reads a transcript. It is strict: unknown fields, kinds of steps and
// patterns are errors, and so are connections that a step names and the
// transcript does not have.
func Parse(text []byte) (*Transcript, error) {
	t := new(Transcript)
	if err := json.Unmarshal(text, t, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("failed to read a transcript: %w", err)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("failed to read the transcript %s: %w", t.Name, err)
	}
	return t, nil
}

var transports = []string{"websocket", "longpoll", "http", "mixed"}

func (t *Transcript) check() error {
	switch {
	case t.Format != 1:
		return fmt.Errorf("format %d is not known, only 1 is", t.Format)
	case t.Name == "":
		return errors.New("it has no name")
	case !slices.Contains(transports, t.Transport):
		return fmt.Errorf("no such transport: %q", t.Transport)
	}
	for _, name := range sortedKeys(t.Connections) {
		c := t.Connections[name]
		if err := checkTemplates(c.Path, c.Query, c.Headers); err != nil {
			return fmt.Errorf("connection %s: %w", name, err)
		}
	}
	return t.checkSteps()
}

func (t *Transcript) checkSteps() error {
	started := map[string]bool{}
	for i, s := range t.Steps {
		if _, ok := t.Connections[s.Conn]; s.Conn != "" && !ok {
			return fmt.Errorf("step %d: no such connection: %q", i+1, s.Conn)
		}
		switch a := s.action.(type) {
		case *httpStart:
			started[a.ID] = true
		case *httpFinish:
			if !started[a.ID] {
				return fmt.Errorf("step %d: no http_start has the id %q", i+1, a.ID)
			}
		case *sleep, *httpExchange:
		default:
			if s.Conn == "" {
				return fmt.Errorf("step %d: %q needs a connection", i+1, s.Do)
			}
		}
	}
	return nil
}

//go:embed transcripts/*.json own/*.json basic/*.json
var files embed.FS

// Recorded returns the transcripts recorded from the reference server, in the
// order of their names.
func Recorded() []*Transcript { return load("transcripts") }

// Own returns the transcripts that this project wrote itself: what its server
// does where it differs from the reference on purpose ([Differences]).
func Own() []*Transcript { return load("own") }

// Basic returns the transcripts that need no laboratory: what every server of
// the protocol does. Their paths are below a mount ("/websocket"), so the base
// of a replay is the mount's own URL. Those with the tag "topic" need
// [Options.Topic].
func Basic() []*Transcript { return load("basic") }

// load panics where a file is broken, as that file is part of this package; the
// package's own test reads them all.
func load(folder string) []*Transcript {
	names, err := fs.Glob(files, folder+"/*.json")
	if err != nil {
		panic(err)
	}
	transcripts := make([]*Transcript, 0, len(names))
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		t, err := Parse(text)
		if err != nil {
			panic(err)
		}
		if path.Base(name) != t.Name+".json" {
			panic(fmt.Sprintf("%s holds the transcript %s", name, t.Name))
		}
		transcripts = append(transcripts, t)
	}
	return transcripts
}
