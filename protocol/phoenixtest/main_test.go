package phoenixtest_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run when goroutines of the house are left over.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftover(5 * time.Second); code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines left over:\n\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leftover waits for our goroutines to end and returns the stacks of those that do not.
func leftover(patience time.Duration) string {
	for until := time.Now().Add(patience); ; runtime.Gosched() {
		buf := make([]byte, 1<<20)
		var left []string
		for i, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if i > 0 && strings.Contains(stack, "ephemeral-p2p/ephemeral") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || time.Now().After(until) {
			return strings.Join(left, "\n\n")
		}
	}
}
