package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// contest is one scenario of compare, and who takes part. The last is the
// floor, if there is one.
type contest struct {
	scenario string
	entries  []entry
	once     bool // it takes so long that it is run in the first round alone
}

// entry is a server in a contest.
type entry struct {
	server string  // key of servers
	mount  string  // "/lab"
	topic  string  // "" for the scenario's own
	speak  dialect // "" for the scenario's own
}

// name tells entries of one contest apart.
func (e entry) name() string {
	if e.speak == "" {
		return e.server
	}
	return e.server + ", " + string(e.speak)
}

// contests lists them all.
func contests() []contest {
	return []contest{
		{scenario: "idle", entries: []entry{{server: "phxlab", mount: "/lab"}, {server: "ephemeral", mount: "/ws", topic: "want:idle"}, {server: floorName, mount: "/echo"}}},
		{scenario: "connect", entries: []entry{{server: "phxlab", mount: "/lab"}, {server: "ephemeral", mount: "/ws", topic: "want:connect"}, {server: floorName, mount: "/echo"}}},
		{scenario: "echo", entries: []entry{{server: "phxlab", mount: "/lab"}, {server: floorName, mount: "/echo"}}},
		{scenario: "fanout", entries: []entry{{server: "phxlab", mount: "/lab"}, {server: floorName, mount: "/fanout"}}},
		{scenario: "page", entries: []entry{{server: "phxlab", mount: "/ws"}, {server: "ephemeral", mount: "/ws"}, {server: floorName, mount: "/fanout"}}},
		{scenario: "storm", entries: []entry{{server: "phxlab", mount: "/ws"}, {server: "ephemeral", mount: "/ws"}}},
		{scenario: "churn", entries: []entry{{server: "phxlab", mount: "/lab"}, {server: "ephemeral", mount: "/ws", topic: "want:churn"}, {server: floorName, mount: "/echo"}}},
		{scenario: "longpoll", entries: []entry{{server: "phxlab", mount: "/lab"}}},
		{scenario: "open", entries: []entry{{server: "ephemeral", mount: "/ws"}, {server: floorName, mount: "/fanout"}}},
		{scenario: "frozen", entries: []entry{{server: "ephemeral", mount: "/ws"}}},
		{scenario: "killer", once: true, entries: []entry{
			{server: "ephemeral", mount: "/ws", speak: ours}, {server: "ephemeral", mount: "/ws", speak: original},
		}},
	}
}

// runCompare runs contests in turns: each round measures every server once, in
// a process of its own. Every other round goes backwards, for nobody shall
// always come behind the same one.
func runCompare(ctx context.Context, o options, stdout, stderr io.Writer) error {
	chosen, err := chooseContests(o.only)
	if err != nil {
		return err
	}
	if err := o.ready(chosen); err != nil {
		return usageError{err}
	}
	p := newProgress(stderr)
	var all []result
	for round := range o.rounds {
		for _, c := range chosen {
			if c.once && round > 0 {
				continue
			}
			entries := slices.Clone(c.entries)
			if round%2 == 1 {
				slices.Reverse(entries)
			}
			for _, e := range entries {
				r, err := c.measure(ctx, e, o, p)
				if err != nil {
					return fmt.Errorf("%s: %w", e.server, err)
				}
				all = append(all, r)
				fmt.Fprintf(stderr, "round %d of %d: %s of %s took %.1f s\n", round+1, o.rounds, r.Scenario, r.Server, r.Seconds)
			}
		}
	}
	return newReport(o, all).publish(o, stdout)
}

// ready finds out now what would otherwise be an error when much has been measured.
func (o options) ready(chosen []contest) error {
	for _, c := range chosen {
		for _, e := range c.entries {
			if _, err := os.Stat(filepath.Join(o.bin, e.server)); err != nil && e.server != floorName {
				return fmt.Errorf("%w: build it first (make build), or tell where it is (--bin)", err)
			}
		}
	}
	if folder := filepath.Dir(o.markdown); o.markdown != "" {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return fmt.Errorf("--markdown: there is no folder %s", folder)
		}
	}
	return nil
}

// publish writes a report wherever it is wanted. What failed is an error, after
// it has been written where it can be.
func (r report) publish(o options, stdout io.Writer) error {
	var failures []error
	if o.markdown != "" {
		failures = append(failures, os.WriteFile(o.markdown, r.markdown(), 0o644))
	}
	write := r.print
	if o.json {
		write = func(w io.Writer) error { return writeJSON(w, r) }
	}
	failures = append(failures, write(stdout))
	for _, m := range r.Medians {
		if m.Failure != "" {
			failures = append(failures, fmt.Errorf("%s: %s", m.Server, m.Failure))
		}
	}
	return errors.Join(failures...)
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

// measure starts the server, measures it and stops it. That a measurement failed
// is a result.
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
	t.name = e.name()
	settings := o.forEntry(s, e)
	start := time.Now()
	r, err := s.measure(ctx, t, settings, p)
	var usage usageError
	if err == nil || ctx.Err() != nil || errors.As(err, &usage) {
		return r, err
	}
	// The others are measured all the same.
	return result{
		Server: t.name, Scenario: s.name, Clients: settings.clients, Speak: s.spoken(settings), Seconds: time.Since(start).Seconds(), Failure: err.Error(),
	}, nil
}

// forEntry returns the settings of one entry.
func (o options) forEntry(s scenario, e entry) settings {
	settings := o.over(s.defaults)
	set(&settings.topic, e.topic)
	set(&settings.speak, e.speak)
	if o.small {
		settings.clients = max(settings.clients/10, 1)
		settings.duration = max(settings.duration/10, settings.every)
	}
	return settings
}
