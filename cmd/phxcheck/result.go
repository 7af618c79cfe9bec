package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

// An outcome is what became of a case.
type outcome string

const (
	passed  outcome = "passed"
	failed  outcome = "failed"
	skipped outcome = "skipped"
)

// A result is a case that has ended.
type result struct {
	*testCase
	outcome outcome
	took    time.Duration
	instead []string             // passed: in another way, which are these
	reason  string               // skipped: why; failed: why, where there is no failure
	failure *conformance.Failure // failed: what the server did
}

// problem says in several lines why a case failed, without its name.
func (r result) problem() string {
	if r.failure == nil {
		return r.reason
	}
	return strings.TrimPrefix(r.failure.Error(), r.failure.Transcript+": ")
}

// counts are numbers of cases.
type counts struct{ passed, failed, skipped int }

func (c *counts) add(o outcome) {
	switch o {
	case passed:
		c.passed++
	case failed:
		c.failed++
	case skipped:
		c.skipped++
	}
}

func (c *counts) total() int { return c.passed + c.failed + c.skipped }

// A summary is what a run came to.
type summary struct {
	counts
	groups      map[string]*counts
	started     time.Time
	took        time.Duration
	interrupted bool // not every case has ended
	failures    []*testCase
	others      []*testCase // that passed in another way than the reference's
}

func newSummary(now time.Time) *summary {
	return &summary{started: now, groups: make(map[string]*counts)}
}

func (s *summary) add(r result) {
	s.counts.add(r.outcome)
	group := s.groups[r.Group]
	if group == nil {
		group = new(counts)
		s.groups[r.Group] = group
	}
	group.add(r.outcome)
	if r.outcome == failed {
		s.failures = append(s.failures, r.testCase)
	}
	if len(r.instead) > 0 {
		s.others = append(s.others, r.testCase)
	}
}

// finish ends a run of so many cases.
func (s *summary) finish(now time.Time, cases int) {
	s.took = now.Sub(s.started)
	s.interrupted = s.total() < cases
	for _, list := range [][]*testCase{s.failures, s.others} {
		slices.SortFunc(list, func(a, b *testCase) int { return cmp.Compare(a.Name, b.Name) })
	}
}

// groupNames are the groups, sorted.
func (s *summary) groupNames() []string {
	names := make([]string, 0, len(s.groups))
	for name := range s.groups {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
