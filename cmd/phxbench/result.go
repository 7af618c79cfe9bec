package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// A measure is one number that a run found out. Two servers' measures of the
// same name can be compared.
type measure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

// A result is what one run of a scenario found out about one server.
type result struct {
	Server   string    `json:"server"`
	Scenario string    `json:"scenario"`
	Clients  int       `json:"clients"`
	Speak    dialect   `json:"speak,omitempty"` // of holders and visitors, where there are such
	Seconds  float64   `json:"seconds"`
	Measures []measure `json:"measures"`
	// Others is how many processors other processes than the server and this
	// one kept busy meanwhile, on average: with much of it, the rest of the
	// numbers says little. The server is one of them if its process is not known.
	Others float64 `json:"others"`
	// Standard says that the scenario had its own settings: only of those are the
	// targets said.
	Standard bool `json:"standard"`
	// Failure is why there are no numbers, or in one round of several were none.
	Failure string `json:"failure,omitempty"`

	charged bool // the server's process is known
	bare    bool // it is a floor, whatever it is called
}

func (r *result) add(name string, value float64, unit string) {
	r.Measures = append(r.Measures, measure{name, value, unit})
}

// quantiles adds what a histogram says, in milliseconds.
func (r *result) quantiles(name string, h *histogram) {
	for _, q := range []struct {
		name string
		d    time.Duration
	}{
		{"p50", h.quantile(0.5)}, {"p90", h.quantile(0.9)}, {"p99", h.quantile(0.99)}, {"max", time.Duration(h.max.Load())},
	} {
		r.add(name+" "+q.name, q.d.Seconds()*1000, "ms")
	}
}

func (r *result) find(name string) (float64, bool) {
	i := slices.IndexFunc(r.Measures, func(m measure) bool { return m.Name == name })
	if i < 0 {
		return 0, false
	}
	return r.Measures[i].Value, true
}

// unit returns that of a measure.
func (r *result) unit(name string) string {
	for _, m := range r.Measures {
		if m.Name == name {
			return m.Unit
		}
	}
	return ""
}

// print writes a result for people.
func (r *result) print(w io.Writer) error {
	others := "other processes"
	if !r.charged {
		others = "the server and others"
	}
	fmt.Fprintf(w, "%s, %d clients, %.1f s; %s kept %.1f processors busy\n", r.Scenario, r.Clients, r.Seconds, others, r.Others)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, m := range r.Measures {
		fmt.Fprintf(t, "%s\t%s\t %s\n", m.Name, number(m.Value), m.Unit)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printVerdicts(w, judge([]result{*r}))
}

// number writes three digits that count.
func number(v float64) string {
	switch abs := max(v, -v); {
	case abs >= 100 || abs == 0:
		return fmt.Sprintf("%.0f", v)
	case abs >= 10:
		return fmt.Sprintf("%.1f", v)
	case abs < 0.001:
		return fmt.Sprintf("%.1e", v)
	case abs < 1:
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
