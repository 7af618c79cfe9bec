package main

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what compare found out: medians over the rounds, and the rounds.
type report struct {
	Machine machine   `json:"machine"`
	Build   string    `json:"build"` // of the servers
	Command string    `json:"command"`
	Date    string    `json:"date"`
	Targets []verdict `json:"targets"`
	Medians []result  `json:"medians"`
	Rounds  []result  `json:"rounds"`
}

// machine is what the numbers were measured on.
type machine struct {
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Memory int64  `json:"memory"` // bytes
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
}

func (m machine) String() string {
	return fmt.Sprintf("%d × %s, %.0f GiB, Linux %s, %s", m.CPUs, m.CPU, float64(m.Memory)/(1<<30), m.Kernel, m.Go)
}

func thisMachine() machine {
	m := machine{CPUs: runtime.NumCPU(), Go: runtime.Version()}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		m.Memory, _ = parseKilobytes(text, "MemTotal:") // without it, 0
	}
	return m
}

func newReport(o options, rounds []result) report {
	r := report{
		Machine: thisMachine(), Build: buildOf(o.bin), Command: o.command, Date: time.Now().UTC().Format(time.DateOnly),
		Medians: medians(rounds), Rounds: rounds,
	}
	r.Targets = judge(r.Medians)
	return r
}

// buildOf returns the commit that the servers were built of: as they say, or if
// they were built without it (-buildvcs=false) that of the folder here.
func buildOf(bin string) string {
	commit := ""
	for _, name := range []string{"phxlab", "ephemeral"} {
		info, err := buildinfo.ReadFile(filepath.Join(bin, name))
		if err != nil {
			return noCommit
		}
		this := commitOf(info)
		if commit != "" && commit != this {
			return "several commits"
		}
		commit = this
	}
	if commit == noCommit {
		if here, err := exec.Command("git", "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty="+withChanges).Output(); err == nil {
			return strings.TrimSpace(string(here))
		}
	}
	return commit
}

const (
	noCommit    = "unknown"
	withChanges = " with changes"
)

func commitOf(info *debug.BuildInfo) string {
	revision, changed := noCommit, ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = withChanges
		}
	}
	return revision + changed
}

// medians takes together what was measured of the same server in the same
// scenario.
func medians(rounds []result) []result {
	type key struct{ scenario, server string }
	var order []key
	groups := make(map[key][]result)
	for _, r := range rounds {
		k := key{r.Scenario, r.Server}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], r)
	}
	var all []result
	for _, k := range order {
		all = append(all, groupMedian(groups[k]))
	}
	return all
}

func groupMedian(rounds []result) result {
	m := result{Server: rounds[0].Server, Scenario: rounds[0].Scenario, Clients: rounds[0].Clients, Speak: rounds[0].Speak, Standard: true}
	for _, r := range rounds {
		m.Standard = m.Standard && r.Standard
		if m.Failure == "" {
			m.Failure = r.Failure
		}
	}
	for _, known := range union(rounds) {
		var values []float64
		for i := range rounds {
			if v, ok := rounds[i].find(known.Name); ok {
				values = append(values, v)
			}
		}
		m.add(known.Name, median(values), known.Unit)
	}
	pick := func(f func(result) float64) float64 {
		var values []float64
		for _, r := range rounds {
			values = append(values, f(r))
		}
		return median(values)
	}
	m.Seconds = pick(func(r result) float64 { return r.Seconds })
	m.Others = pick(func(r result) float64 { return r.Others })
	return m
}

// byScenario returns the medians of each scenario.
func (r report) byScenario() [][]result {
	return slices.Collect(chunkBy(r.Medians, func(a, b result) bool { return a.Scenario == b.Scenario }))
}

// chunkBy cuts a list where neighbours are not alike.
func chunkBy[T any](list []T, alike func(a, b T) bool) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for start := 0; start < len(list); {
			end := start + 1
			for end < len(list) && alike(list[start], list[end]) {
				end++
			}
			if !yield(list[start:end]) {
				return
			}
			start = end
		}
	}
}

const floorName = "floor"

// findFloor returns the floor among results, nil if it is not.
func findFloor(results []result) *result {
	i := slices.IndexFunc(results, func(r result) bool { return r.Server == floorName })
	if i < 0 {
		return nil
	}
	return &results[i]
}

// table returns lines of columns: a line for each measure, a column for each
// server, and how many times the floor it is. The first line is the head.
func table(results []result) [][]string {
	floor := findFloor(results)
	head := []string{""}
	for _, r := range results {
		head = append(head, r.Server)
		if floor != nil && r.Server != floorName {
			head = append(head, "× floor")
		}
	}
	lines := [][]string{head}
	for _, m := range union(results) {
		line := []string{strings.TrimSpace(m.Name + " " + m.Unit)}
		for _, r := range results {
			v, ok := r.find(m.Name)
			text := "–"
			if ok {
				text = number(v)
			}
			line = append(line, text)
			if floor != nil && r.Server != floorName {
				times := ""
				if f, there := floor.find(m.Name); ok && there && f > 0 && m.comparable() {
					times = fmt.Sprintf("%.2f", v/f)
				}
				line = append(line, times)
			}
		}
		lines = append(lines, line)
	}
	others := []string{"others, processors"}
	for _, r := range results {
		others = append(others, number(r.Others))
		if floor != nil && r.Server != floorName {
			others = append(others, "")
		}
	}
	return append(lines, others)
}

// comparable reports whether a measure can be said in multiples of another:
// counts, which may be almost nothing, cannot.
func (m measure) comparable() bool { return slices.Contains([]string{"µs", "ms", "KB"}, m.Unit) }

// union lists the measures of all results, in order.
func union(results []result) []measure {
	var all []measure
	known := make(map[string]bool)
	for _, r := range results {
		for _, m := range r.Measures {
			if !known[m.Name] {
				known[m.Name] = true
				all = append(all, m)
			}
		}
	}
	return all
}

// print writes a report for a terminal.
func (r report) print(w io.Writer) error {
	fmt.Fprintf(w, "%v; commit %s\n", r.Machine, r.Build)
	for _, results := range r.byScenario() {
		fmt.Fprintf(w, "\n%s, %d clients\n\n", results[0].Scenario, results[0].Clients)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, line := range table(results) {
			fmt.Fprintln(t, strings.Join(line, "\t")+"\t")
		}
		if err := t.Flush(); err != nil {
			return err
		}
		for _, m := range results {
			if m.Failure != "" {
				fmt.Fprintf(w, "%s failed: %s\n", m.Server, m.Failure)
			}
		}
	}
	return printVerdicts(w, r.Targets)
}
