package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// textReport is for people.
type textReport struct {
	w     writer
	quiet bool
	width int // of the longest name
}

var verdicts = map[outcome]string{passed: "ok", failed: "FAIL", skipped: "skip"}

func (t *textReport) begin(p plan) {
	for _, c := range p.cases {
		t.width = max(t.width, len(c.Name))
	}
	how := "the reference's way, or another that is known to be right"
	if p.strict {
		how = "the reference's way only"
	}
	fmt.Fprintf(&t.w, "%d cases of the %s suite against %s, %d at a time; %s\n\n", len(p.cases), p.suite, printable(p.server), p.parallel, how)
}

func (t *textReport) result(r result) {
	if t.quiet && r.outcome == passed {
		return
	}
	fmt.Fprintf(&t.w, "%-4s  %-*s  %6d ms", verdicts[r.outcome], t.width, r.Name, milliseconds(r.took))
	switch {
	case r.outcome == skipped:
		fmt.Fprintf(&t.w, "  %s", r.reason)
	case r.outcome == failed && len(r.Tags) > 0:
		fmt.Fprintf(&t.w, "  [%s]", strings.Join(r.Tags, ", "))
	case len(r.instead) > 0:
		fmt.Fprintf(&t.w, "  in another way: %s", strings.Join(r.instead, "; "))
	}
	fmt.Fprintln(&t.w)
	if r.outcome == failed {
		fmt.Fprintf(&t.w, "%s\n", indent("      ", printable(r.explanation())))
	}
}

// explanation is what somebody who has to mend it needs to know.
func (r result) explanation() string {
	text := r.Description
	if about := r.about(); about != "" {
		text += "\n(" + about + ")"
	}
	return text + "\n" + r.problem()
}

// printable escapes what would do something to a terminal: a server may send
// anything.
func printable(text string) string {
	var b strings.Builder
	for _, c := range text {
		if c == '\n' || unicode.IsPrint(c) {
			b.WriteRune(c)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRune(c), "'"))
	}
	return b.String()
}

func indent(by, text string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }

func (t *textReport) end(s *summary) error {
	names := s.groupNames()
	width := len("total")
	for _, name := range names {
		width = max(width, len(name))
	}
	if t.w.err == nil && (!t.quiet || s.total() > s.passed) {
		fmt.Fprintln(&t.w)
	}
	fmt.Fprintf(&t.w, "%-*s  passed  failed  skipped\n", width, "group")
	line := func(name string, c counts) {
		fmt.Fprintf(&t.w, "%-*s  %6d  %6d  %7d\n", width, name, c.passed, c.failed, c.skipped)
	}
	for _, name := range names {
		line(name, *s.groups[name])
	}
	line("total", s.counts)
	fmt.Fprintf(&t.w, "\nIn %.1f s.%s\n", s.took.Seconds(), t.remarks(s))
	return t.w.err
}

// remarks is what follows from the numbers.
func (t *textReport) remarks(s *summary) string {
	var b strings.Builder
	if len(s.others) > 0 {
		fmt.Fprintf(&b, "\n%d passed in another way than the reference's (--strict fails them).", len(s.others))
	}
	if len(s.failures) > 0 {
		fmt.Fprintf(&b, "\nFailed:")
		for _, c := range s.failures {
			fmt.Fprintf(&b, " %s", c.Name)
		}
	}
	for _, tag := range []struct{ name, meaning string }{
		{"quirk", "from the inner workings of the reference server"},
		{"http-server", "from the HTTP server below it"},
	} {
		n := 0
		for _, c := range s.failures {
			if slices.Contains(c.Tags, tag.name) {
				n++
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "\n%d of them %s: another server may well differ (--skip-tags %s).", n, tag.meaning, tag.name)
		}
	}
	if s.interrupted {
		b.WriteString("\nBroken off: not every case has ended.")
	}
	return b.String()
}
