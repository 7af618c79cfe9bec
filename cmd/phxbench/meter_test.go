package main

import (
	"math"
	"testing"
	"time"
)

// What others did is what is left of the machine's work.
func TestOthers(t *testing.T) {
	start := time.Now()
	from := load{at: start, busy: 100 * time.Second, server: 10 * time.Second, self: time.Second}
	to := load{at: start.Add(10 * time.Second), busy: 118 * time.Second, server: 14 * time.Second, self: 5 * time.Second}
	if got := to.others(from); math.Abs(got-1) > 1e-9 {
		t.Errorf("got %v processors, want 1", got)
	}
	to.busy = 101 * time.Second // the kernel counts in ticks
	if got := to.others(from); got != 0 {
		t.Errorf("got %v, want not less than 0", got)
	}
}

// Costs are differences, each for one operation; asking for them is not one.
func TestCharge(t *testing.T) {
	b := &bench{target: target{process: new(process), debugger: new(debugger)}}
	from := reading{cpu: time.Second, memory: memory{resident: 1 << 20}, runtime: runtimeStats{goroutines: 5, mallocs: 100, allocated: 1000, heap: 1 << 10, stacks: 2 << 10},
		asking: runtimeStats{mallocs: 50, allocated: 500}}
	to := reading{cpu: 1100 * time.Millisecond, memory: memory{resident: 11 << 20}, runtime: runtimeStats{goroutines: 1005, mallocs: 2150, allocated: 65_500, heap: 4001 << 10, stacks: 2002 << 10}}
	b.charge(from, to, 1000, "echo")
	b.holds(from, to, 1000)
	for name, want := range map[string]float64{
		"CPU/echo": 100, "allocations/echo": 2, "allocated/echo": 64,
		"RSS/connection": 10.24, "goroutines/connection": 1, "live heap/connection": 4, "stacks/connection": 2,
	} {
		if got, ok := b.result.find(name); !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	from.asking.mallocs = 1 << 20
	b.result.Measures = nil
	b.charge(from, to, 1000, "echo")
	if got, _ := b.result.find("allocations/echo"); got != 0 {
		t.Errorf("got %v allocations, want not less than 0", got)
	}
	b.result.Measures = nil
	b.process, b.debugger = nil, nil
	b.charge(from, to, 1000, "echo")
	b.holds(from, to, 1000)
	if len(b.result.Measures) != 0 {
		t.Errorf("without a process: got %v", b.result.Measures)
	}
}
