package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// contest is one scenario of compare, and who takes part. The last is the
// floor, if there is one.
type contest struct {
	scenario string
	entries  []entry
}

// entry is a server in a contest.
type entry struct {
	server string // key of servers
	mount  string // "/lab"
	topic  string // "" for the scenario's own
}

// contests lists them all.
func contests() []contest {
	return []contest{
		{"idle", []entry{{"phxlab", "/lab", ""}, {"ephemeral", "/ws", "want:idle"}, {"floor", "/echo", ""}}},
		{"connect", []entry{{"phxlab", "/lab", ""}, {"ephemeral", "/ws", "want:connect"}, {"floor", "/echo", ""}}},
		{"echo", []entry{{"phxlab", "/lab", ""}, {"floor", "/echo", ""}}},
		{"fanout", []entry{{"phxlab", "/lab", ""}, {"floor", "/fanout", ""}}},
		{"page", []entry{{"phxlab", "/ws", ""}, {"ephemeral", "/ws", ""}, {"floor", "/fanout", ""}}},
		{"storm", []entry{{"phxlab", "/ws", ""}, {"ephemeral", "/ws", ""}}},
		{"churn", []entry{{"phxlab", "/lab", ""}, {"ephemeral", "/ws", "want:churn"}, {"floor", "/echo", ""}}},
		{"longpoll", []entry{{"phxlab", "/lab", ""}}},
	}
}

// runCompare runs contests in turns: each round measures every server once, in
// a process of its own.
func runCompare(ctx context.Context, o options, stdout, stderr io.Writer) error {
	chosen, err := chooseContests(o.only)
	if err != nil {
		return err
	}
	for _, name := range []string{"phxlab", "ephemeral"} {
		if _, err := os.Stat(filepath.Join(o.bin, name)); err != nil {
			return usageError{fmt.Errorf("%w: build it first (make build), or tell where it is (--bin)", err)}
		}
	}
	p := newProgress(stderr)
	var all []result
	for round := range o.rounds {
		for _, c := range chosen {
			for _, e := range c.entries {
				r, err := c.measure(ctx, e, o, p)
				if err != nil {
					return fmt.Errorf("%s: %w", e.server, err)
				}
				all = append(all, r)
				fmt.Fprintf(stderr, "round %d of %d: %s of %s took %.1f s\n", round+1, o.rounds, r.Scenario, r.Server, r.Seconds)
			}
		}
	}
	report := newReport(all)
	if o.json {
		return writeJSON(stdout, report)
	}
	return report.print(stdout)
}

func chooseContests(only string) ([]contest, error) {
	all := contests()
	if only == "" {
		return all, nil
	}
	var chosen []contest
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(c contest) bool { return c.scenario == name })
		if i < 0 {
			return nil, usageError{fmt.Errorf("--only: there is no scenario %q", name)}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// measure starts the server, measures it and stops it.
func (c contest) measure(ctx context.Context, e entry, o options, p *progress) (result, error) {
	s, err := findScenario(c.scenario)
	if err != nil {
		return result{}, err
	}
	child, err := startServer(ctx, e.server, o.bin)
	if err != nil {
		return result{}, err
	}
	defer child.stop()
	t, err := child.target(e.mount)
	if err != nil {
		return result{}, err
	}
	settings := o.over(s.defaults)
	set(&settings.topic, e.topic)
	if o.small {
		settings.clients = max(settings.clients/10, 1)
	}
	return s.measure(ctx, t, settings, p)
}
