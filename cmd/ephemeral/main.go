// Command ephemeral serves pages that live only while somebody has them open.
//
//	ephemeral [serve] [flags]
//
// `ephemeral serve --help` lists the flags. Each of them can also be set by an
// environment variable.
//
// It exits with 0 when it was asked to stop and did, with 1 when something
// failed while it ran, and with 2 when it could not begin: an unknown command
// or flag, a value that makes no sense, an address that cannot be listened on.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/cmd/internal/heap"
)

// The exit codes that scripts can rely on.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// surroundings is what a command gets from the system, so that tests can give
// it something else.
type surroundings struct {
	out, err io.Writer
	// lookup finds an environment variable.
	lookup func(name string) (value string, ok bool)
}

// command is one of the things that the program does.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, s surroundings) error
}

// commands lists them all; the first is what is done when none is named.
func commands() []command {
	return []command{
		{"serve", "serve the site", runServe},
	}
}

func main() {
	heap.GrowTo(heap.Bound)
	os.Exit(run(os.Args[1:], surroundings{os.Stdout, os.Stderr, os.LookupEnv}))
}

// run finds the command, runs it and returns the exit code.
func run(args []string, s surroundings) int {
	all := commands()
	chosen := all[0]
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name := args[0]
		args = args[1:]
		if name == "help" {
			printCommands(s.out, all)
			return exitOK
		}
		found := false
		for _, c := range all {
			if c.name == name {
				chosen, found = c, true
			}
		}
		if !found {
			fmt.Fprintf(s.err, "ephemeral: there is no command %q: see ephemeral help\n", name)
			return exitUsage
		}
	}
	err := chosen.run(context.Background(), args, s)
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "ephemeral: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(s.err, "ephemeral: %v\n", err)
		return exitFailed
	}
}

func printCommands(w io.Writer, all []command) {
	fmt.Fprintf(w, "Pages that live only while somebody has them open.\n\nUsage: ephemeral [command] [flags]\n\n")
	for i, c := range all {
		note := ""
		if i == 0 {
			note = " (what is done when no command is named)"
		}
		fmt.Fprintf(w, "  %-8s %s%s\n", c.name, c.summary, note)
	}
	fmt.Fprintf(w, "\nephemeral <command> --help lists a command's flags.\n")
}

// usageError is a mistake in how the program was started: exit code 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
