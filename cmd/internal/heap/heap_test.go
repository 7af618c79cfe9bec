package heap

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
)

// child is set in the environment of a process that the tests run: how its
// garbage is collected cannot be taken back.
const child = "HEAP_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		GrowTo(Bound)
		live()
		return
	}
	os.Exit(m.Run())
}

func TestPercent(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		alive
		want int
	}{
		{alive{0, 0}, 400},
		{alive{1 * mb, 0}, 400},
		{alive{12 * mb, 0}, 400},
		{alive{16 * mb, 0}, 300},
		{alive{16 * mb, 8 * mb}, 200},
		{alive{32 * mb, 0}, 100},
		{alive{32 * mb, 16 * mb}, 100},
		{alive{63 * mb, 0}, 100},
		{alive{64 * mb, 0}, 100},
		{alive{500 * mb, 9 * mb}, 100},
	} {
		got := percent(64*mb, tt.alive)
		if got != tt.want {
			t.Errorf("%d MB alive and %d MB of roots: %d percent, want %d", tt.heap/mb, tt.roots/mb, got, tt.want)
		}
		goal := tt.heap + (tt.heap+tt.roots)*uint64(got)/100
		if usual := 2*tt.heap + tt.roots; goal > max(64*mb, usual) {
			t.Errorf("%d MB alive and %d MB of roots: the heap may grow to %d bytes", tt.heap/mb, tt.roots/mb, goal)
		}
	}
}

func TestGrowTo(t *testing.T) {
	grown, usual := run(t), run(t, "GOGC=100")
	if grown.small != most || grown.large != least || grown.again != most {
		t.Errorf("percent with a small heap, a large one and a small one again: %d, %d and %d", grown.small, grown.large, grown.again)
	}
	if usual.small != least || usual.large != least || usual.again != least {
		t.Errorf("the same with GOGC=100: %d, %d and %d", usual.small, usual.large, usual.again)
	}
	if grown.collections == 0 || grown.collections > usual.collections/2 {
		t.Errorf("%d collections, without it there are %d", grown.collections, usual.collections)
	}
}

// outcome is what a process says of its life.
type outcome struct {
	collections         uint32 // of a small heap
	small, large, again int    // percent
}

func run(t *testing.T, env ...string) (o outcome) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GOGC=") || strings.HasPrefix(v, "GOMEMLIMIT=")
	})
	cmd.Env = append(append(cmd.Env, child+"=1"), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := fmt.Sscan(string(out), &o.collections, &o.small, &o.large, &o.again); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return o
}

// live has a small heap with much garbage, then a large heap, then a small one.
func live() {
	var kept [][]byte
	for range 2000 {
		kept = [][]byte{make([]byte, 100<<10)}
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	small := settled(most)
	for range 1000 {
		kept = append(kept, make([]byte, 100<<10))
	}
	large := settled(least)
	runtime.KeepAlive(kept)
	fmt.Println(stats.NumGC, small, large, settled(most))
}

// settled collects garbage and returns the percent that is set then. It waits for
// what is wanted, but not for ever.
func settled(want uint64) uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	for range 500 {
		runtime.GC()
		metrics.Read(sample)
		if os.Getenv("GOGC") != "" || sample[0].Value.Uint64() == want {
			break
		}
		runtime.Gosched()
	}
	return sample[0].Value.Uint64()
}
