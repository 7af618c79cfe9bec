package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

// broadcasts is one series of broadcasts to one crowd. They are numbered from
// 1 on, over all series.
type broadcasts struct {
	b       *bench
	sender  *client
	crowd   []*client
	first   int // number of the first of the series
	sent    []time.Time
	arrived []atomic.Int64
	whole   []chan struct{} // closed when the broadcast has arrived everywhere
	latency histogram
}

// numbered is a broadcast's payload.
type numbered struct {
	N    int    `json:"n"`
	Data string `json:"data"`
}

// payload is the broadcast's payload, of the size that was asked for.
func (s *broadcasts) payload(n int) []byte {
	return fmt.Appendf(nil, `{"n":%d,"data":"%s"}`, n, s.data(n))
}

// data fills the payload up.
func (s *broadcasts) data(n int) string {
	const bare = len(`{"n":,"data":""}`)
	return strings.Repeat("x", max(s.b.size-bare-len(strconv.Itoa(n)), 0))
}

// text is what the sender sends for it. A bare server passes on what it gets.
func (s *broadcasts) text(n int) []byte {
	if s.b.bare {
		return encode(0, 0, s.b.topic, "broadcasted", s.payload(n))
	}
	return encode(joinRef, 0, s.b.topic, "broadcast_from", s.payload(n))
}

// fanout has one client broadcast to all others: each broadcast after the one
// before has arrived everywhere, then all of them at once. One broadcast, and one
// burst, go before those that count and have lines of their own: with the burst
// every connection takes a queue, which it finds in a pool the next time.
func fanout(ctx context.Context, b *bench) error {
	b.address.buffer = b.size + smallBuffer // broadcasts are decoded whole
	crowd, err := b.crowd(ctx, b.clients+1, b.shared)
	if err != nil {
		return err
	}
	sender, crowd := crowd[0], crowd[1:]
	first := 1
	for _, series := range []struct {
		name  string
		n     int
		paced bool
	}{{"first broadcast", 1, true}, {"paced", b.messages, true}, {"first burst", b.messages, false}, {"burst", b.messages, false}} {
		s := newBroadcasts(b, sender, crowd, first, series.n)
		if err := s.run(ctx, series.name, series.paced); err != nil {
			return err
		}
		first += series.n
	}
	if !b.bare {
		return b.beatAll(ctx, crowd)
	}
	if err := sender.send([]byte("end")); err != nil {
		return err
	}
	return b.each(ctx, len(crowd), connecting, "checking", func(i int) error { return crowd[i].expect([]byte("end")) })
}

func newBroadcasts(b *bench, sender *client, crowd []*client, first, n int) *broadcasts {
	s := &broadcasts{
		b: b, sender: sender, crowd: crowd, first: first,
		sent:    make([]time.Time, n),
		arrived: make([]atomic.Int64, n),
		whole:   make([]chan struct{}, n),
	}
	for i := range s.whole {
		s.whole[i] = make(chan struct{})
	}
	return s
}

func (s *broadcasts) run(ctx context.Context, name string, paced bool) error {
	b := s.b
	_, _, err := b.count(ctx, len(s.crowd)*len(s.sent), name+" delivery", func() error {
		heard := make(chan error, 1)
		go func() {
			heard <- b.each(ctx, len(s.crowd), len(s.crowd), name+" broadcasts", func(i int) error { return s.listen(s.crowd[i]) })
		}()
		if err := s.send(ctx, paced); err != nil {
			b.fail(err)
		}
		if err := <-heard; err != nil {
			return err
		}
		// What the server does behind its last write belongs to it.
		return pause(ctx, 20*time.Millisecond)
	})
	b.result.quantiles(name+" latency", &s.latency)
	return err
}

// send sends the series.
func (s *broadcasts) send(ctx context.Context, paced bool) error {
	if !paced {
		texts := make([][]byte, len(s.sent))
		now := time.Now()
		for i := range texts {
			texts[i] = s.text(s.first + i)
			s.sent[i] = now
		}
		return s.sender.sendAll(texts)
	}
	for i := range s.sent {
		text := s.text(s.first + i)
		s.sent[i] = time.Now()
		if err := s.sender.send(text); err != nil {
			return err
		}
		select {
		case <-s.whole[i]:
		case <-ctx.Done():
			return nil // each has the cause
		}
	}
	return nil
}

// listen hears the series: all of it, in order, each broadcast once.
func (s *broadcasts) listen(c *client) error {
	for i := range s.sent {
		m, err := c.receive()
		if err != nil {
			return fmt.Errorf("after %d of %d broadcasts: %w", i, len(s.sent), err)
		}
		if err := s.check(m, s.first+i); err != nil {
			return err
		}
		s.latency.record(time.Since(s.sent[i]))
		if s.arrived[i].Add(1) == int64(len(s.crowd)) {
			close(s.whole[i])
		}
	}
	return nil
}

func (s *broadcasts) check(m message, n int) error {
	var p numbered
	if string(m.topic) != s.b.topic || string(m.event) != "broadcasted" {
		return fmt.Errorf("instead of broadcast %d came %v", n, m)
	}
	if err := json.Unmarshal(m.payload, &p); err != nil {
		return fmt.Errorf("broadcast %d: %w: %v", n, err, m)
	}
	if p.N != n {
		return fmt.Errorf("instead of broadcast %d came broadcast %d", n, p.N)
	}
	if p.Data != s.data(n) { // not the text: a server may write the keys in another order
		return fmt.Errorf("broadcast %d came changed, with %d bytes: %v", n, len(m.payload), m)
	}
	return nil
}
