package main

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// A histogram becomes four measures in milliseconds, in the order in which they
// are shown.
func TestResultQuantiles(t *testing.T) {
	var h histogram
	for i := 1; i <= 100; i++ {
		h.record(time.Duration(i) * time.Millisecond)
	}
	var r result
	r.quantiles("first latency", &h)
	var names []string
	for i, want := range []float64{50, 90, 99, 100} {
		m := r.Measures[i]
		names = append(names, m.Name)
		if m.Unit != "ms" || m.Value < want || m.Value > want*1.04 {
			t.Errorf("got %+v, want %v ms", m, want)
		}
	}
	if want := []string{"first latency p50", "first latency p90", "first latency p99", "first latency max"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	r = result{}
	r.quantiles("latency", new(histogram))
	for _, m := range r.Measures {
		if m.Value != 0 {
			t.Errorf("of nothing: %+v", m)
		}
	}
}

func TestFind(t *testing.T) {
	r := measured("phxlab", "echo", measure{"CPU/echo", 0, "µs"}, measure{"count", 2, ""})
	if v, ok := r.find("CPU/echo"); v != 0 || !ok {
		t.Errorf("what is 0 was measured: got %v, %v", v, ok)
	}
	if _, ok := r.find("CPU"); ok {
		t.Error("a part of a name is found")
	}
	for name, want := range map[string]string{"CPU/echo": "µs", "count": "", "none": ""} {
		if got := r.unit(name); got != want {
			t.Errorf("%s: the unit %q, want %q", name, got, want)
		}
	}
}

// Whose processors were busy depends on whether the server is known.
func TestResultForATerminal(t *testing.T) {
	r := measured("127.0.0.1:1/lab", "open", measure{"latency p99", 51, "ms"}, measure{"visitors", 3, ""})
	r.Seconds, r.Others = 2.34, 0.56
	for charged, want := range map[bool]string{
		true:  "open, 100 clients, 2.3 s; other processes kept 0.6 processors busy\n",
		false: "open, 100 clients, 2.3 s; the server and others kept 0.6 processors busy\n",
	} {
		r.charged = charged
		var out strings.Builder
		if err := r.print(&out); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), want) {
			t.Errorf("got %q, want %q", out.String(), want)
		}
		lines := strings.Split(out.String(), "\n")
		for _, want := range []string{"latency p99 51.0 ms", "visitors 3.00", "open: wait for a page of 1 MB that somebody has, p99 127.0.0.1:1/lab 51.0 ms ≤ 50.0 ms not met"} {
			if !slices.ContainsFunc(lines, func(l string) bool { return strings.Join(strings.Fields(l), " ") == want }) {
				t.Errorf("no line %q in\n%s", want, out.String())
			}
		}
	}
	r.Standard = false
	var out strings.Builder
	if err := r.print(&out); err != nil || strings.Contains(out.String(), "targets") {
		t.Errorf("targets are told of other settings: %s, %v", out.String(), err)
	}
}

// What is written as JSON is read again as it was; what is not known is left out.
func TestResultAsJSON(t *testing.T) {
	want := measured("phxlab", "echo", measure{"CPU/echo", 1.5, "µs"}, measure{"count", 2, ""})
	var out strings.Builder
	if err := writeJSON(&out, want); err != nil {
		t.Fatal(err)
	}
	var got result
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got.Server != want.Server || !got.Standard || !slices.Equal(got.Measures, want.Measures) {
		t.Errorf("got %+v, %v", got, err)
	}
	if strings.Contains(out.String(), "failure") || strings.Count(out.String(), `"unit"`) != 1 {
		t.Errorf("got %s", out.String())
	}
	want.add("nothing", math.NaN(), "")
	if err := writeJSON(&out, want); err == nil {
		t.Error("what is no number was written")
	}
}

// deaf takes nothing.
type deaf struct{}

var errDeaf = errors.New("nobody listens")

func (deaf) Write([]byte) (int, error) { return 0, errDeaf }

// A report that could not be written is an error, however it was to be written;
// the document is written all the same.
func TestNobodyReads(t *testing.T) {
	r := exampleReport()
	for name, err := range map[string]error{
		"result":          (&r.Medians[0]).print(deaf{}),
		"report":          r.print(deaf{}),
		"targets":         printVerdicts(deaf{}, r.Targets),
		"JSON":            writeJSON(deaf{}, r),
		"publish":         r.publish(options{}, deaf{}),
		"publish as JSON": r.publish(options{json: true}, deaf{}),
	} {
		if !errors.Is(err, errDeaf) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := printVerdicts(deaf{}, nil); err != nil {
		t.Errorf("no targets: %v", err)
	}
}
