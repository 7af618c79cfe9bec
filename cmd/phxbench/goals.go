package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// goal is a target that this project has set itself for a scenario with its own
// settings.
type goal struct {
	scenario string
	measure  string // "": that the scenario ran through, which checks what is said
	says     string
	floors   bool    // the limit is in multiples of the floor, of the same run
	limit    float64 // at most
	unit     string
	speak    dialect // what it is about; "": however holders and visitors speak
}

// goals lists them all.
func goals() []goal {
	return []goal{
		{scenario: "idle", measure: "RSS/connection", says: "memory of an idle connection, 3 s after all have come", limit: 11, unit: "KB"},
		{scenario: "idle", measure: "RSS/connection settled", says: "the same once garbage was collected", limit: 11, unit: "KB"},
		// The runtime's own goroutines come and go.
		{scenario: "idle", measure: "goroutines/connection", says: "goroutines of an idle connection", limit: 1.005},
		{scenario: "connect", measure: "CPU/connection", says: "CPU of connect and join", floors: true, limit: 1.3},
		{scenario: "echo", measure: "CPU/echo", says: "CPU of an echo", floors: true, limit: 1.5},
		{scenario: "fanout", measure: "CPU/paced delivery", says: "CPU of a paced broadcast, each delivery", floors: true, limit: 1.2},
		{scenario: "fanout", measure: "CPU/burst delivery", says: "CPU of a burst of 20, each delivery", floors: true, limit: 0.4},
		// What the broadcast itself takes is spread over 5,000 recipients, and a
		// collection of garbage empties pools.
		{scenario: "fanout", measure: "allocations/paced delivery", says: "allocations for each recipient, paced, after the first broadcast", limit: 0.02},
		{scenario: "fanout", measure: "allocations/burst delivery", says: "allocations for each recipient, burst, after the first burst", limit: 0.02},
		{scenario: "page", measure: "CPU/visitor", says: "CPU of a page of 100 kB for each of 2,000 visitors", floors: true, limit: 1.15},
		{scenario: "page", measure: "RSS peak above idle", says: "memory that such a page takes", limit: 20, unit: "MB"},
		{scenario: "storm", says: "every one of 2,000 visitors at once ends on the exact count"},
		{scenario: "storm", measure: "join together counts/visitor max", says: "counts told to any of them", limit: 30},
		{scenario: "storm", measure: "together/apart", says: "CPU of joining one page, to joining a page each", limit: 2, unit: "×"},
		{scenario: "killer", says: "every visitor of the 8 MB page is served once, nobody closed who reads"},
		{scenario: "killer", measure: "RSS peak", says: "memory of the server meanwhile", limit: 200, unit: "MB"},
		{scenario: "killer", measure: "last/first third", says: "flat: its peak in the last third, to that in the first", limit: 1.1, unit: "×"},
		{scenario: "open", measure: "latency p99", says: "wait for a page of 1 MB that somebody has, p99", limit: 50, unit: "ms", speak: ours},
		{scenario: "frozen", measure: "first visitor max", says: "wait for a page with a frozen holder, at most", limit: 2000, unit: "ms"},
	}
}

// verdict is a goal, held against one server.
type verdict struct {
	Scenario string  `json:"scenario"`
	Says     string  `json:"says"`
	Server   string  `json:"server"`
	Value    float64 `json:"value"`
	Limit    float64 `json:"limit"`
	Unit     string  `json:"unit,omitempty"`
	Met      bool    `json:"met"`
	Failure  string  `json:"failure,omitempty"` // why there is no value: the server's, or the floor's

	gate       bool
	unmeasured bool // the failure is the floor's
}

// judge holds the goals against results, of which each server has at most one in
// each scenario. What was not measured, or with other settings, is not judged;
// what failed has not met anything, nor what a floor that failed was the measure of.
func judge(results []result) []verdict {
	var all []verdict
	for _, g := range goals() {
		for _, r := range results {
			if g.about(r) {
				if v, ok := g.judge(r, results); ok {
					all = append(all, v)
				}
			}
		}
	}
	return all
}

// about reports whether the goal is for what a result is of. A floor is not held
// against anything.
func (g goal) about(r result) bool {
	return r.Scenario == g.scenario && r.Server != floorName && !r.bare && (g.speak == "" || g.speak == r.Speak)
}

func (g goal) judge(r result, results []result) (v verdict, ok bool) {
	v = verdict{Scenario: g.scenario, Says: g.says, Server: r.Server, Limit: g.limit, Unit: g.unit, Failure: r.Failure, gate: g.measure == ""}
	if g.floors {
		v.Unit = "× floor"
	}
	if r.Failure != "" {
		return v, true
	}
	if !r.Standard {
		return v, false
	}
	if v.gate {
		v.Met = true
		return v, true
	}
	if v.Value, ok = r.find(g.measure); !ok {
		return v, false
	}
	if g.floors {
		floor, found := g.floorIn(results)
		if !found {
			v.Value, v.unmeasured = 0, true
			v.Failure, ok = g.withoutFloor(results)
			return v, ok
		}
		v.Value /= floor
	}
	v.Met = v.Value <= g.limit
	return v, true
}

// floorIn finds the same measure of the floor.
func (g goal) floorIn(results []result) (float64, bool) {
	for _, r := range results {
		if r.Scenario == g.scenario && r.Server == floorName && r.Failure == "" {
			v, ok := r.find(g.measure)
			return v, ok && v > 0
		}
	}
	return 0, false
}

// withoutFloor says why there is no measure of the floor, if there is a floor.
func (g goal) withoutFloor(results []result) (why string, ok bool) {
	for _, r := range results {
		if r.Scenario == g.scenario && r.Server == floorName {
			if r.Failure != "" {
				return "the floor failed: " + r.Failure, true
			}
			return "the floor was measured without " + g.measure, true
		}
	}
	return "", false
}

// columns are the target, whose it is, what was measured, what is wanted, and
// whether that was met.
func (v verdict) columns() []string {
	value, limit := amount(v.Value, v.Unit), "≤ "+amount(v.Limit, v.Unit)
	if v.gate {
		value, limit = "yes", "yes"
	}
	met := "met"
	if !v.Met {
		met = "not met"
	}
	switch {
	case v.unmeasured:
		value = "not measured"
	case v.Failure != "":
		value = "failed"
	}
	return []string{v.Scenario + ": " + v.Says, v.Server, value, limit, met}
}

func amount(v float64, unit string) string {
	if unit == "" {
		return number(v)
	}
	return number(v) + " " + unit
}

// printVerdicts writes them for a terminal.
func printVerdicts(w io.Writer, verdicts []verdict) error {
	if len(verdicts) == 0 {
		return nil
	}
	fmt.Fprint(w, "\ntargets\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range verdicts {
		for _, column := range v.columns() {
			fmt.Fprint(t, column, "\t")
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
