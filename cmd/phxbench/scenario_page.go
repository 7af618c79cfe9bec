package main

import (
	"context"
	"time"
)

// page has the application (channels have:<hash> and want:<hash>) bring pages
// from one holder to all visitors. They have joined and wait; one of them asks.
// There is a page more than is counted.
func page(ctx context.Context, b *bench) error {
	pages := make([]content, 1+b.messages)
	for i := range pages {
		pages[i] = newContent(i, b.size)
	}
	visitors, err := b.crowd(ctx, b.clients, func(int) string { return pages[0].want() })
	if err != nil {
		return err
	}
	err = b.each(ctx, len(visitors), connecting, "joining", func(i int) error {
		for _, p := range pages[1:] {
			if err := visitors[i].join(p.want()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	offers := make([]*offer, len(pages))
	for i, p := range pages {
		offers[i] = &offer{content: p}
	}
	holders, stop, err := b.hold(ctx, 1, offers, 0)
	defer stop()
	if err != nil {
		return err
	}
	if err := b.showAll(ctx, holders[0], pages, visitors); err != nil {
		return err
	}
	if b.bare {
		return nil
	}
	return b.beatAll(ctx, visitors)
}

// showAll brings one page after another to all visitors. The first has the costs
// for itself, for with it every connection takes what it needs only once; for
// memory it counts as the others do.
func (b *bench) showAll(ctx context.Context, h *holder, pages []content, visitors []*client) error {
	if err := pause(ctx, b.settle); err != nil {
		return err
	}
	var idle, peak int64
	for i, part := range [][]content{pages[:1], pages[1:]} {
		operation, name := "visitor", "latency"
		if i == 0 {
			operation, name = "visitor of the first page", "first page latency"
		}
		var latency histogram
		from, to, err := b.count(ctx, len(visitors)*len(part), operation, func() error {
			for _, p := range part {
				if err := b.show(ctx, h, p, visitors, &latency); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.result.quantiles(name, &latency)
		if i == 0 {
			idle = from.memory.resident
		}
		peak = max(peak, to.memory.peak)
	}
	if b.process != nil {
		b.result.add("RSS peak above idle", float64(peak-idle)/(1<<20), "MB")
	}
	return nil
}

// show brings a page to all visitors.
func (b *bench) show(ctx context.Context, h *holder, p content, visitors []*client, latency *histogram) error {
	start := time.Now()
	if err := b.ask(h, visitors[0], p); err != nil {
		return err
	}
	return b.each(ctx, len(visitors), len(visitors), "showing a page", func(i int) error {
		v := visitor{client: visitors[i], page: p, speak: original}
		if err := v.see(); err != nil {
			return err
		}
		latency.record(time.Since(start))
		return nil
	})
}

// ask has a visitor ask for a page. A bare server passes on what the holder
// says unasked.
func (b *bench) ask(h *holder, c *client, p content) error {
	if b.bare {
		return h.send(encode(0, 0, p.want(), "content", p.payload(false)))
	}
	v := visitor{client: c, page: p}
	return v.ask()
}
