package phoenixtest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// M is what [Main] needs of a *testing.M.
type M interface{ Run() int }

// Main is for the TestMain of a package with channels. It runs the tests and
// exits, and fails the run when goroutines are left over: a connection that
// nobody closed, a channel whose callback never came back.
//
//	func TestMain(m *testing.M) { phoenixtest.Main(m) }
//
// It looks for goroutines that have a function of this module, or of the module
// that is tested, on their stack or were started by one, and gives them five
// seconds to end. More to look for is given as beginnings of functions' names,
// such as "net/http.(*persistConn)"; "" finds all goroutines but those of the
// testing itself. When a test has failed, nothing is looked for: what it left is
// no news.
func Main(m M, also ...string) {
	code := m.Run()
	if code == 0 {
		if left := leftover(append(modules(), also...)); left != "" {
			fmt.Fprintf(os.Stderr, "phoenixtest: goroutines are left over:\n\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// modules returns how the names of functions begin in this module and in that
// of the tests.
func modules() []string {
	names := []string{"github.com/ephemeral-p2p/ephemeral/"}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		names = append(names, functionsOf(info.Main.Path)...)
	}
	return names
}

// functionsOf returns how the names of a module's functions begin: in the
// packages below its path, and in that of the path itself and its external
// tests, where dots behind the last slash are escaped.
func functionsOf(module string) []string {
	last := strings.LastIndexByte(module, '/') + 1
	root := module[:last] + strings.ReplaceAll(module[last:], ".", "%2e")
	return []string{module + "/", root + ".", root + "_test."}
}

// patience is how long goroutines may take to end.
var patience = 5 * time.Second

// leftover waits for the goroutines of these names to end and returns the stacks
// of those that do not.
func leftover(names []string) string {
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		var left []string
		for _, stack := range others() {
			if !ofTesting(stack) && begins(stack, names) {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			return strings.Join(left, "\n\n")
		}
		time.Sleep(pause)
	}
}

// others returns the stacks of all goroutines but the caller's, which comes
// first.
func others() []string {
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n")[1:]
		}
	}
}

// ofTesting reports whether a goroutine is there for the tests to run at all.
func ofTesting(stack string) bool {
	return begins(stack, []string{"testing.(*M)", "testing.(*T).Run(", "testing.runFuzz", "os/signal."})
}

// begins reports whether the name of a function on the stack begins with one of
// these.
func begins(stack string, names []string) bool {
	for line := range strings.Lines(stack) {
		function := strings.TrimPrefix(line, "created by ")
		for _, name := range names {
			if strings.HasPrefix(function, name) {
				return true
			}
		}
	}
	return false
}
