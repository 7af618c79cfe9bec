package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

// page has the application (channels have:<hash> and want:<hash>) bring pages
// from one holder to all visitors. They have joined and wait; one of them asks.
func page(ctx context.Context, b *bench) error {
	pages := make([]content, b.messages)
	for i := range pages {
		pages[i] = newContent(i, b.size)
	}
	visitors, err := b.crowd(ctx, b.clients, func(int) string { return "want:" + pages[0].hash })
	if err != nil {
		return err
	}
	err = b.each(ctx, len(visitors), connecting, "joining", func(i int) error {
		for _, p := range pages[1:] {
			if err := visitors[i].join("want:" + p.hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	holder, err := b.connect(ctx, len(visitors))
	if err != nil {
		return err
	}
	h := &holding{client: holder, pages: pages}
	if err := h.join(); err != nil {
		return err
	}
	defer b.serve(h)()
	if err := b.showAll(ctx, h, visitors); err != nil {
		return err
	}
	if b.bare {
		return nil
	}
	return b.beatAll(ctx, visitors)
}

// showAll brings one page after another to all visitors.
func (b *bench) showAll(ctx context.Context, h *holding, visitors []*client) error {
	if err := pause(ctx, b.settle); err != nil {
		return err
	}
	from, err := b.before(ctx)
	if err != nil {
		return err
	}
	var latency histogram
	for _, p := range h.pages {
		start := time.Now()
		if err := b.ask(h, visitors[0], p); err != nil {
			return err
		}
		err := b.each(ctx, len(visitors), len(visitors), "showing a page", func(i int) error {
			if err := visitors[i].see(p); err != nil {
				return err
			}
			latency.record(time.Since(start))
			return nil
		})
		if err != nil {
			return err
		}
	}
	to, err := b.after(ctx, false)
	if err != nil {
		return err
	}
	b.charge(from, to, len(visitors)*len(h.pages), "visitor")
	b.result.quantiles("latency", &latency)
	if b.process != nil {
		b.result.add("RSS peak above idle", float64(to.memory.peak-from.memory.resident)/(1<<20), "MB")
	}
	return nil
}

// ask has a visitor ask for a page. A bare server passes on what the holder
// says unasked.
func (b *bench) ask(h *holding, visitor *client, p content) error {
	if b.bare {
		return h.client.send(encode(0, 0, "want:"+p.hash, "content", p.payload(false)))
	}
	_, err := visitor.push("want:"+p.hash, "content_request", fmt.Appendf(nil, `{"hash":"%s"}`, p.hash))
	return err
}

// serve has the holder answer requests, until stop is called. A bare server
// makes none.
func (b *bench) serve(h *holding) (stop func()) {
	var over atomic.Bool
	var serving sync.WaitGroup
	if !b.bare {
		serving.Go(func() {
			if err := h.serve(); !over.Load() {
				b.fail(err)
			}
		})
	}
	return func() {
		over.Store(true)
		h.client.drop()
		serving.Wait()
	}
}

// content is a page, of characters that JSON has no escapes for.
type content struct {
	text []byte
	hash string
}

func newContent(i, size int) content {
	text := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog, "), size/45+1)
	text = append(fmt.Appendf(nil, "page %d: ", i), text...)[:max(size, 10)]
	sum := sha256.Sum256(text)
	return content{text, hex.EncodeToString(sum[:])}
}

// payload is that of a content event; a holder's has the hash.
func (p content) payload(holder bool) []byte {
	b := append([]byte(`{"content":"`), p.text...)
	if holder {
		b = append(append(b, `","hash":"`...), p.hash...)
	}
	return append(b, `"}`...)
}

// holding is a client that holds pages.
type holding struct {
	client *client
	pages  []content
}

// join makes the holder known for its pages. Each time it is told how many
// holders there are.
func (h *holding) join() error {
	for _, p := range h.pages {
		if err := h.client.join("have:" + p.hash); err != nil {
			return err
		}
		if h.client.bare {
			continue
		}
		n, err := h.client.counted("have:" + p.hash)
		if err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("the only holder was told there are %d", n)
		}
	}
	return nil
}

// serve answers requests until the connection ends.
func (h *holding) serve() error {
	for {
		m, err := h.client.receive()
		if err != nil {
			return fmt.Errorf("the holder: %w", err)
		}
		if string(m.event) != "content_request" {
			return fmt.Errorf("the holder was told %v", m)
		}
		for _, p := range h.pages {
			if string(m.topic) == "have:"+p.hash {
				if _, err := h.client.push("have:"+p.hash, "content", p.payload(true)); err != nil {
					return fmt.Errorf("the holder: %w", err)
				}
			}
		}
	}
}

// counted waits for a visitors_count on a topic.
func (c *client) counted(topic string) (int, error) {
	m, err := c.receive()
	if err != nil {
		return 0, err
	}
	return m.count(topic)
}

// count is what a visitors_count says.
func (m message) count(topic string) (int, error) {
	var count struct {
		Count int `json:"count"`
	}
	if string(m.event) != "visitors_count" || string(m.topic) != topic {
		return 0, fmt.Errorf("instead of a count for %s came %v", topic, m)
	}
	err := json.Unmarshal(m.payload, &count)
	return count.Count, err
}

// see waits for a page, and compares it as it arrives.
func (c *client) see(p content) error {
	in, err := c.next()
	if err != nil {
		return err
	}
	m, err := parseMessage(in.head, in.whole())
	if err != nil {
		return err
	}
	if string(m.event) != "content" || string(m.topic) != "want:"+p.hash {
		return fmt.Errorf("instead of a page came %v", m)
	}
	begin := []byte(`"content":"`)
	skip := bytes.Index(in.head, begin) + len(begin)
	if skip < len(begin) {
		return fmt.Errorf("a page without content: %v", m)
	}
	rest := append(bytes.Clone(p.text), `"}]`...)
	if in.size != int64(skip+len(rest)) {
		return fmt.Errorf("a page of %d bytes came as a message of %d", len(p.text), in.size)
	}
	return c.stream(func(piece []byte) error {
		n := min(skip, len(piece))
		skip -= n
		piece = piece[n:]
		if !bytes.HasPrefix(rest, piece) {
			return fmt.Errorf("a page came with other content, %d bytes before its end", len(rest))
		}
		rest = rest[len(piece):]
		return nil
	})
}
