package main

import (
	"context"
	"fmt"
	"syscall"
	"time"
)

// load is what the machine's processors have done up to a moment.
type load struct {
	at                 time.Time
	busy, server, self time.Duration
}

func takeLoad(server *process) (l load, err error) {
	l.at = time.Now()
	if l.busy, err = machineBusy(); err != nil {
		return l, err
	}
	if server != nil {
		if l.server, err = server.cpu(); err != nil {
			return l, fmt.Errorf("the server has gone: %w", err)
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return l, err
	}
	l.self = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	return l, nil
}

// others returns how many processors others kept busy since then, on average.
func (l load) others(since load) float64 {
	others := (l.busy - since.busy) - (l.server - since.server) - (l.self - since.self)
	return max(others.Seconds()/l.at.Sub(since.at).Seconds(), 0)
}

// reading is what the server has cost up to a moment.
type reading struct {
	cpu     time.Duration
	memory  memory
	runtime runtimeStats
	asking  runtimeStats // what it takes to ask for runtime
}

// before reads what the work that follows begins with.
func (b *bench) before(ctx context.Context) (r reading, err error) {
	if b.process == nil {
		return r, nil
	}
	if b.debugger != nil {
		// First, and twice, for this costs the server something, too.
		first, err := b.debugger.read(ctx, false)
		if err != nil {
			return r, err
		}
		if r.runtime, err = b.debugger.read(ctx, false); err != nil {
			return r, err
		}
		r.asking.mallocs = r.runtime.mallocs - first.mallocs
		r.asking.allocated = r.runtime.allocated - first.allocated
	}
	_ = b.process.resetPeak() // at worst the peak is an earlier one
	if r.memory, err = b.process.memory(); err != nil {
		return r, err
	}
	r.cpu, err = b.process.cpu()
	return r, err
}

// after reads the same at the end; collect asks the server, if it can be asked,
// to collect its garbage once its memory has been read.
func (b *bench) after(ctx context.Context, collect bool) (r reading, err error) {
	if b.process == nil {
		return r, nil
	}
	if r.cpu, err = b.process.cpu(); err != nil {
		return r, err
	}
	if r.memory, err = b.process.memory(); err != nil {
		return r, err
	}
	if b.debugger != nil {
		r.runtime, err = b.debugger.read(ctx, collect)
	}
	return r, err
}

// count charges n operations with what the server does while they work.
func (b *bench) count(ctx context.Context, n int, operation string, work func() error) (from, to reading, err error) {
	if from, err = b.before(ctx); err != nil {
		return from, to, err
	}
	if err = work(); err != nil {
		return from, to, err
	}
	if to, err = b.after(ctx, false); err != nil {
		return from, to, err
	}
	b.charge(from, to, n, operation)
	return from, to, nil
}

// charge adds what each of n operations cost.
func (b *bench) charge(from, to reading, n int, operation string) {
	if b.process == nil {
		return
	}
	b.result.add("CPU/"+operation, (to.cpu-from.cpu).Seconds()*1e6/float64(n), "µs")
	if b.debugger != nil {
		mallocs := to.runtime.mallocs - from.runtime.mallocs - from.asking.mallocs
		allocated := to.runtime.allocated - from.runtime.allocated - from.asking.allocated
		b.result.add("allocations/"+operation, max(float64(mallocs)/float64(n), 0), "")
		b.result.add("allocated/"+operation, max(float64(allocated)/float64(n), 0), "B")
	}
}

// holds adds what each of n connections keeps of the server.
func (b *bench) holds(from, to reading, n int) {
	if b.process == nil {
		return
	}
	per := func(from, to int64) float64 { return float64(to-from) / float64(n) }
	b.result.add("RSS/connection", per(from.memory.resident, to.memory.resident)/1024, "KB")
	if b.debugger != nil {
		b.result.add("goroutines/connection", per(from.runtime.goroutines, to.runtime.goroutines), "")
		b.result.add("live heap/connection", per(from.runtime.heap, to.runtime.heap)/1024, "KB")
		b.result.add("stacks/connection", per(from.runtime.stacks, to.runtime.stacks)/1024, "KB")
	}
}
