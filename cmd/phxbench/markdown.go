package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// markdown writes a report as a document.
func (r report) markdown() []byte {
	var b bytes.Buffer
	rounds := 0
	busy := 0.0
	for _, m := range r.Medians {
		rounds = max(rounds, r.roundsOf(m))
		busy = max(busy, m.Others)
	}
	fmt.Fprintf(&b, "# What it costs\n\nWritten by `%s`, not by hand.\n\n", r.Command)
	fmt.Fprintf(&b, "* Machine: %v\n* Servers: commit %s\n* Date: %s\n", r.Machine, r.Build, r.Date)
	fmt.Fprintf(&b, "* Medians of %s, in each of which every server is a new process; CPU and memory are the server's, read from `/proc`\n", counted(rounds, "round"))
	if busy > quiet {
		fmt.Fprintf(&b, "\n**The machine was not quiet**: other programs kept up to %s of its processors busy.\n", number(busy))
	}
	b.WriteString("\n## In short\n\n" + summaryBegin + "\n" + r.summary() + summaryEnd + "\n")
	if len(r.Targets) > 0 {
		b.WriteString("\n## Targets\n\n")
		lines := [][]string{{"target", "server", "measured", "wanted", ""}}
		for _, v := range r.Targets {
			lines = append(lines, v.columns())
		}
		writeTable(&b, lines, 2)
	}
	b.WriteString("\n## All numbers\n\n" + how)
	for _, results := range r.byScenario() {
		r.section(&b, results)
	}
	b.WriteString("\n## What this does not claim\n\n" + caveats)
	return b.Bytes()
}

// quiet is how many processors others may keep busy before it must be said.
const quiet = 0.25

func (r report) roundsOf(m result) int {
	n := 0
	for _, round := range r.Rounds {
		if round.Scenario == m.Scenario && round.Server == m.Server {
			n++
		}
	}
	return n
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// section writes what a scenario is, and its table.
func (r report) section(b *bytes.Buffer, results []result) {
	first := results[0]
	fmt.Fprintf(b, "\n### %s\n\n", first.Scenario)
	if s, err := findScenario(first.Scenario); err == nil {
		fmt.Fprintf(b, "%s. ", strings.ToUpper(s.about[:1])+s.about[1:])
	}
	fmt.Fprintf(b, "%s, %s.\n\n", counted(first.Clients, "client"), counted(r.roundsOf(first), "round"))
	lines := table(results)
	referred := false
	for i, m := range union(results) {
		text := ""
		if v, ok := findReference(first.Scenario, m.Name); ok {
			text, referred = number(v), true
		}
		lines[i+1] = append(lines[i+1], text)
	}
	if referred {
		lines[0] = append(lines[0], referenceName+", elsewhere")
		lines[len(lines)-1] = append(lines[len(lines)-1], "")
	}
	for i := range lines {
		lines[i] = lines[i][:len(lines[0])]
	}
	writeTable(b, lines, 1)
	for _, m := range results {
		if m.Failure != "" {
			fmt.Fprintf(b, "\n%s **failed**: %s\n", m.Server, m.Failure)
		}
	}
}

// writeTable writes lines of columns, the first line being the head, and the
// columns from the numbers on aligned to the right.
func writeTable(b *bytes.Buffer, lines [][]string, numbers int) {
	row := func(columns []string) {
		fmt.Fprintf(b, "| %s |\n", strings.Join(columns, " | "))
	}
	row(lines[0])
	b.WriteString("|")
	for i := range lines[0] {
		if i < numbers {
			b.WriteString("---|")
		} else {
			b.WriteString("--:|")
		}
	}
	b.WriteString("\n")
	for _, line := range lines[1:] {
		row(line)
	}
}

// What the summary stands between, here and in README.md.
const (
	summaryBegin = "<!-- bench -->"
	summaryEnd   = "<!-- /bench -->"
)

// summaryLines are the measures of the summary.
var summaryLines = []struct{ scenario, measure, says string }{
	{"idle", "RSS/connection", "memory of an idle connection that joined a topic"},
	{"connect", "CPU/connection", "CPU: connect and join"},
	{"churn", "CPU/round", "CPU: connect, join, leave, disconnect"},
	{"echo", "CPU/echo", "CPU: message and reply"},
	{"fanout", "CPU/paced delivery", "CPU: broadcast to 5,000, each delivery"},
	{"fanout", "CPU/burst delivery", "the same, 20 broadcasts at once"},
	{"page", "CPU/visitor", "CPU: page of 100 kB to 2,000, each visitor"},
	{"storm", "join together counts/visitor", "2,000 join one page: counts that each is told"},
	{"open", "latency p99", "wait for a page of 1 MB, p99"},
	{"frozen", "first visitor max", "wait for a page half of whose holders are frozen, at most"},
	{"killer", "RSS peak", "server's memory, 8 MB page, 1,050 visitors"},
}

// summary is the table for those who read no more. It tells what the scenarios'
// own settings are, so that others do not belong there.
func (r report) summary() string {
	lines := [][]string{{"", "here", "floor", "× floor", referenceName + ", elsewhere"}}
	for _, s := range summaryLines {
		server := func(m result) bool {
			return m.Scenario == s.scenario && m.Server != floorName && m.Standard && m.Speak == usualSpeech(s.scenario)
		}
		i := slices.IndexFunc(r.Medians, func(m result) bool { return server(m) && strings.HasPrefix(m.Server, "ephemeral") })
		if i < 0 {
			i = slices.IndexFunc(r.Medians, server)
		}
		if i < 0 {
			continue
		}
		value, ok := r.Medians[i].find(s.measure)
		if !ok {
			continue
		}
		unit := r.Medians[i].unit(s.measure)
		line := []string{s.says, amount(value, unit), "", "", ""}
		floor, ok := goal{scenario: s.scenario, measure: s.measure}.floorIn(r.Medians)
		if ok {
			line[2], line[3] = amount(floor, unit), fmt.Sprintf("%.2f", value/floor)
		}
		if v, ok := findReference(s.scenario, s.measure); ok {
			line[4] = amount(v, unit)
		}
		lines = append(lines, line)
	}
	if len(lines) == 1 {
		return "No scenario was run with its own settings.\n"
	}
	var b bytes.Buffer
	writeTable(&b, lines, 1)
	return b.String()
}

// usualSpeech is how holders and visitors of a scenario speak if nothing is said.
func usualSpeech(name string) dialect {
	s, err := findScenario(name)
	if err != nil {
		return ""
	}
	return s.defaults.speak
}

const how = `Floors are the least that a Go program does for the same bytes, in the same run: for idle, connect, echo and churn the plain
use of the WebSocket library (accept, then read and write in the goroutine that net/http gives); for fanout, page and open a bare
loop that frames a message once and writes it to one connection after another. A scenario that is without one has none. *Others*
is how many processors other programs kept busy meanwhile: with much of it, a line says little.

What is counted is what a server does all the time, so something of the same kind goes before it, at the server and at the floor:
at idle, connect and churn 32 clients, who leave again; at echo ten messages of each client; at longpoll 32 sessions, and ten
messages of each of those that count; at open five visitors; at fanout one broadcast and one burst, and at page one page. Those
of fanout and page have lines of their own (*first*), for with a burst, and with a page, every connection takes memory that it,
or another one, uses again the next time. The memory of page is that of all pages, the first one too. storm, frozen and killer count everybody.
`

const caveats = `* All is on one machine, over the loopback device: there is no network, no TLS, no compression, no proxy.
* The clients are on the same processors as the server. Latencies are what both take together when they get in each other's way;
  only CPU times are the server's alone.
* Memory is the resident set of the process. What the kernel keeps for connections, and their buffers, comes on top, for
  every server.
* A floor collects its garbage as a Go program does by default. The servers do so more seldom as long as their heap is below 64 MB: it
  is memory that they save time with, and a floor could do the same. The ratios of connect and churn would be higher then.
* Clients are well-behaved and all alike; what a browser does with a page comes on top of each wait.
* The column "` + referenceName + `, elsewhere" was measured elsewhere, at another time, on a machine of this kind (two processors), not
  in this run: it tells orders of magnitude, and no ratio is made of it. It has 1,000 visitors in storm where the others have 2,000.
* A ratio to a floor holds for the machine and the commit above, and within the spread from run to run, which on a machine with two
  processors is some percent.
`
