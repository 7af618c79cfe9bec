package main

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"
)

// junitReport is the XML that build servers read: a suite for each group.
type junitReport struct {
	w       io.Writer
	plan    plan
	results []result
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string          `xml:"name,attr"`
	Tests     int             `xml:"tests,attr"`
	Failures  int             `xml:"failures,attr"`
	Errors    int             `xml:"errors,attr"`
	Skipped   int             `xml:"skipped,attr"`
	Time      string          `xml:"time,attr"`
	Timestamp string          `xml:"timestamp,attr"`
	Hostname  string          `xml:"hostname,attr"`
	Cases     []junitTestCase `xml:"testcase"`
}

type junitTestCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure,omitempty"`
	Skipped   *junitSkipped `xml:"skipped,omitempty"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

func (j *junitReport) begin(p plan) { j.plan = p }

func (j *junitReport) result(r result) { j.results = append(j.results, r) }

func (j *junitReport) end(s *summary) error {
	all := junitSuites{
		Name: "phxcheck " + j.plan.suite, Tests: s.total(), Failures: s.failed, Skipped: s.skipped, Time: seconds(s.took),
	}
	for _, name := range s.groupNames() {
		all.Suites = append(all.Suites, j.suite(name, s))
	}
	if s.interrupted {
		// The format has no word for it; an error is what makes a build red.
		all.Errors = 1
		all.Suites = append(all.Suites, junitSuite{Name: "broken off: not every case has ended", Errors: 1, Time: "0.000", Timestamp: stamp(s.started), Hostname: j.plan.server})
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(j.w, xml.Header+string(text)+"\n")
	return err
}

func (j *junitReport) suite(group string, s *summary) junitSuite {
	c := s.groups[group]
	suite := junitSuite{
		Name: group, Tests: c.total(), Failures: c.failed, Skipped: c.skipped,
		Timestamp: stamp(s.started), Hostname: j.plan.server,
	}
	var took time.Duration
	for _, r := range j.results {
		if r.Group == group {
			took += r.took
			suite.Cases = append(suite.Cases, j.testCase(r))
		}
	}
	suite.Time = seconds(took)
	return suite
}

func (j *junitReport) testCase(r result) junitTestCase {
	t := junitTestCase{Name: r.Name, ClassName: "phxcheck." + j.plan.suite + "." + r.Group, Time: seconds(r.took), Output: strings.Join(r.instead, "\n")}
	switch r.outcome {
	case failed:
		message := r.reason
		if r.failure != nil {
			message = r.failure.Problem
		}
		t.Failure = &junitFailure{Message: message, Type: "mismatch", Text: r.explanation()}
	case skipped:
		t.Skipped = &junitSkipped{r.reason}
	}
	return t
}

// seconds is a duration as the XML wants it.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }
