package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rows are the lines of a table with their columns joined.
func rows(lines [][]string) []string {
	var all []string
	for _, line := range lines {
		all = append(all, strings.Join(line, "|"))
	}
	return all
}

// A table has a ratio to the floor for what can be said in multiples of it, and
// a dash for what was not measured.
func TestTable(t *testing.T) {
	lab := measured("phxlab", "idle", measure{"CPU/x", 30, "µs"}, measure{"RSS", 5, "KB"}, measure{"count", 3, ""}, measure{"peak", 4, "MB"})
	app := measured("ephemeral", "idle", measure{"CPU/x", 10, "µs"}, measure{"latency", 2, "ms"})
	floor := measured(floorName, "idle", measure{"CPU/x", 20, "µs"}, measure{"RSS", 0, "KB"}, measure{"count", 1, ""}, measure{"latency", 8, "ms"}, measure{"peak", 1, "MB"})
	lab.Others, floor.Others = 0.25, 1.5
	for name, test := range map[string]struct {
		results []result
		want    []string
	}{
		"with a floor": {[]result{lab, app, floor}, []string{
			"|phxlab|× floor|ephemeral|× floor|floor",
			"CPU/x µs|30.0|1.50|10.0|0.50|20.0",
			"RSS KB|5.00||–||0",
			"count|3.00||–||1.00",
			"peak MB|4.00||–||1.00",
			"latency ms|–||2.00|0.25|8.00",
			"others, processors|0.250||0||1.50",
		}},
		"without one": {[]result{lab, app}, []string{
			"|phxlab|ephemeral", "CPU/x µs|30.0|10.0", "RSS KB|5.00|–", "count|3.00|–", "peak MB|4.00|–", "latency ms|–|2.00", "others, processors|0.250|0",
		}},
		"a failure": {[]result{{Server: "phxlab", Scenario: "idle", Failure: "gone"}, floor}, []string{
			"|phxlab|× floor|floor", "CPU/x µs|–||20.0", "RSS KB|–||0", "count|–||1.00", "latency ms|–||8.00", "peak MB|–||1.00", "others, processors|0||1.50",
		}},
	} {
		if got := rows(table(test.results)); !slices.Equal(got, test.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

// Medians are of each measure over the rounds that have it; a failure in one
// round is told of, and what follows from it is nobody's standard.
func TestMedians(t *testing.T) {
	round := func(server string, cpu, seconds, others float64) result {
		r := measured(server, "echo", measure{"CPU/echo", cpu, "µs"})
		r.Seconds, r.Others = seconds, others
		return r
	}
	extra := round("phxlab", 9, 3, 0.3)
	extra.add("allocations/echo", 7, "")
	failed := result{Server: "floor", Scenario: "echo", Clients: 100, Failure: "echo: gone"}
	second := result{Server: "floor", Scenario: "echo", Clients: 100, Failure: "echo: gone again"}
	got := medians([]result{
		round("phxlab", 1, 1, 0.1), round("floor", 4, 1, 0), extra, failed, round("phxlab", 2, 2, 0.2), second,
		measured("phxlab", "storm", measure{"CPU/echo", 50, "µs"}),
	})
	if len(got) != 3 {
		t.Fatalf("got %+v", got)
	}
	lab, floor, storm := got[0], got[1], got[2]
	if cpu, _ := lab.find("CPU/echo"); cpu != 2 || lab.Seconds != 2 || lab.Others != 0.2 || !lab.Standard || lab.Failure != "" || lab.Clients != 100 {
		t.Errorf("got %+v", lab)
	}
	if n, ok := lab.find("allocations/echo"); !ok || n != 7 {
		t.Errorf("what one round alone has found out: got %+v", lab)
	}
	if cpu, _ := floor.find("CPU/echo"); cpu != 4 || floor.Standard || floor.Failure != "echo: gone" {
		t.Errorf("got %+v", floor)
	}
	if cpu, _ := storm.find("CPU/echo"); cpu != 50 || storm.Scenario != "storm" {
		t.Errorf("another scenario: got %+v", storm)
	}
}

func TestChunkBy(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "a", "aab": "aa b", "abba": "a bb a", "aaa": "aaa"} {
		var got []string
		for chunk := range chunkBy([]byte(text), func(a, b byte) bool { return a == b }) {
			got = append(got, string(chunk))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for range chunkBy([]byte("ab"), func(a, b byte) bool { return a == b }) {
		break // whoever has seen enough is left alone
	}
}

// The servers' commit is found in the programs; of programs that are none nothing
// is said.
func TestBuildOf(t *testing.T) {
	bin := testServers(t, "serve")
	if got := buildOf(bin); got == "" || got == "several commits" {
		t.Errorf("of two copies of one program: %q", got)
	}
	if err := os.Remove(filepath.Join(bin, "ephemeral")); err != nil {
		t.Fatal(err)
	}
	if got := buildOf(bin); got != noCommit {
		t.Errorf("of one program where there should be two: %q", got)
	}
	if err := os.WriteFile(filepath.Join(bin, "ephemeral"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := buildOf(bin); got != noCommit {
		t.Errorf("of a script: %q", got)
	}
}

// The summary is of this project's server rather than the laboratory, of its own
// settings, and of nothing that was not measured.
func TestSummary(t *testing.T) {
	lab, app := measured("phxlab", "idle", measure{"RSS/connection", 11, "KB"}), measured("ephemeral", "idle", measure{"RSS/connection", 12, "KB"})
	floor := measured(floorName, "idle", measure{"RSS/connection", 24, "KB"})
	small := app
	small.Standard = false
	const head = "|  | here | floor | × floor | Phoenix 1.8 on Bandit, elsewhere |\n|---|--:|--:|--:|--:|\n"
	const idle = "| memory of an idle connection that joined a topic | "
	for name, test := range map[string]struct {
		medians []result
		want    string
	}{
		"ours first":     {[]result{lab, app, floor}, head + idle + "12.0 KB | 24.0 KB | 0.50 | 36.8 KB |\n"},
		"laboratory":     {[]result{lab, floor}, head + idle + "11.0 KB | 24.0 KB | 0.46 | 36.8 KB |\n"},
		"no floor":       {[]result{lab}, head + idle + "11.0 KB |  |  | 36.8 KB |\n"},
		"other settings": {[]result{small, lab}, head + idle + "11.0 KB |  |  | 36.8 KB |\n"},
		"small":          {[]result{small}, "No scenario was run with its own settings.\n"},
		"floor alone":    {[]result{floor}, "No scenario was run with its own settings.\n"},
		"other measure":  {[]result{measured("phxlab", "idle", measure{"stacks/connection", 1, "KB"})}, "No scenario was run with its own settings.\n"},
		"as visitors speak": {[]result{measured("ephemeral, ours", "killer", measure{"RSS peak", 77, "MB"}), measured("ephemeral, original", "killer", measure{"RSS peak", 132, "MB"}).as(original)},
			head + "| server's memory, 8 MB page, 1,050 visitors | 77.0 MB |  |  |  |\n"},
		"other words": {[]result{measured("ephemeral", "open", measure{"latency p99", 14, "ms"}).as(original)}, "No scenario was run with its own settings.\n"},
	} {
		if got := (report{Medians: test.medians}).summary(); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestWriteTable(t *testing.T) {
	var b bytes.Buffer
	writeTable(&b, [][]string{{"a", "b", "c"}, {"1", "2", "3"}}, 2)
	if want := "| a | b | c |\n|---|---|--:|\n| 1 | 2 | 3 |\n"; b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// Plurals are English.
func TestCounted(t *testing.T) {
	for n, want := range map[int]string{0: "0 rounds", 1: "1 round", 2: "2 rounds"} {
		if got := counted(n, "round"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What a report says for a terminal names each failure below its table, and the
// machine and the commit above all.
func TestReportForATerminal(t *testing.T) {
	r := exampleReport()
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	at := -1
	for _, want := range []string{
		"2 × Abacus, 3 GiB, Linux 6.0, go1.26; commit 0123456789ab\n", "\necho, 100 clients\n", "\nopen, 100 clients\n",
		"\nkiller, 750 clients\n", "ephemeral, ours failed: killer: a visitor was lost\n", "\ntargets\n",
	} {
		next := strings.Index(text, want)
		if next <= at {
			t.Errorf("%q is not there, or not in its place, in\n%s", want, text)
		}
		at = next
	}
}
