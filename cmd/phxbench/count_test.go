package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// proc is a folder like /proc/PID, of a process that has computed for so many
// ticks and has so many kilobytes.
type proc struct {
	t   *testing.T
	dir string
}

func newProc(t *testing.T, ticks, resident int) proc {
	t.Helper()
	p := proc{t, t.TempDir()}
	p.set(ticks, resident, resident)
	p.write("clear_refs", "")
	return p
}

func (p proc) write(name, text string) {
	p.t.Helper()
	name = filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p proc) remove(name string) {
	p.t.Helper()
	if err := os.RemoveAll(filepath.Join(p.dir, name)); err != nil {
		p.t.Fatal(err)
	}
}

func (p proc) set(ticks, resident, peak int) {
	p.t.Helper()
	p.write("stat", fmt.Sprintf("7 (a server) S 1 7 7 0 -1 0 0 0 0 0 %d %d 0 0 20 0", ticks/2, ticks-ticks/2))
	p.write("status", fmt.Sprintf("Name:\tx\nVmHWM:\t%d kB\nVmRSS:\t%d kB\n", peak, resident))
}

func (p proc) process() process { return process{p.dir} }

// The time of threads is finer than that of the process, and counts unless some
// of them have ended.
func TestCPUOfThreads(t *testing.T) {
	p := newProc(t, 200, 1) // 2 s
	for name, test := range map[string]struct {
		threads map[string]string
		want    time.Duration
	}{
		"none":          {nil, 2 * time.Second},
		"one":           {map[string]string{"1": "2000000123 5 6\n"}, 2*time.Second + 123},
		"two":           {map[string]string{"1": "1500000000 5 6\n", "2": "500000007 0 0\n"}, 2*time.Second + 7},
		"one has ended": {map[string]string{"1": "1000000000 5 6\n"}, 2 * time.Second},
		"a tick behind": {map[string]string{"1": "1990000000 5 6\n"}, 1990 * time.Millisecond},
		"no number":     {map[string]string{"1": "many 5 6\n"}, 2 * time.Second},
	} {
		p.remove("task")
		for thread, text := range test.threads {
			p.write("task/"+thread+"/schedstat", text)
		}
		if got, err := p.process().cpu(); err != nil || got != test.want {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, test.want)
		}
	}
}

// What is resident is what the kernel adds up, where it tells; a peak is never
// below it.
func TestMemoryOfProcess(t *testing.T) {
	p := newProc(t, 0, 100)
	check := func(name string, want memory) {
		t.Helper()
		if got, err := p.process().memory(); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
	check("status alone", memory{100 << 10, 100 << 10})
	p.set(0, 100, 150)
	check("a peak", memory{100 << 10, 150 << 10})
	p.write("smaps_rollup", "00400000-7fff [rollup]\nRss:  120 kB\n")
	check("rollup", memory{120 << 10, 150 << 10})
	p.write("smaps_rollup", "Rss:  180 kB\n")
	check("a stale peak", memory{180 << 10, 180 << 10})
	for name, text := range map[string]string{"smaps_rollup": "Pss: 1 kB\n", "status": "VmRSS: 1 kB\n"} {
		p.write(name, text)
		if got, err := p.process().memory(); !errors.Is(err, errProc) {
			t.Errorf("%s without its line: got %+v, %v", name, got, err)
		}
	}
	p.remove("status")
	if _, err := p.process().memory(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a process that has gone: %v", err)
	}
}

// pprofOf serves what net/http/pprof does. Each time that it is asked it has
// allocated asking objects of 10 bytes each.
func pprofOf(t *testing.T, asking int64) (d *debugger, mallocs *atomic.Int64) {
	t.Helper()
	mallocs = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/goroutine") {
			fmt.Fprintf(w, "goroutine profile: total %d\n", 5)
			return
		}
		n := mallocs.Add(asking)
		fmt.Fprintf(w, "# TotalAlloc = %d\n# Mallocs = %d\n# HeapAlloc = 1\n# Stack = 2 / 3\n", n*10, n)
	}))
	t.Cleanup(s.Close)
	return &debugger{s.URL}, mallocs
}

// Work is charged with what the server did while it was under way: no more, not
// even for having been asked.
func TestCount(t *testing.T) {
	p := newProc(t, 100, 500)
	process := p.process()
	d, mallocs := pprofOf(t, 70)
	b := &bench{target: target{process: &process, debugger: d}}
	from, to, err := b.count(t.Context(), 20, "echo", func() error {
		p.set(130, 700, 900)
		mallocs.Add(40)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"CPU/echo": 15_000, "allocations/echo": 2, "allocated/echo": 20} {
		if got, ok := b.result.find(name); !ok || math.Abs(got-want) > 1e-6 {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	if from.memory.resident != 500<<10 || to.memory.resident != 700<<10 || to.memory.peak != 900<<10 || to.cpu-from.cpu != 300*time.Millisecond {
		t.Errorf("got %+v and %+v", from, to)
	}
	if text, err := os.ReadFile(filepath.Join(p.dir, "clear_refs")); err != nil || string(text) != "5" {
		t.Errorf("no new peak was begun: %q, %v", text, err)
	}
}

// Whatever fails, before, at or after the work, is the error, and nothing is
// charged.
func TestCountThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		before, during func(p proc)
		work           error
		pprof          bool
		want           string
	}{
		"the work":           {nil, nil, errDeaf, false, "nobody listens"},
		"gone before":        {func(p proc) { p.remove("stat") }, nil, nil, false, "no such file"},
		"no memory before":   {func(p proc) { p.remove("status") }, nil, nil, false, "no such file"},
		"gone meanwhile":     {nil, func(p proc) { p.remove("stat") }, nil, false, "no such file"},
		"no memory any more": {nil, func(p proc) { p.remove("status") }, nil, false, "no such file"},
		"nobody to ask":      {nil, nil, nil, true, "connection refused"},
	} {
		p := newProc(t, 1, 1)
		process := p.process()
		b := &bench{target: target{process: &process}}
		if test.pprof {
			s := httptest.NewServer(nil)
			b.debugger = &debugger{s.URL}
			s.Close()
		}
		if test.before != nil {
			test.before(p)
		}
		worked := false
		_, _, err := b.count(t.Context(), 1, "echo", func() error {
			worked = true
			if test.during != nil {
				test.during(p)
			}
			return test.work
		})
		wants(t, name, err, test.want)
		if len(b.result.Measures) > 0 || worked != (test.before == nil && !test.pprof) {
			t.Errorf("%s: worked: %t, and %v is charged", name, worked, b.result.Measures)
		}
	}
}

// Without a process nothing is read and nothing charged; the work is done.
func TestCountWithoutAProcess(t *testing.T) {
	b, worked := new(bench), false
	from, to, err := b.count(t.Context(), 1, "echo", func() error { worked = true; return nil })
	if err != nil || !worked || from != to || len(b.result.Measures) > 0 {
		t.Errorf("worked: %t, %+v, %+v, %v, %v", worked, from, to, b.result.Measures, err)
	}
}

// What connections keep for long is read after garbage has been collected, twice,
// and only of a server that can be asked to.
func TestSettled(t *testing.T) {
	p := newProc(t, 1, 1000)
	process := p.process()
	collected := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("gc") == "1" {
			collected++
			p.set(1, 1000-100*collected, 1000)
		}
		fmt.Fprint(w, "goroutine profile: total 5\n# TotalAlloc = 1\n# Mallocs = 1\n# HeapAlloc = 1\n# Stack = 2 / 3\n")
	}))
	defer s.Close()
	b := &bench{target: target{process: &process, debugger: &debugger{s.URL}}, settings: settings{settle: time.Nanosecond}}
	if err := b.settled(t.Context(), reading{memory: memory{resident: 300 << 10}}, 100); err != nil {
		t.Fatal(err)
	}
	if got, ok := b.result.find("RSS/connection settled"); !ok || got != 5 || collected != 2 {
		t.Errorf("%v KB after %d collections, want 5 after 2", got, collected)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errDeaf)
	b.settle = time.Hour
	if err := b.settled(ctx, reading{}, 100); !errors.Is(err, errDeaf) {
		t.Errorf("a run that is over: %v", err)
	}
	b.debugger = nil
	b.result.Measures = nil
	if err := b.settled(ctx, reading{}, 100); err != nil || len(b.result.Measures) > 0 {
		t.Errorf("a server that cannot be asked: %v, %v", b.result.Measures, err)
	}
}
