package main

import (
	"context"
	"time"
)

// warmUp has the server do once what follows, so that what it needs only once
// (pages of its program, pools) is not charged to the first clients.
func (b *bench) warmUp(ctx context.Context) error {
	clients, err := b.crowd(ctx, min(b.clients, connecting), b.own)
	if err != nil {
		return err
	}
	for _, c := range clients {
		b.forget(c)
		c.drop()
	}
	return pause(ctx, 300*time.Millisecond)
}

// idle opens connections, each of which joins a topic of its own and then says
// nothing. At the end each must still be served.
func idle(ctx context.Context, b *bench) error {
	if err := b.warmUp(ctx); err != nil {
		return err
	}
	from, err := b.before(ctx)
	if err != nil {
		return err
	}
	clients, err := b.crowd(ctx, b.clients, b.own)
	if err != nil {
		return err
	}
	if err := pause(ctx, b.settle); err != nil {
		return err
	}
	to, err := b.after(ctx, true)
	if err != nil {
		return err
	}
	b.holds(from, to, b.clients)
	if err := b.settled(ctx, from, b.clients); err != nil {
		return err
	}
	return b.beatAll(ctx, clients)
}

// settled adds what each connection keeps for long. A Go program takes memory to
// connect them that it does not need afterwards, and gives it back when garbage
// has been collected: by itself every two minutes, here when it is asked to,
// which took place just before.
func (b *bench) settled(ctx context.Context, from reading, n int) error {
	if b.process == nil || b.debugger == nil {
		return nil
	}
	for range 2 { // what the first one frees is given back after the second
		if err := pause(ctx, b.settle); err != nil {
			return err
		}
		if _, err := b.debugger.read(ctx, true); err != nil {
			return err
		}
	}
	if err := pause(ctx, b.settle); err != nil {
		return err
	}
	m, err := b.process.memory()
	if err != nil {
		return err
	}
	b.result.add("RSS/connection settled", float64(m.resident-from.memory.resident)/float64(n)/1024, "KB")
	return nil
}

// beatAll has every client send a heartbeat, whose reply must be the next thing
// that it hears: everybody is served, and nobody has been told anything more
// than was checked.
func (b *bench) beatAll(ctx context.Context, clients []*client) error {
	return b.each(ctx, len(clients), connecting, "checking", func(i int) error { return clients[i].beat() })
}
