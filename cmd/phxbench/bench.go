package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// target is the server under measurement.
type target struct {
	name     string
	mount    string // ws://host:port/path
	address  address
	bare     bool     // a floor: it knows no protocol
	process  *process // nil: its costs are not measured
	debugger *debugger
}

// settings are what a scenario can be told. Each has its own defaults.
type settings struct {
	clients  int
	messages int           // for each client, or each channel
	size     int           // bytes of a message's payload
	topic    string        // what topics begin with
	holders  int           // of each page
	frozen   int           // of the holders: they answer nobody
	every    time.Duration // between two visitors
	duration time.Duration // for how long visitors come
	slow     int           // each how manieth visitor reads slowly
	pace     int           // bytes in a second that a slow one reads
	speak    dialect       // of holders and visitors
	settle   time.Duration // how long the server is left alone before its memory is read
	timeout  time.Duration
}

// like reports whether the work is the same.
func (s settings) like(other settings) bool {
	s.topic, s.speak, s.timeout = other.topic, other.speak, other.timeout
	return s == other
}

// arrivals is how many visitors come one by one.
func (s settings) arrivals() int {
	if s.every == 0 {
		return 0
	}
	return int(s.duration / s.every)
}

// connections is how many are open at once, at most.
func (s settings) connections() int { return s.clients + s.holders + s.arrivals() }

// bench is one run of a scenario.
type bench struct {
	target
	settings
	progress *progress
	result   result
	fail     context.CancelCauseFunc // ends the run; the first cause stands

	mu   sync.Mutex
	open map[*wire]struct{} // what is broken off when the run ends early
}

var errTimeout = errors.New("the time for this scenario is up: something is stuck, or --timeout is too short")

// measure runs a scenario against a server.
func (s scenario) measure(ctx context.Context, t target, o settings, p *progress) (result, error) {
	b := &bench{
		target: t, settings: o, progress: p,
		result: result{
			Server: t.name, Scenario: s.name, Clients: o.clients, Speak: s.spoken(o), Standard: o.like(s.defaults),
			charged: t.process != nil, bare: t.bare,
		},
		open: make(map[*wire]struct{}),
	}
	if err := checkDescriptors(o.connections()); err != nil {
		return result{}, err
	}
	if o.frozen > 0 && o.frozen >= o.holders {
		return result{}, usageError{fmt.Errorf("of %d holders %d are frozen: nobody answers (--holders, --frozen)", o.holders, o.frozen)}
	}
	if o.every > 0 && o.arrivals() == 0 {
		return result{}, usageError{fmt.Errorf("nobody comes: a visitor each %v, but for %v only (--every, --duration)", o.every, o.duration)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, errTimeout)
	defer cancel()
	ctx, b.fail = context.WithCancelCause(ctx)
	defer b.fail(nil)
	stop := context.AfterFunc(ctx, b.dropAll)
	defer stop()
	defer b.dropAll()
	start, err := takeLoad(b.process)
	if err != nil {
		return result{}, err
	}
	err = s.run(ctx, b)
	b.progress.end()
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("%s: %w", s.name, cause)
	}
	if err != nil {
		return result{}, err
	}
	end, err := takeLoad(b.process)
	b.result.Seconds = end.at.Sub(start.at).Seconds()
	b.result.Others = end.others(start)
	return b.result, err
}

// spare is how many descriptors a run needs beside those of the clients.
const spare = 64

func checkDescriptors(clients int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if need := uint64(clients + spare); need > limit.Cur {
		return usageError{fmt.Errorf("%d clients need %d file descriptors here and in the server, and this process may have %d: raise ulimit -n, or use fewer clients (--clients)",
			clients, need, limit.Cur)}
	}
	return nil
}

// connect opens the i-th connection of the run.
func (b *bench) connect(ctx context.Context, i int) (*client, error) {
	return b.connectAt(ctx, i, 0)
}

// connectAt opens one that reads at most pace bytes in a second, if that is not 0.
func (b *bench) connectAt(ctx context.Context, i, pace int) (*client, error) {
	address := b.address
	address.pace = pace
	w, err := address.dial(ctx, i)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if ctx.Err() != nil {
		w.drop()
		return nil, context.Cause(ctx)
	}
	b.open[w] = struct{}{}
	return &client{wire: w, bare: b.bare}, nil
}

// forget takes a connection that has ended off the books.
func (b *bench) forget(c *client) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, c.wire)
}

func (b *bench) dropAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for w := range b.open {
		w.drop()
	}
	clear(b.open)
}

// connecting is how many handshakes are under way at once.
const connecting = 32

// crowd opens n connections, each of which joins its topic.
func (b *bench) crowd(ctx context.Context, n int, topic func(i int) string) ([]*client, error) {
	clients := make([]*client, n)
	err := b.each(ctx, n, connecting, "joining", func(i int) error {
		c, err := b.connect(ctx, i)
		if err != nil {
			return err
		}
		clients[i] = c
		return c.join(topic(i))
	})
	return clients, err
}

// own gives each client a topic of its own.
func (b *bench) own(i int) string { return fmt.Sprintf("%s-%d", b.topic, i) }

// shared gives all the same.
func (b *bench) shared(int) string { return b.topic }

// each calls f for 0 to n-1, for up to limit of them at once, and waits. The
// first error ends the run.
func (b *bench) each(ctx context.Context, n, limit int, what string, f func(i int) error) error {
	b.progress.begin(b.result.Server+" "+b.result.Scenario+": "+what, n)
	var next, done atomic.Int64
	var group sync.WaitGroup
	for range min(n, limit) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(i); err != nil {
					b.fail(fmt.Errorf("%s, client %d of %d: %w", what, i+1, n, err))
					return
				}
				done.Add(1)
				b.progress.step()
			}
		})
	}
	group.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%s: %d of %d done: %w", what, done.Load(), n, cause)
	}
	return nil
}

// pause waits, if the run goes on.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
