// Package environment sets a program's flags by environment variables, too.
package environment

import (
	"flag"
	"fmt"
	"strings"
)

// Variable returns the name of the variable that mirrors a flag: the program's
// prefix, and the flag's name in capitals.
func Variable(prefix, name string) string {
	return prefix + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Set sets each of the flags whose variable is there and not empty. The arguments
// are parsed after it, so that they win. A variable that makes no sense is an
// error, the first of them if there are several; the others are set all the same.
func Set(flags *flag.FlagSet, prefix string, lookup func(name string) (value string, ok bool)) error {
	var wrong error
	flags.VisitAll(func(f *flag.Flag) {
		variable := Variable(prefix, f.Name)
		text, ok := lookup(variable)
		if !ok || text == "" {
			return
		}
		if err := f.Value.Set(text); err != nil && wrong == nil {
			wrong = fmt.Errorf("invalid value %q for the environment variable %s: %w", text, variable, err)
		}
	})
	return wrong
}
