package websocket

import (
	"runtime"
	"strings"
)

// others returns the stacks of all goroutines but the caller's.
func others() string {
	buf := make([]byte, 1<<20)
	_, stacks, _ := strings.Cut(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	return stacks
}
