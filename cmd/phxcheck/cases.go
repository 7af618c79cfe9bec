package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

// A testCase is a transcript, and what a server may do otherwise.
type testCase struct {
	*conformance.Transcript
	tolerate conformance.Tolerance
	// instead are transcripts that together show another way that passes too;
	// differences says what that way is.
	instead     []*conformance.Transcript
	differences []conformance.Difference
	checklist   []int  // lines of the checklist that it is a test for
	skip        string // why it is not run
}

// cases returns the cases that the options choose, in the order in which they
// are to run.
func (o *options) cases() ([]*testCase, error) {
	var chosen []*testCase
	for _, t := range o.transcripts() {
		if o.wants(t) {
			chosen = append(chosen, o.testCase(t))
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no case is left to run (--list lists them all)")
	}
	// Those that take long come first: they would keep everybody waiting at the
	// end.
	slices.SortStableFunc(chosen, func(a, b *testCase) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(a.Name, b.Name))
	})
	return chosen, nil
}

func (o *options) transcripts() []*conformance.Transcript {
	if o.basic {
		return conformance.Basic()
	}
	all := conformance.Recorded()
	for _, t := range conformance.Own() {
		if slices.Contains(t.Tags, "reference") {
			all = append(all, t)
		}
	}
	return all
}

// wants reports whether the flags choose a case.
func (o *options) wants(t *conformance.Transcript) bool {
	named := len(o.only) == 0 || slices.ContainsFunc(o.only, func(pattern string) bool {
		ok, _ := path.Match(pattern, t.Name)
		return ok
	})
	return named &&
		(len(o.groups) == 0 || o.groups.has(t.Group)) && !o.noGroups.has(t.Group) &&
		(len(o.tags) == 0 || o.tags.hasAnyOf(t.Tags)) && !o.noTags.hasAnyOf(t.Tags) &&
		(len(o.needs) == 0 || !slices.ContainsFunc(needs(t), func(n string) bool { return !o.needs.has(n) }))
}

// needs are the transports that a case cannot do without.
func needs(t *conformance.Transcript) []string {
	switch t.Transport {
	case "longpoll":
		return []string{"longpoll"}
	case "mixed":
		return []string{"longpoll", "websocket"}
	default: // "http" is about the WebSocket URL
		return []string{"websocket"}
	}
}

func (o *options) testCase(t *conformance.Transcript) *testCase {
	c := &testCase{Transcript: t, checklist: conformance.ChecklistLinesOf(t.Name)}
	if slices.Contains(t.Tags, "topic") && o.topic == "" {
		c.skip = "it needs a topic: --topic"
	}
	if o.strict {
		return c
	}
	allowance := conformance.AllowanceFor(t.Name)
	c.tolerate = allowance.Tolerate
	for _, d := range allowance.Differences {
		for _, name := range d.Instead {
			c.instead = append(c.instead, own(name))
		}
		if len(d.Instead) > 0 {
			c.differences = append(c.differences, d)
		}
	}
	return c
}

// own returns one of the project's own transcripts.
func own(name string) *conformance.Transcript {
	all := conformance.Own()
	i := slices.IndexFunc(all, func(t *conformance.Transcript) bool { return t.Name == name })
	return all[i] // a test of package conformance holds that there is one
}

// weight tells the cases that take long from the others.
func (c *testCase) weight() int {
	if len(c.instead) > 0 || slices.Contains(c.Tags, "slow") || slices.Contains(c.Tags, "large") {
		return 1
	}
	return 0
}

// about says where the rule is written: "PROTOCOL.md §4.4; checklist 23, 24".
func (c *testCase) about() string {
	var where []string
	if sections := c.Sections(); sections != "" {
		where = append(where, "PROTOCOL.md "+sections)
	}
	if len(c.checklist) > 0 {
		numbers := strings.Trim(fmt.Sprint(c.checklist), "[]")
		where = append(where, "checklist "+strings.ReplaceAll(numbers, " ", ", "))
	}
	return strings.Join(where, "; ")
}

// list writes the cases for --list, by name.
func list(w io.Writer, cases []*testCase) {
	slices.SortFunc(cases, func(a, b *testCase) int { return cmp.Compare(a.Name, b.Name) })
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, c := range cases {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", c.Name, c.Group, strings.Join(c.Tags, ","), c.Description)
	}
	table.Flush()
}
