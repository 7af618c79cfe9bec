//go:build !unix

package websocket

import "testing"

// cpu reports nothing: only where there is getrusage can the process ask what it used (cpu_unix_test.go).
func cpu(b *testing.B) (report func()) { return b.StopTimer }
