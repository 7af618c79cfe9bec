package main

import (
	"context"
	"time"
)

// open has visitors open a page that somebody has, one after another: each
// connects, joins, and has the page when its last byte has been compared.
func open(ctx context.Context, b *bench) error {
	page := &offer{content: newContent(0, b.size)}
	holders, stop, err := b.hold(ctx, b.holders, []*offer{page}, 0)
	defer stop()
	if err != nil {
		return err
	}
	bare := appendFrame(nil, opText, encode(0, 0, page.want(), "content", page.payload(false)))
	one := func(i int, latency *histogram) error {
		start := time.Now()
		c, err := b.connect(ctx, b.holders+i)
		if err != nil {
			return err
		}
		defer c.drop()
		defer b.forget(c)
		if b.bare { // it passes on what the holder says
			if _, err := holders[0].nc.Write(bare); err != nil {
				return err
			}
		}
		v := &visitor{client: c, page: page.content, speak: b.speak}
		if err := v.visit(ctx); err != nil {
			return err
		}
		latency.record(time.Since(start))
		if b.bare {
			return nil
		}
		return c.beat()
	}
	const first = 5 // nobody counts these
	if err := b.each(ctx, first, 1, "opening", func(i int) error { return one(i, new(histogram)) }); err != nil {
		return err
	}
	var latency histogram
	_, _, err = b.count(ctx, b.clients, "visitor", func() error {
		return b.each(ctx, b.clients, 1, "opening", func(i int) error { return one(first+i, &latency) })
	})
	if err != nil {
		return err
	}
	b.result.quantiles("latency", &latency)
	return nil
}
