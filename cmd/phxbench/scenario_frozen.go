package main

import (
	"context"
	"time"
)

// frozen has some of the holders of each page hear requests and never answer, as
// a tab does that the browser has put to sleep: it still has its connection. A
// visitor comes to each page, and when all have been served another one.
func frozen(ctx context.Context, b *bench) error {
	pages := make([]*offer, b.clients)
	for i := range pages {
		pages[i] = &offer{content: newContent(i, b.size)}
	}
	holders, stop, err := b.hold(ctx, b.holders, pages, b.frozen)
	defer stop()
	if err != nil {
		return err
	}
	for round, name := range []string{"first", "next"} {
		var latency histogram
		err := b.each(ctx, len(pages), len(pages), name+" visitors", func(i int) error {
			start := time.Now()
			c, err := b.connect(ctx, b.holders+round*len(pages)+i)
			if err != nil {
				return err
			}
			defer c.drop()
			defer b.forget(c)
			v := &visitor{client: c, page: pages[i].content, speak: b.speak}
			if err := v.visit(ctx); err != nil {
				return err
			}
			latency.record(time.Since(start))
			return c.beat()
		})
		if err != nil {
			return err
		}
		b.result.quantiles(name+" visitor", &latency)
		asked := int64(0)
		for _, h := range holders[:b.frozen] {
			asked += h.asked.Swap(0)
		}
		b.result.add(name+" visitor asked frozen", float64(asked), "")
	}
	return nil
}
