package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// firstEchoes is how many messages of each client nobody counts.
const firstEchoes = 10

// echo has every client send messages, each after the answer to the one before.
func echo(ctx context.Context, b *bench) error {
	b.address.buffer = b.size + smallBuffer // answers are compared whole
	clients, err := b.crowd(ctx, b.clients, b.own)
	if err != nil {
		return err
	}
	if err := b.echoAll(ctx, clients, firstEchoes, new(histogram)); err != nil {
		return err
	}
	var latency histogram
	_, _, err = b.count(ctx, b.clients*b.messages, "echo", func() error { return b.echoAll(ctx, clients, b.messages, &latency) })
	if err != nil {
		return err
	}
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
