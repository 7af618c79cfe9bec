//go:build unix

package websocket

import (
	"syscall"
	"testing"
	"time"
)

// cpu reports what the whole process used for an operation, clients included. On a busy machine it says more than the
// time on the wall.
func cpu(b *testing.B) (report func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() {
		b.StopTimer()
		b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op")
	}
}
