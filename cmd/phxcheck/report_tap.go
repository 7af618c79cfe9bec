package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// tapReport is TAP version 14 (testanything.org): the test points come in the
// order in which the cases end.
type tapReport struct {
	w      writer
	number int
}

func (t *tapReport) begin(p plan) {
	fmt.Fprintf(&t.w, "TAP version 14\n1..%d\n# %s suite against %s\n", len(p.cases), p.suite, tapComment(p.server))
}

func (t *tapReport) result(r result) {
	t.number++
	verdict := "ok"
	if r.outcome == failed {
		verdict = "not ok"
	}
	fmt.Fprintf(&t.w, "%s %d - %s", verdict, t.number, tapText(r.Group+"/"+r.Name))
	if r.outcome == skipped {
		fmt.Fprintf(&t.w, " # SKIP %s", tapText(r.reason))
	}
	fmt.Fprintf(&t.w, "\n  ---\n  duration_ms: %d\n", milliseconds(r.took))
	for _, line := range r.diagnosis() {
		// A JSON string is a YAML string.
		text, err := json.Marshal(line.text, jsontext.AllowInvalidUTF8(true))
		t.w.err = cmp.Or(t.w.err, err)
		if line.text != "" {
			fmt.Fprintf(&t.w, "  %s: %s\n", line.name, text)
		}
	}
	fmt.Fprint(&t.w, "  ...\n")
}

type diagnosisLine struct{ name, text string }

// diagnosis is what a test point says besides its name.
func (r result) diagnosis() []diagnosisLine {
	lines := []diagnosisLine{{"instead", strings.Join(r.instead, "; ")}}
	if r.outcome != failed {
		return lines
	}
	lines = append(lines, diagnosisLine{"description", r.Description}, diagnosisLine{"see", r.about()},
		diagnosisLine{"tags", strings.Join(r.Tags, ", ")}, diagnosisLine{"message", r.reason})
	if f := r.failure; f != nil {
		lines = append(lines, diagnosisLine{"message", f.Problem}, diagnosisLine{"at", f.Where()},
			diagnosisLine{"sent", f.Sent}, diagnosisLine{"expected", f.Expected}, diagnosisLine{"came", f.Came}, diagnosisLine{"uid", f.UID})
	}
	return lines
}

func (t *tapReport) end(s *summary) error {
	fmt.Fprintf(&t.w, "# %d passed, %d failed, %d skipped, in %.1f s\n", s.passed, s.failed, s.skipped, s.took.Seconds())
	if s.interrupted {
		fmt.Fprint(&t.w, "Bail out! Broken off: not every case has ended.\n")
	}
	return t.w.err
}

// tapText escapes what has a meaning on a test point's line.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ").Replace(s)
}

func tapComment(s string) string { return strings.ReplaceAll(s, "\n", " ") }
