package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// measured is a result of a scenario with its own settings.
func measured(server, scenario string, measures ...measure) result {
	return result{Server: server, Scenario: scenario, Clients: 100, Speak: usualSpeech(scenario), Standard: true, Measures: measures}
}

// as is the same with holders and visitors that speak in another way.
func (r result) as(speak dialect) result {
	r.Speak = speak
	return r
}

func TestJudge(t *testing.T) {
	small := measured("phxlab", "echo", measure{"CPU/echo", 1, "µs"})
	small.Standard = false
	failed := result{Server: "phxlab", Scenario: "killer", Failure: "killer: nobody came"}
	noFloor := measured(floorName, "echo", measure{"CPU/echo", 20, "µs"})
	noFloor.Failure = "echo: gone" // in one round of several
	bare := measured("127.0.0.1:4200/fanout", "open", measure{"latency p99", 9, "ms"})
	bare.bare = true
	alone := failed
	alone.Server = floorName
	for name, test := range map[string]struct {
		results []result
		want    []string // the verdicts' columns but the first, joined
	}{
		"met":           {[]result{measured("phxlab", "idle", measure{"RSS/connection", 11, "KB"})}, []string{"phxlab|11.0 KB|≤ 11.0 KB|met"}},
		"not met":       {[]result{measured("phxlab", "idle", measure{"RSS/connection", 11.1, "KB"})}, []string{"phxlab|11.1 KB|≤ 11.0 KB|not met"}},
		"each server":   {[]result{measured("phxlab", "open", measure{"latency p99", 49, "ms"}), measured("ephemeral", "open", measure{"latency p99", 51, "ms"})}, []string{"phxlab|49.0 ms|≤ 50.0 ms|met", "ephemeral|51.0 ms|≤ 50.0 ms|not met"}},
		"by the floor":  {[]result{measured("phxlab", "echo", measure{"CPU/echo", 30, "µs"}), measured(floorName, "echo", measure{"CPU/echo", 20, "µs"})}, []string{"phxlab|1.50 × floor|≤ 1.50 × floor|met"}},
		"above it":      {[]result{measured("phxlab", "echo", measure{"CPU/echo", 31, "µs"}), measured(floorName, "echo", measure{"CPU/echo", 20, "µs"})}, []string{"phxlab|1.55 × floor|≤ 1.50 × floor|not met"}},
		"no floor":      {[]result{measured("phxlab", "echo", measure{"CPU/echo", 30, "µs"})}, nil},
		"floor of 0":    {[]result{measured("phxlab", "echo", measure{"CPU/echo", 30, "µs"}), measured(floorName, "echo", measure{"CPU/echo", 0, "µs"})}, []string{"phxlab|not measured|≤ 1.50 × floor|not met"}},
		"floor failed":  {[]result{measured("phxlab", "echo", measure{"CPU/echo", 1, "µs"}), noFloor}, []string{"phxlab|not measured|≤ 1.50 × floor|not met"}},
		"both failed":   {[]result{{Server: "phxlab", Scenario: "echo", Failure: "echo: gone"}, noFloor}, []string{"phxlab|failed|≤ 1.50 × floor|not met"}},
		"no need of it": {[]result{measured("phxlab", "open", measure{"latency p99", 49, "ms"}), {Server: floorName, Scenario: "open", Failure: "open: gone"}}, []string{"phxlab|49.0 ms|≤ 50.0 ms|met"}},
		"another floor": {[]result{measured("phxlab", "echo", measure{"CPU/echo", 30, "µs"}), alone}, nil},
		"small, failed": {[]result{small, noFloor}, nil},
		"a bare server": {[]result{bare}, nil},
		"other words":   {[]result{measured("phxlab", "open", measure{"latency p99", 51, "ms"}).as(original)}, nil},
		"and failed":    {[]result{{Server: "phxlab", Scenario: "open", Speak: original, Failure: "open: gone"}}, nil},
		"in any words":  {[]result{measured("phxlab", "frozen", measure{"first visitor max", 1600, "ms"}).as(original)}, []string{"phxlab|1600 ms|≤ 2000 ms|met"}},
		"not measured":  {[]result{measured("phxlab", "idle", measure{"stacks/connection", 1, "KB"})}, nil},
		"other size":    {[]result{small, measured(floorName, "echo", measure{"CPU/echo", 20, "µs"})}, nil},
		"gate":          {[]result{measured("phxlab", "storm")}, []string{"phxlab|yes|yes|met"}},
		"failed":        {[]result{failed}, []string{"phxlab|failed|yes|not met", "phxlab|failed|≤ 200 MB|not met", "phxlab|failed|≤ 1.10 ×|not met"}},
		"no goal of it": {[]result{measured("phxlab", "longpoll", measure{"CPU/echo", 1, "µs"})}, nil},
	} {
		var got []string
		for _, v := range judge(test.results) {
			got = append(got, strings.Join(v.columns()[1:], "|"))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// What a target, a reference or the summary is about is told by its scenario.
func TestMeasuresAreTold(t *testing.T) {
	lab := laboratory(t)
	small := settings{
		clients: 6, messages: 2, size: 100, every: time.Millisecond, duration: 8 * time.Millisecond, slow: 2, pace: 1_000_000,
		settle: time.Millisecond,
	}
	told := make(map[string]bool)
	for _, s := range scenarios() {
		mount := "/lab"
		if s.defaults.topic == "" {
			mount = "/ws"
		}
		o := options{url: "ws://" + lab + mount, pprof: "http://" + startFloor(t), settings: small}
		r, err := runHere(t, s.name, o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Standard {
			t.Errorf("%s: a run with other settings is said to have the scenario's own", s.name)
		}
		for _, m := range r.Measures {
			told[s.name+": "+m.Name] = true
		}
	}
	for _, g := range goals() {
		if g.measure != "" && !told[g.scenario+": "+g.measure] {
			t.Errorf("a target is about %q of %s", g.measure, g.scenario)
		}
	}
	for _, r := range references {
		if !told[r.scenario+": "+r.measure] {
			t.Errorf("a reference is to %q of %s", r.measure, r.scenario)
		}
	}
	for _, s := range summaryLines {
		if !told[s.scenario+": "+s.measure] {
			t.Errorf("the summary is about %q of %s", s.measure, s.scenario)
		}
	}
}

// Why a target was not measured is there for programs, too.
func TestUnmeasured(t *testing.T) {
	server := measured("phxlab", "echo", measure{"CPU/echo", 30, "µs"})
	for want, floor := range map[string]result{
		"the floor failed: echo: gone":            {Server: floorName, Scenario: "echo", Failure: "echo: gone"},
		"the floor was measured without CPU/echo": measured(floorName, "echo"),
	} {
		got := judge([]result{server, floor})
		if len(got) != 1 || got[0].Failure != want || got[0].Met || got[0].Value != 0 {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
}

func TestLike(t *testing.T) {
	for _, s := range scenarios() {
		if o := (options{}).over(s.defaults); !o.like(s.defaults) {
			t.Errorf("%s is not like itself", s.name)
		}
		same := options{settings: settings{topic: "x", timeout: 1, speak: original}}
		if !same.over(s.defaults).like(s.defaults) {
			t.Errorf("%s: other names are other work", s.name)
		}
		for _, other := range []settings{{clients: 1}, {messages: 1}, {size: 1}, {holders: 99}, {every: 1}, {duration: 1}, {slow: 99}, {pace: 1}, {settle: 1}} {
			if (options{settings: other}).over(s.defaults).like(s.defaults) {
				t.Errorf("%s: %+v is the same work", s.name, other)
			}
		}
	}
}

func exampleReport() report {
	r := newReport(options{command: "phxbench compare --rounds 2"}, []result{
		measured("phxlab", "echo", measure{"CPU/echo", 30, "µs"}), measured(floorName, "echo", measure{"CPU/echo", 20, "µs"}),
		measured("phxlab", "echo", measure{"CPU/echo", 50, "µs"}), measured(floorName, "echo", measure{"CPU/echo", 20, "µs"}),
		measured("ephemeral", "open", measure{"latency p99", 14, "ms"}),
		{Server: "ephemeral, ours", Scenario: "killer", Clients: 750, Failure: "killer: a visitor was lost"},
	})
	r.Machine = machine{CPU: "Abacus", CPUs: 2, Memory: 3 << 30, Kernel: "6.0", Go: "go1.26"}
	r.Build, r.Date = "0123456789ab", "2026-01-02"
	return r
}

// The document says what was measured where, beside what, and what failed.
func TestMarkdown(t *testing.T) {
	text := string(exampleReport().markdown())
	for _, want := range []string{
		"Written by `phxbench compare --rounds 2`",
		"2 × Abacus, 3 GiB, Linux 6.0, go1.26",
		"commit 0123456789ab", "2026-01-02", "Medians of 2 rounds",
		"| echo: CPU of an echo | phxlab | 2.00 × floor | ≤ 1.50 × floor | not met |",
		"| open: wait for a page of 1 MB that somebody has, p99 | ephemeral | 14.0 ms | ≤ 50.0 ms | met |",
		"|  | phxlab | × floor | floor | Phoenix 1.8 on Bandit, elsewhere |",
		"| CPU/echo µs | 40.0 | 2.00 | 20.0 | 78.0 |",
		"| CPU: message and reply | 40.0 µs | 20.0 µs | 2.00 | 78.0 µs |",
		"| wait for a page of 1 MB, p99 | 14.0 ms |  |  |  |",
		"ephemeral, ours **failed**: killer: a visitor was lost",
		"100 clients, 2 rounds.", "100 clients, 1 round.",
		"What is counted is what a server does all the time",
		"## What this does not claim",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "not quiet") {
		t.Error("others that did nothing are said to have disturbed")
	}
	disturbed := exampleReport()
	disturbed.Medians[0].Others = 0.3
	if !strings.Contains(string(disturbed.markdown()), "**The machine was not quiet**: other programs kept up to 0.300 of its processors busy.") {
		t.Error("what others did is not said")
	}
	for table := range strings.SplitSeq(text, "\n\n") {
		columns := -1
		for line := range strings.Lines(table) {
			if n := strings.Count(line, "|"); strings.HasPrefix(line, "|") && columns >= 0 && n != columns {
				t.Errorf("a line of %d columns among such of %d: %s", n-1, columns-1, line)
			} else if strings.HasPrefix(line, "|") {
				columns = n
			}
		}
	}
}

// A report is written where it is wanted, and what failed is an error all the
// same.
func TestPublish(t *testing.T) {
	file := t.TempDir() + "/results.md"
	var stdout strings.Builder
	err := exampleReport().publish(options{markdown: file}, &stdout)
	wants(t, "publish", err, "ephemeral, ours: killer: a visitor was lost")
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(text, exampleReport().markdown()) {
		t.Errorf("got %q, %v", text, err)
	}
	for _, want := range []string{"ephemeral, ours failed: killer: a visitor was lost\n", "\ntargets\n", "not met"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}
	wants(t, "no folder", exampleReport().publish(options{markdown: file + "/x"}, &stdout), "not a directory")
	good := newReport(options{}, []result{measured("phxlab", "storm")})
	wants(t, "JSON", good.publish(options{json: true}, &stdout), "")
}
