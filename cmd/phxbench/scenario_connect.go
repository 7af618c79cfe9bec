package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// few is how many clients work at once where the time that each of them takes is
// measured: more would wait for each other.
const few = 8

// connect opens connections, each of which joins a topic of its own, and keeps
// them.
func connect(ctx context.Context, b *bench) error {
	if err := b.warmUp(ctx); err != nil {
		return err
	}
	var latency histogram
	clients := make([]*client, b.clients)
	_, _, err := b.count(ctx, b.clients, "connection", func() error {
		return b.each(ctx, b.clients, few, "connecting", func(i int) error {
			start := time.Now()
			c, err := b.connect(ctx, i)
			if err != nil {
				return err
			}
			clients[i] = c
			if err := c.join(b.own(i)); err != nil {
				return err
			}
			latency.record(time.Since(start))
			return nil
		})
	})
	if err != nil {
		return err
	}
	b.result.quantiles("latency", &latency)
	return b.beatAll(ctx, clients)
}

// churn has clients connect, join, leave and disconnect, over and over.
func churn(ctx context.Context, b *bench) error {
	if err := b.warmUp(ctx); err != nil {
		return err
	}
	var latency histogram
	rounds := b.clients * b.messages
	from, to, err := b.count(ctx, rounds, "round", func() error {
		err := b.each(ctx, rounds, b.clients, "coming and going", func(i int) error {
			start := time.Now()
			c, err := b.connect(ctx, i)
			if err != nil {
				return err
			}
			defer b.forget(c)
			if err := c.comeAndGo(b.own(i % b.clients)); err != nil {
				c.drop()
				return err
			}
			latency.record(time.Since(start))
			return nil
		})
		if err != nil {
			return err
		}
		return pause(ctx, b.settle)
	})
	if err != nil {
		return err
	}
	b.result.quantiles("latency", &latency)
	return b.nothingLeft(from, to)
}

// comeAndGo joins a topic, leaves it and closes the connection.
func (c *client) comeAndGo(topic string) error {
	if !c.bare {
		if err := c.join(topic); err != nil {
			return err
		}
		if err := c.part(topic); err != nil {
			return fmt.Errorf("failed to leave %s: %w", topic, err)
		}
	}
	return c.leave()
}

// part leaves a topic.
func (c *client) part(topic string) error {
	r, err := c.push(topic, "phx_leave", empty)
	if err != nil {
		return err
	}
	if _, err := c.reply(r); err != nil {
		return err
	}
	m, err := c.receive()
	if err == nil && (string(m.event) != "phx_close" || string(m.topic) != topic) {
		err = fmt.Errorf("instead of phx_close came %v", m)
	}
	return err
}

// leave closes the connection as a browser does: it waits for the server to
// answer.
func (w *wire) leave() error {
	if _, err := w.nc.Write(appendFrame(nil, opClose, []byte{0x03, 0xe8})); err != nil {
		return err
	}
	m, err := w.next()
	var answer *closed
	if err == nil {
		return fmt.Errorf("instead of the answer to a close came %.100s", m.head)
	}
	if !errors.As(err, &answer) {
		return fmt.Errorf("a close was not answered: %w", err)
	}
	return w.nc.Close()
}

// fewLeft is how many goroutines may have come by while nobody looked: the
// runtime's and net/http's own.
const fewLeft = 10

// nothingLeft wants the server to have no more goroutines than before its
// clients came, if it tells.
func (b *bench) nothingLeft(from, to reading) error {
	if b.process == nil {
		return nil
	}
	b.result.add("RSS grown", float64(to.memory.resident-from.memory.resident)/(1<<20), "MB")
	if b.debugger == nil {
		return nil
	}
	left := to.runtime.goroutines - from.runtime.goroutines
	b.result.add("goroutines left", float64(left), "")
	if left > fewLeft {
		return fmt.Errorf("the server has %d goroutines more than before", left)
	}
	return nil
}
