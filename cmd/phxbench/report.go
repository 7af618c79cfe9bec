package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is what compare found out: medians over the rounds, and the rounds.
type report struct {
	Machine machine  `json:"machine"`
	Medians []result `json:"medians"`
	Rounds  []result `json:"rounds"`
}

// machine is what the numbers were measured on.
type machine struct {
	CPU    string `json:"cpu"`
	CPUs   int    `json:"cpus"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
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
	return m
}

func newReport(rounds []result) report {
	return report{thisMachine(), medians(rounds), rounds}
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
	m := result{Server: rounds[0].Server, Scenario: rounds[0].Scenario, Clients: rounds[0].Clients}
	for _, first := range rounds[0].Measures {
		var values []float64
		for i := range rounds {
			if v, ok := rounds[i].find(first.Name); ok {
				values = append(values, v)
			}
		}
		m.add(first.Name, median(values), first.Unit)
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

// print writes a table for each scenario: a line for each measure, a column for
// each server, and how many times the floor it is.
func (r report) print(w io.Writer) error {
	fmt.Fprintf(w, "%d × %s, Linux %s, %s\n", r.Machine.CPUs, r.Machine.CPU, r.Machine.Kernel, r.Machine.Go)
	for start := 0; start < len(r.Medians); {
		end := start + 1
		for end < len(r.Medians) && r.Medians[end].Scenario == r.Medians[start].Scenario {
			end++
		}
		if err := printContest(w, r.Medians[start:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}

const floorName = "floor"

func printContest(w io.Writer, results []result) error {
	fmt.Fprintf(w, "\n%s, %d clients\n\n", results[0].Scenario, results[0].Clients)
	var floor *result
	for i := range results {
		if results[i].Server == floorName {
			floor = &results[i]
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t", r.Server)
		if floor != nil && r.Server != floorName {
			fmt.Fprint(t, "× floor\t")
		}
	}
	fmt.Fprintln(t)
	for _, m := range union(results) {
		fmt.Fprintf(t, "%s\t", strings.TrimSpace(m.Name+" "+m.Unit))
		for _, r := range results {
			v, ok := r.find(m.Name)
			text := "–"
			if ok {
				text = number(v)
			}
			fmt.Fprintf(t, "%s\t", text)
			if floor != nil && r.Server != floorName {
				ratio := ""
				if f, there := floor.find(m.Name); ok && there && f > 0 && m.comparable() {
					ratio = fmt.Sprintf("%.2f", v/f)
				}
				fmt.Fprintf(t, "%s\t", ratio)
			}
		}
		fmt.Fprintln(t)
	}
	fmt.Fprint(t, "others, processors\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t", number(r.Others))
		if floor != nil && r.Server != floorName {
			fmt.Fprint(t, "\t")
		}
	}
	fmt.Fprintln(t)
	return t.Flush()
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
