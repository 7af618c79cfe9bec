package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// echo has every client send messages, each after the answer to the one before.
func echo(ctx context.Context, b *bench) error {
	b.address.buffer = b.size + smallBuffer // answers are compared whole
	clients, err := b.crowd(ctx, b.clients, b.own)
	if err != nil {
		return err
	}
	const first = 10 // nobody counts these
	if err := b.echoAll(ctx, clients, first, new(histogram)); err != nil {
		return err
	}
	from, err := b.before(ctx)
	if err != nil {
		return err
	}
	var latency histogram
	if err := b.echoAll(ctx, clients, b.messages, &latency); err != nil {
		return err
	}
	to, err := b.after(ctx, false)
	if err != nil {
		return err
	}
	b.charge(from, to, b.clients*b.messages, "echo")
	b.result.quantiles("latency", &latency)
	return b.beatAll(ctx, clients)
}

// echoAll has all clients send n messages each, at once.
func (b *bench) echoAll(ctx context.Context, clients []*client, n int, latency *histogram) error {
	return b.each(ctx, len(clients), len(clients), "echoing", func(i int) error {
		for k := range n {
			start := time.Now()
			if err := clients[i].echo(b.own(i), b.filled(k)); err != nil {
				return fmt.Errorf("echo %d: %w", k+1, err)
			}
			latency.record(time.Since(start))
		}
		return nil
	})
}

// filled is a payload of the size that was asked for, with a number in it.
func (b *bench) filled(n int) []byte {
	text := fmt.Sprintf(`{"x":"%d `, n)
	return []byte(text + strings.Repeat("x", max(b.size-len(text)-2, 0)) + `"}`)
}
