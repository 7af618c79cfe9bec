package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/cmd/internal/environment"
)

// prefix is what the environment variables' names begin with.
const prefix = "EPHEMERAL"

// An option is one setting: a flag, the environment variable that mirrors it,
// and a line of documentation. The flag wins over the variable.
type option[C any] struct {
	// name is the flag's; the variable is EPHEMERAL_ and the name in capitals.
	name string
	// kind is what the help calls the value: "duration", "bytes".
	kind  string
	usage string
	// value is the place in the configuration. What it holds there before
	// anything is set is the default.
	value func(c *C) flag.Value
}

// variable returns the name of the environment variable that mirrors the flag.
func (o option[C]) variable() string {
	return environment.Variable(prefix, o.name)
}

// errHelp says that help was asked for and has been printed.
var errHelp = errors.New("help was printed")

// parseOptions sets c, which holds the defaults, from the environment and then
// from the flags. Every error is a *usageError, but for errHelp.
func parseOptions[C any](c *C, about string, options []option[C], args []string, s surroundings) error {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {} // it would be printed with every mistake
	for _, o := range options {
		flags.Var(o.value(c), o.name, o.usage)
	}
	wrong := environment.Set(flags, prefix, s.lookup) // whoever asks for help gets it first
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		printOptions(s.out, about, options)
		return errHelp
	case wrong != nil:
		return &usageError{wrong}
	case err != nil:
		return &usageError{fmt.Errorf("%w: --help lists the flags", err)}
	case flags.NArg() > 0:
		return &usageError{fmt.Errorf("unexpected argument %q: --help lists the flags", flags.Arg(0))}
	}
	return nil
}

// printOptions writes the help: each flag with its variable, its meaning and
// its default.
func printOptions[C any](w io.Writer, about string, options []option[C]) {
	fmt.Fprintf(w, "%s\n\nEach flag can also be set by the environment variable beside it; the flag wins.\n", about)
	var defaults C
	if d, ok := any(&defaults).(interface{ setDefaults() }); ok {
		d.setDefaults()
	}
	for _, o := range options {
		fmt.Fprintf(w, "\n  --%-32s %s\n", o.name+" "+o.kind, o.variable())
		fmt.Fprintf(w, "      %s\n", strings.ReplaceAll(o.usage, "\n", "\n      "))
		if text := o.value(&defaults).String(); text != "" {
			fmt.Fprintf(w, "      (default %s)\n", text)
		}
	}
}
