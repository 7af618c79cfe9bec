package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// killer has a large page, with some holders, handed to a crowd that then stays,
// and after that to one visitor after another, each of whom stays as well. Some
// of them read slowly. Every one must be served, once, and nobody be closed.
func killer(ctx context.Context, b *bench) error {
	page := &offer{content: newContent(0, b.size)}
	a := &audience{b: b, page: page.content}
	here, leave := context.WithCancel(ctx)
	var beating sync.WaitGroup
	beating.Go(func() { a.keepBeating(here) })
	err := a.gather(ctx, page)
	if err != nil {
		b.fail(err) // what is left of the audience is broken off
	}
	leave()
	beating.Wait()
	a.staying.Wait()
	return err
}

// audience is everybody who has been served a page and stays.
type audience struct {
	b    *bench
	page content

	staying sync.WaitGroup
	mu      sync.Mutex
	present []*visitor
}

// gather is the scenario.
func (a *audience) gather(ctx context.Context, page *offer) error {
	b := a.b
	peaks := peaks{process: b.process}
	if err := peaks.begin(); err != nil {
		return err
	}
	stop, err := a.crowd(ctx, page)
	defer stop()
	if err != nil {
		return err
	}
	if err := pause(ctx, b.settle); err != nil {
		return err
	}
	if err := peaks.end(); err != nil {
		return err
	}
	_, _, err = b.count(ctx, b.arrivals(), "visitor", func() error { return a.oneByOne(ctx, &peaks) })
	if err != nil {
		return err
	}
	peaks.tell(&b.result)
	return a.dismiss(ctx)
}

// crowd has the clients wait for the page, and then its holders come.
func (a *audience) crowd(ctx context.Context, page *offer) (stop func(), err error) {
	b := a.b
	waiting := make([]*visitor, b.clients)
	err = b.each(ctx, b.clients, connecting, "joining", func(i int) error {
		c, err := b.connect(ctx, i)
		if err != nil {
			return err
		}
		waiting[i] = &visitor{client: c, page: a.page, speak: b.speak}
		return waiting[i].enter()
	})
	if err != nil {
		return func() {}, err
	}
	_, stop, err = b.hold(ctx, b.holders, []*offer{page}, 0)
	if err != nil {
		return stop, err
	}
	if b.speak == original && len(waiting) > 0 {
		if err := waiting[0].ask(); err != nil {
			return stop, err
		}
	}
	err = b.each(ctx, len(waiting), len(waiting), "serving those who wait", func(i int) error { return waiting[i].see() })
	for _, v := range waiting {
		a.stay(v)
	}
	return stop, err
}

// stay keeps a visitor that was served.
func (a *audience) stay(v *visitor) {
	a.mu.Lock()
	a.present = append(a.present, v)
	a.mu.Unlock()
	a.staying.Go(func() {
		if err := v.remain(); err != nil {
			a.b.fail(err)
		}
	})
}

// beatEvery is how often those who stay show that they are there. A server may
// close whoever is silent for a minute, as Phoenix does.
const beatEvery = 30 * time.Second

// keepBeating has all who stay send heartbeats until ctx ends.
func (a *audience) keepBeating(ctx context.Context) {
	for pause(ctx, beatEvery) == nil {
		a.mu.Lock()
		present := slices.Clone(a.present)
		a.mu.Unlock()
		for _, v := range present {
			if err := v.beatAs(stillHere); err != nil {
				return // whoever reads there tells why
			}
		}
	}
}

// oneByOne has visitors come for a while, each at its time, whether the one
// before has been served or not, and waits until all have.
func (a *audience) oneByOne(ctx context.Context, peaks *peaks) error {
	b, n := a.b, a.b.arrivals()
	b.progress.begin(b.result.Server+" "+b.result.Scenario+": visitors", n)
	var quick, slow histogram
	var serving sync.WaitGroup
	defer serving.Wait()
	tick := time.NewTicker(b.every)
	defer tick.Stop()
	for i := range n {
		if err := peaks.third(i, n); err != nil {
			return err
		}
		pace, latency := 0, &quick
		if b.slow > 0 && i%b.slow == b.slow-1 {
			pace, latency = b.pace, &slow
		}
		serving.Go(func() {
			if err := a.arrive(ctx, i, pace, latency); err != nil {
				b.fail(fmt.Errorf("visitor %d of %d: %w", i+1, n, err))
			}
		})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	serving.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := peaks.end(); err != nil {
		return err
	}
	b.result.add("visitors served", float64(b.clients+n), "")
	b.result.quantiles("latency", &quick)
	if b.slow > 0 && n >= b.slow {
		b.result.quantiles("slow latency", &slow)
	}
	return nil
}

// arrive is one visitor: it connects, joins, is served, and stays.
func (a *audience) arrive(ctx context.Context, i, pace int, latency *histogram) error {
	start := time.Now()
	c, err := a.b.connectAt(ctx, a.b.clients+a.b.holders+i, pace)
	if err != nil {
		return err
	}
	v := &visitor{client: c, page: a.page, speak: a.b.speak}
	if err := v.visit(ctx); err != nil {
		return err
	}
	latency.record(time.Since(start))
	a.b.progress.step()
	a.stay(v)
	return nil
}

// dismiss has everybody say goodbye, and waits for the answers: nothing may come
// before them.
func (a *audience) dismiss(ctx context.Context) error {
	err := a.b.each(ctx, len(a.present), connecting, "checking", func(i int) error { return a.present[i].sayGoodbye() })
	if err != nil {
		return err
	}
	a.staying.Wait()
	return context.Cause(ctx)
}
