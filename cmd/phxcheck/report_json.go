package main

import (
	"io"
	"math"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jsonReport is for programs; the package comment shows it.
type jsonReport struct {
	w   io.Writer
	run jsonRun
}

type jsonRun struct {
	Version     int         `json:"phxcheck"`
	Server      string      `json:"server"`
	Suite       string      `json:"suite"`
	Strict      bool        `json:"strict"`
	Started     time.Time   `json:"started"`
	Seconds     float64     `json:"seconds"`
	Interrupted bool        `json:"interrupted"`
	Total       int         `json:"total"`
	Passed      int         `json:"passed"`
	Failed      int         `json:"failed"`
	Skipped     int         `json:"skipped"`
	Groups      []jsonGroup `json:"groups"`
	Cases       []jsonCase  `json:"cases"`
}

type jsonGroup struct {
	Name    string `json:"name"`
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
	Skipped int    `json:"skipped"`
}

type jsonCase struct {
	Name        string       `json:"name"`
	Group       string       `json:"group"`
	Tags        []string     `json:"tags,omitempty"`
	Description string       `json:"description"`
	Protocol    string       `json:"protocol,omitempty"`
	Checklist   []int        `json:"checklist,omitempty"`
	Result      outcome      `json:"result"`
	Seconds     float64      `json:"seconds"`
	Instead     []string     `json:"instead,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Failure     *jsonFailure `json:"failure,omitempty"`
}

type jsonFailure struct {
	Step     int    `json:"step"`
	Do       string `json:"do,omitempty"`
	Conn     string `json:"conn,omitempty"`
	Note     string `json:"note,omitempty"`
	Sent     string `json:"sent,omitempty"`
	Expected string `json:"expected,omitempty"`
	Came     string `json:"came,omitempty"`
	Problem  string `json:"problem"`
	UID      string `json:"uid"`
}

func (j *jsonReport) begin(p plan) {
	j.run = jsonRun{Version: 1, Server: p.server, Suite: p.suite, Strict: p.strict, Started: p.started.UTC().Truncate(time.Second), Cases: []jsonCase{}, Groups: []jsonGroup{}}
}

func (j *jsonReport) result(r result) {
	c := jsonCase{
		Name: r.Name, Group: r.Group, Tags: r.Tags, Description: r.Description, Protocol: r.Sections(), Checklist: r.checklist,
		Result: r.outcome, Seconds: toMillisecond(r.took), Instead: r.instead, Reason: r.reason,
	}
	if f := r.failure; f != nil {
		c.Failure = &jsonFailure{f.Step, f.Do, f.Conn, f.Note, f.Sent, f.Expected, f.Came, f.Problem, f.UID}
	}
	j.run.Cases = append(j.run.Cases, c)
}

func (j *jsonReport) end(s *summary) error {
	j.run.Seconds, j.run.Interrupted = toMillisecond(s.took), s.interrupted
	j.run.Total, j.run.Passed, j.run.Failed, j.run.Skipped = s.total(), s.passed, s.failed, s.skipped
	for _, name := range s.groupNames() {
		g := s.groups[name]
		j.run.Groups = append(j.run.Groups, jsonGroup{name, g.passed, g.failed, g.skipped})
	}
	// What a server sent need not be UTF-8.
	text, err := json.Marshal(j.run, jsontext.Multiline(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, err = j.w.Write(append(text, '\n'))
	return err
}

// toMillisecond is a duration in seconds, without digits that mean nothing.
func toMillisecond(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
