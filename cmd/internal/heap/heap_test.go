package heap

import (
	"fmt"
	"math"
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

func TestLook(t *testing.T) {
	kept := make([]byte, 10<<20)
	runtime.GC()
	a := look()
	runtime.KeepAlive(kept)
	if a.heap < 10<<20 || a.heap > 15<<20 || a.roots == 0 || a.roots > 5<<20 {
		t.Errorf("%d bytes of heap and %d of roots, for 10 MB that are kept", a.heap, a.roots)
	}
}

func TestGrowTo(t *testing.T) {
	for gogc, want := range map[string]string{
		"":    "400 100 400",
		"100": "100 100 100",
		"off": "off off off",
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
			return strings.HasPrefix(v, "GOGC=") || strings.HasPrefix(v, "GOMEMLIMIT=")
		}), child+"=1", "GOGC="+gogc)
		got, err := cmd.CombinedOutput()
		if err != nil || string(got) != want {
			t.Errorf("GOGC=%s: %v, percent with a small heap, a large one and a small one again: %s, want %s", gogc, err, got, want)
		}
	}
}

// live has a small heap, then a large one, then a small one.
func live() {
	small := settled(most)
	kept := make([]byte, 2*Bound)
	large := settled(least)
	runtime.KeepAlive(kept)
	fmt.Print(small, " ", large, " ", settled(most))
}

// settled collects garbage and returns the percent that is set then. It waits for
// what is wanted, but not for ever.
func settled(want uint64) string {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	for range 500 {
		runtime.GC()
		metrics.Read(sample)
		if os.Getenv("GOGC") != "" || sample[0].Value.Uint64() == want {
			break
		}
		runtime.Gosched()
	}
	if sample[0].Value.Uint64() == math.MaxUint64 {
		return "off"
	}
	return fmt.Sprint(sample[0].Value.Uint64())
}
