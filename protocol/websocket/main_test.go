package websocket

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftover(5 * time.Second); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines left over:\n\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leftover waits for every goroutine but the caller's to end, and returns the stacks of those that do not.
func leftover(patience time.Duration) string {
	for until := time.Now().Add(patience); ; runtime.Gosched() {
		left := others()
		if left == "" || time.Now().After(until) {
			return left
		}
	}
}

// others returns the stacks of the goroutines that some test started.
func others() string {
	buf := make([]byte, 1<<20)
	stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	var left []string
	for _, stack := range stacks[1:] { // the first is our own
		if !strings.Contains(stack, "testing.(*M)") && !strings.Contains(stack, "testing.(*T).Run(") &&
			!strings.Contains(stack, "testing.runFuzz") && !strings.Contains(stack, "os/signal") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
