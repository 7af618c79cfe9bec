// Command phxbench measures a server of the Phoenix Channels protocol from
// outside: what connections, messages and broadcasts cost it, and whether every
// one of them arrived. It needs nothing of the server but the laboratory's
// channels (`phxlab --help`), and its process id for the costs; so it works with
// Phoenix itself as well.
//
// `phxbench compare` runs everything against this project's own servers, and
// against the floors beside them: the least that a Go program does for the same
// bytes. It says which of the project's targets were met; RESULTS.md is what it
// wrote last. `phxbench --help` tells the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake in how the program was started.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := start(ctx, args, stdout, stderr)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		printUsage(stdout)
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "phxbench: %v (phxbench --help tells more)\n", err)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "phxbench: interrupted")
		return exitFailed
	default:
		fmt.Fprintf(stderr, "phxbench: %v\n", err)
		return exitFailed
	}
}

func start(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, name, err := parseArgs(args)
	if err != nil {
		return err
	}
	switch name {
	case "floor":
		return runFloor(ctx, o, stdout)
	case "compare":
		return runCompare(ctx, o, stdout, stderr)
	}
	s, err := findScenario(name)
	if err != nil {
		return err
	}
	t, err := o.target()
	if err != nil {
		return usageError{err}
	}
	r, err := s.measure(ctx, t, o.over(s.defaults), newProgress(stderr))
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(stdout, r)
	}
	return r.print(stdout)
}

func findScenario(name string) (scenario, error) {
	all := scenarios()
	i := slices.IndexFunc(all, func(s scenario) bool { return s.name == name })
	if i < 0 {
		var names []string
		for _, s := range all {
			names = append(names, s.name)
		}
		return scenario{}, usageError{fmt.Errorf("there is no scenario %q, but %s, and floor and compare", name, strings.Join(names, ", "))}
	}
	return all[i], nil
}
