package longpoll

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run when goroutines are left that came from this package.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftovers(); code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leftovers returns the stacks of goroutines that have a function of this package on them, after giving them a moment.
func leftovers() string {
	var left string
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if left = leftoversNow("/longpoll."); left == "" {
			break
		}
	}
	return left
}

// leftoversNow returns the stacks of other goroutines on which what is found.
func leftoversNow(what string) string {
	left := ""
	buf := make([]byte, 1<<20)
	stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	for _, stack := range stacks[1:] { // the first is our own
		if strings.Contains(stack, what) {
			left += stack + "\n\n"
		}
	}
	return left
}
