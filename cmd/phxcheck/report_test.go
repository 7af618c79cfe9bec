package main

import (
	"bufio"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

var update = flag.Bool("update", false, "write the reports' golden files anew")

// reported is a run of four cases, one of every kind, with everything in it that
// a format has to escape.
func reported() (plan, []result) {
	begun := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	results := []result{
		{testCase: fixture("good", "join", "A join is answered.", "§4.4"), outcome: passed, took: 12 * time.Millisecond},
		{testCase: fixture("other", "elsewhere", "A token that is none.", "", "quirk"), outcome: passed, took: 1234567 * time.Microsecond,
			instead: []string{"D6: an auth token that is not base64 is the client's mistake: 403, not 500"}},
		{testCase: fixture("bad", "join", `What "<this>" & that \ is # for.`, "§4.4, §3.5", "quirk", "large"), outcome: failed, took: 499600 * time.Microsecond,
			failure: &conformance.Failure{
				Transcript: "bad", UID: "0badcafe", Step: 3, Do: "expect", Conn: "a", Note: "the answer",
				Sent: `["1","1","lab:\"<&>\"","phx_join",{}]`, Expected: "[1]\n            [2]", Came: "[1]\n            \x00\xff ]]> \u2028",
				Problem: `frame 2: at [0]: expected "2", got #3\`,
			}},
		{testCase: fixture("late", "join", "It does not end.", ""), outcome: failed, took: 2 * time.Minute, reason: "it had not ended after 2m0s"},
		{testCase: fixture("left-out", "topic", "It needs a topic.", "§4.5", "topic"), outcome: skipped, reason: "it needs a topic: --topic"},
	}
	results[0].checklist = []int{23, 24}
	p := plan{server: "http://127.0.0.1:4100", suite: "laboratory", parallel: 8, started: begun}
	for _, r := range results {
		p.cases = append(p.cases, r.testCase)
	}
	return p, results
}

func fixture(name, group, description, protocol string, tags ...string) *testCase {
	return &testCase{Transcript: &conformance.Transcript{Name: name, Group: group, Description: description, Protocol: protocol, Tags: tags}}
}

// write writes the report of a run in which only the first n cases ended.
func write(w io.Writer, o options, n int) error {
	p, results := reported()
	p.strict = o.strict
	report := o.newReport(w)
	report.begin(p)
	sum := newSummary(p.started)
	for _, r := range results[:n] {
		sum.add(r)
		report.result(r)
	}
	sum.finish(p.started.Add(12345678*time.Microsecond), len(results))
	return report.end(sum)
}

func TestReports(t *testing.T) {
	for name, test := range map[string]struct {
		o options
		n int
	}{
		"text":             {options{format: "text"}, 5},
		"text-quiet":       {options{format: "text", quiet: true}, 5},
		"text-all-passed":  {options{format: "text", quiet: true, strict: true}, 1},
		"tap":              {options{format: "tap"}, 5},
		"tap-broken-off":   {options{format: "tap"}, 2},
		"junit":            {options{format: "junit"}, 5},
		"junit-broken-off": {options{format: "junit"}, 2},
		"json":             {options{format: "json", strict: true}, 5},
		"json-nothing":     {options{format: "json"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			if err := write(&got, test.o, test.n); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
			if valid := validators[test.o.format]; valid != nil {
				if err := valid(got.String()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// What a real run writes is valid, too.
func TestReportsOfARun(t *testing.T) {
	broken := saboteur{frame: dropping("phx_close")}.start(t) + "/lab"
	for format, valid := range validators {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			ran := phxcheck(t, "--basic", "--topic", "lab:room", "--group", "topic,core", "--timeout", "300ms", "--format", format, broken)
			if err := valid(ran.stdout); err != nil || ran.code != exitFailed {
				t.Errorf("exit code %d, %v in\n%s", ran.code, err, ran.stdout)
			}
		})
	}
}

var validators = map[string]func(string) error{"tap": validTAP, "junit": validJUnit, "json": validJSON}

var testPoint = regexp.MustCompile(`^(not )?ok (\d+) - ((?:[^\\#]|\\\\|\\#)*?)(?: # SKIP (.+))?$`)

// validTAP holds a report against the grammar of TAP 14, as far as it is used.
func validTAP(text string) error {
	lines := bufio.NewScanner(strings.NewReader(text))
	planned, seen, bailed, inYAML := -1, 0, false, false
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		point := testPoint.FindStringSubmatch(line)
		switch {
		case number == 1:
			if line != "TAP version 14" {
				return fmt.Errorf("the first line is %q", line)
			}
		case inYAML && line == "  ...", !inYAML && line == "  ---" && seen > 0:
			inYAML = !inYAML
		case inYAML:
			if err := validYAML(line); err != nil {
				return err
			}
		case bailed:
			return fmt.Errorf("%q comes after the end", line)
		case strings.HasPrefix(line, "1.."):
			planned, _ = strconv.Atoi(line[3:])
		case point != nil:
			if seen++; point[2] != strconv.Itoa(seen) {
				return fmt.Errorf("%q is number %d", line, seen)
			}
		case strings.HasPrefix(line, "Bail out! "):
			bailed = true
		case !strings.HasPrefix(line, "# "):
			return fmt.Errorf("line %d is nothing: %q", number, line)
		}
	}
	if inYAML || seen != planned && !bailed {
		return fmt.Errorf("%d of %d test points, YAML open: %v", seen, planned, inYAML)
	}
	return lines.Err()
}

// validYAML accepts lines of a name with a number or a JSON string.
func validYAML(line string) error {
	name, v, ok := strings.Cut(strings.TrimPrefix(line, "  "), ": ")
	var decoded any
	if !ok || strings.ContainsAny(name, " \"'") || json.Unmarshal([]byte(v), &decoded) != nil {
		return fmt.Errorf("%q is no such YAML", line)
	}
	return nil
}

// validJUnit reads the XML and counts again.
func validJUnit(text string) error {
	var all junitSuites
	if err := xml.Unmarshal([]byte(text), &all); err != nil {
		return err
	}
	var tests, failures, skips, errs int
	for _, s := range all.Suites {
		var f, k int
		for _, c := range s.Cases {
			if c.Name == "" || c.ClassName == "" || c.Failure != nil && c.Skipped != nil {
				return fmt.Errorf("the case %+v", c)
			}
			if c.Failure != nil {
				f++
			}
			if c.Skipped != nil {
				k++
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != f || s.Skipped != k {
			return fmt.Errorf("the suite %s counts wrong", s.Name)
		}
		tests, failures, skips, errs = tests+len(s.Cases), failures+f, skips+k, errs+s.Errors
	}
	if all.Tests != tests || all.Failures != failures || all.Skipped != skips || all.Errors != errs {
		return fmt.Errorf("the report counts %d, %d, %d, %d, not %d, %d, %d, %d", all.Tests, all.Failures, all.Skipped, all.Errors, tests, failures, skips, errs)
	}
	return nil
}

func validJSON(text string) error {
	var r jsonRun
	if err := json.Unmarshal([]byte(text), &r, json.RejectUnknownMembers(true)); err != nil {
		return err
	}
	count := map[outcome]int{}
	for _, c := range r.Cases {
		count[c.Result]++
	}
	if len(r.Cases) != r.Total || count[passed] != r.Passed || count[failed] != r.Failed || count[skipped] != r.Skipped {
		return fmt.Errorf("%d cases: %v", len(r.Cases), count)
	}
	return nil
}

// A report that cannot be written is not a run that passed.
func TestReportCannotBeWritten(t *testing.T) {
	full := errors.New("the disk is full")
	for format := range formats {
		if err := write(failingWriter{full}, options{format: format}, 5); !errors.Is(err, full) {
			t.Errorf("%s: got %v, want %v", format, err, full)
		}
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }
