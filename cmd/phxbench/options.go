package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/url"
	"strings"
	"text/tabwriter"
)

// options are the flags.
type options struct {
	settings
	url   string
	pid   int
	pprof string
	bare  bool
	json  bool

	addr string // of floor

	rounds int // of compare
	only   string
	bin    string
	small  bool

	markdown string
	command  string // what was typed
}

const usageHead = `Usage: phxbench --url ws://host:port/mount [--pid n] [flags] scenario
       phxbench floor [--addr host:port]
       phxbench compare [--rounds n] [--only scenario,...] [--json]

Measures a server of the Phoenix Channels protocol from outside, and checks that
every message arrived, in order and once. The exit code is 1 if one did not.

Scenarios, and how many clients they have by default:

`

const usageTail = `
phxbench floor serves what the servers are compared with, at /echo and /fanout:
the WebSocket library's plain accept and echo, and a bare loop of writes. They
are measured with --bare.

phxbench compare starts phxlab, ephemeral and the floor one by one, runs the
scenarios against each of them, in turns, and prints the medians, how many times
the floor each of them is, and which targets were met. It goes on when a server
fails at something, and its exit code is 1 then.

Flags of a scenario, which has its own value for each that is not given, or 0:

  --url url        where the socket is mounted, such as ws://127.0.0.1:4100/lab;
                   page, storm, open, frozen and killer need the application's:
                   .../ws
  --pid n          the server's process id. Without it no costs are measured
  --pprof url      where the server serves net/http/pprof, if it is written in Go,
                   such as http://127.0.0.1:4101: goroutines, allocations, heap
  --bare           the server is a floor: it knows no protocol
  --clients n      how many clients
  --messages n     how many messages: of each client, or to each
  --size bytes     of a message's payload, or of the page
  --topic prefix   what topics begin with
  --holders n      how many clients have each page
  --frozen n       how many of those answer nothing
  --speak how      how holders and visitors of a page speak: ours, as this project's
                   front end does, or original, as the page of ephemeral2
  --every time     between two visitors of killer
  --duration time  for how long they come
  --slow n         each n-th of them reads slowly
  --pace bytes     in a second, that a slow one reads
  --settle time    how long the server is left alone before its memory is read
  --timeout time   how long the scenario may take
  --json           the result as JSON

Flags of floor:

  --addr host:port where to listen (default 127.0.0.1:4200; port 0 picks one)

Flags of compare:

  --rounds n       how often each is measured (default 3); the median counts
  --only list      of scenarios, such as idle,fanout (default: all)
  --bin directory  where phxlab and ephemeral are (default bin)
  --small          a tenth of the clients, for a quick look
  --markdown file  write the results there as well, for people to read
  --json           the results as JSON

Each connection needs a file descriptor in both processes: see ulimit -n.
`

func printUsage(w io.Writer) {
	fmt.Fprint(w, usageHead)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range scenarios() {
		fmt.Fprintf(t, "  %s\t%d\t%s\n", s.name, s.defaults.clients, s.about)
	}
	_ = t.Flush()
	fmt.Fprint(w, usageTail)
}

// flags returns the flags, which set o.
func (o *options) flags() *flag.FlagSet {
	flags := flag.NewFlagSet("phxbench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.url, "url", "", "")
	flags.IntVar(&o.pid, "pid", 0, "")
	flags.StringVar(&o.pprof, "pprof", "", "")
	flags.BoolVar(&o.bare, "bare", false, "")
	flags.IntVar(&o.clients, "clients", 0, "")
	flags.IntVar(&o.messages, "messages", 0, "")
	flags.IntVar(&o.size, "size", 0, "")
	flags.StringVar(&o.topic, "topic", "", "")
	flags.IntVar(&o.holders, "holders", 0, "")
	flags.IntVar(&o.frozen, "frozen", 0, "")
	flags.DurationVar(&o.every, "every", 0, "")
	flags.DurationVar(&o.duration, "duration", 0, "")
	flags.IntVar(&o.slow, "slow", 0, "")
	flags.IntVar(&o.pace, "pace", 0, "")
	flags.StringVar((*string)(&o.speak), "speak", "", "")
	flags.DurationVar(&o.settle, "settle", 0, "")
	flags.DurationVar(&o.timeout, "timeout", 0, "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.StringVar(&o.addr, "addr", "127.0.0.1:4200", "")
	flags.IntVar(&o.rounds, "rounds", 3, "")
	flags.StringVar(&o.only, "only", "", "")
	flags.StringVar(&o.bin, "bin", "bin", "")
	flags.BoolVar(&o.small, "small", false, "")
	flags.StringVar(&o.markdown, "markdown", "", "")
	return flags
}

// parseArgs reads flags before and behind the name of what is to be done.
func parseArgs(args []string) (o options, name string, err error) {
	flags := o.flags()
	o.command = strings.Join(append([]string{"phxbench"}, args...), " ")
	for rest := args; ; rest = flags.Args()[1:] {
		if err := flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return o, "", err
		} else if err != nil {
			return o, "", usageError{err}
		}
		if flags.NArg() == 0 {
			break
		}
		if name != "" {
			return o, "", usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
		}
		name = flags.Arg(0)
	}
	if err := o.check(); err != nil {
		return o, "", err
	}
	if name == "" {
		return o, "", usageError{errors.New("what is to be measured?")}
	}
	return o, name, nil
}

// What nobody needs more of, and what would take all of this machine's memory.
const (
	mostMessages = 1_000_000
	mostBytes    = 60_000_000
)

// check finds numbers that make no sense. 0 is the scenario's own.
func (o options) check() error {
	const unbounded = math.MaxInt64
	for _, n := range []struct {
		flag               string
		value, least, most int64
	}{
		{"pid", int64(o.pid), 0, unbounded}, {"clients", int64(o.clients), 0, unbounded}, {"messages", int64(o.messages), 0, mostMessages},
		{"size", int64(o.size), 0, mostBytes}, {"holders", int64(o.holders), 0, unbounded}, {"frozen", int64(o.frozen), 0, unbounded},
		{"every", int64(o.every), 0, unbounded}, {"duration", int64(o.duration), 0, unbounded}, {"slow", int64(o.slow), 0, unbounded},
		{"pace", int64(o.pace), 0, unbounded}, {"settle", int64(o.settle), 0, unbounded}, {"timeout", int64(o.timeout), 0, unbounded},
		{"rounds", int64(o.rounds), 1, unbounded},
	} {
		if n.value < n.least {
			return usageError{fmt.Errorf("--%s cannot be less than %d", n.flag, n.least)}
		}
		if n.value > n.most {
			return usageError{fmt.Errorf("--%s cannot be more than %d", n.flag, n.most)}
		}
	}
	if o.speak != "" && o.speak != original && o.speak != ours {
		return usageError{fmt.Errorf("--speak is %q: it can be %s or %s", o.speak, ours, original)}
	}
	return nil
}

// over returns the settings: where a flag says nothing, the scenario's own.
func (o options) over(defaults settings) settings {
	s := defaults
	set(&s.clients, o.clients)
	set(&s.messages, o.messages)
	set(&s.size, o.size)
	set(&s.topic, o.topic)
	set(&s.holders, o.holders)
	set(&s.frozen, o.frozen)
	set(&s.every, o.every)
	set(&s.duration, o.duration)
	set(&s.slow, o.slow)
	set(&s.pace, o.pace)
	set(&s.speak, o.speak)
	set(&s.settle, o.settle)
	set(&s.timeout, o.timeout)
	return s
}

func set[T comparable](place *T, value T) {
	var zero T
	if value != zero {
		*place = value
	}
}

// target finds the server.
func (o options) target() (target, error) {
	if o.url == "" {
		return target{}, errors.New("--url is missing")
	}
	address, err := parseMount(o.url)
	if err != nil {
		return target{}, fmt.Errorf("--url: %w", err)
	}
	t := target{name: strings.TrimPrefix(o.url, "ws://"), mount: o.url, address: address, bare: o.bare}
	if o.pid != 0 {
		p, err := newProcess(o.pid)
		if err != nil {
			return target{}, fmt.Errorf("--pid: %w", err)
		}
		t.process = &p
	}
	if o.pprof != "" {
		if o.pid == 0 {
			return target{}, errors.New("--pprof needs --pid")
		}
		u, err := url.Parse(o.pprof)
		if err != nil || u.Scheme != "http" || u.Host == "" {
			return target{}, fmt.Errorf("--pprof: %q is not an address such as http://127.0.0.1:4101", o.pprof)
		}
		t.debugger = &debugger{o.pprof}
	}
	return t, nil
}
