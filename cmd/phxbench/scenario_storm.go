package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// storm has all clients join as visitors of one page at once, after they have
// done the same each on a page of its own, for comparison. Every one of them
// must end on the exact number.
func storm(ctx context.Context, b *bench) error {
	clients, err := b.crowd(ctx, b.clients, func(i int) string { return fmt.Sprintf("want:storm-%d", i) })
	if err != nil {
		return err
	}
	apart := func(i int) string { return fmt.Sprintf("have:storm-%d", i) }
	together := func(int) string { return "have:storm" }
	alone, err := b.joinAtOnce(ctx, "join apart", clients, apart, 1)
	if err != nil {
		return err
	}
	crowded, err := b.joinAtOnce(ctx, "join together", clients, together, len(clients))
	if err != nil {
		return err
	}
	if b.process != nil && alone.cpu > 0 {
		b.result.add("together/apart", float64(crowded.cpu)/float64(alone.cpu), "")
	}
	return nil
}

// joinAtOnce has all clients join at once, and waits until each has been told
// the final count and nothing else after that.
func (b *bench) joinAtOnce(ctx context.Context, name string, clients []*client, topic func(i int) string, final int) (spent reading, err error) {
	from, err := b.before(ctx)
	if err != nil {
		return reading{}, err
	}
	counts := make([]int, len(clients))
	start := time.Now()
	err = b.each(ctx, len(clients), len(clients), name, func(i int) error {
		n, err := clients[i].joinCounted(topic(i), final)
		counts[i] = n
		return err
	})
	if err != nil {
		return reading{}, err
	}
	took := time.Since(start)
	if err := pause(ctx, b.settle); err != nil {
		return reading{}, err
	}
	to, err := b.after(ctx, false)
	if err != nil {
		return reading{}, err
	}
	err = b.each(ctx, len(clients), connecting, "checking", func(i int) error {
		n, err := clients[i].beatCounted(topic(i), final)
		counts[i] += n
		return err
	})
	b.charge(from, to, len(clients), name)
	b.result.add(name+" took", took.Seconds()*1000, "ms")
	all := 0
	for _, n := range counts {
		all += n
	}
	b.result.add(name+" counts/visitor", float64(all)/float64(len(clients)), "")
	b.result.add(name+" counts/visitor max", float64(slices.Max(counts)), "")
	return reading{cpu: to.cpu - from.cpu}, err
}

// joinCounted joins and hears counts up to the final one, which may come before
// the reply. It returns how many there were.
func (c *client) joinCounted(topic string, final int) (counts int, err error) {
	c.refs++
	if err := c.send(encode(joinRef, c.refs, topic, "phx_join", empty)); err != nil {
		return 0, err
	}
	joined := false
	for last := 0; !joined || last != final; {
		m, err := c.receive()
		if err != nil {
			return counts, fmt.Errorf("after %d counts, of which the last was %d: %w", counts, last, err)
		}
		if string(m.event) == "phx_reply" {
			if _, err := m.okTo(c.refs); err != nil {
				return counts, fmt.Errorf("failed to join %s: %w", topic, err)
			}
			joined = true
			continue
		}
		if last, err = m.count(topic); err != nil {
			return counts, err
		}
		counts++
		if last > final {
			return counts, fmt.Errorf("told that there are %d visitors, of %d", last, final)
		}
	}
	return counts, nil
}

// beatCounted sends a heartbeat; before its reply nothing but the final count
// may come, again.
func (c *client) beatCounted(topic string, final int) (counts int, err error) {
	c.refs++
	if err := c.send(encode(0, c.refs, "phoenix", "heartbeat", empty)); err != nil {
		return 0, err
	}
	for {
		m, err := c.receive()
		if err != nil {
			return counts, err
		}
		if string(m.event) == "phx_reply" && c.refs.is(m.ref) {
			return counts, nil
		}
		n, err := m.count(topic)
		if err != nil {
			return counts, err
		}
		if n != final {
			return counts, errors.New("the final count was not the last")
		}
		counts++
	}
}
