package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/go-json-experiment/json"
)

// holder is a client that has pages.
type holder struct {
	*client
	speak  dialect
	crowd  int  // how many holders each page is going to have
	frozen bool // it answers nobody
	held   map[string]*held

	missing int           // pages that are not ready
	ready   chan struct{} // closed when none is
	asked   atomic.Int64
}

// held is a page at one of its holders.
type held struct {
	*offer
	join   ref
	part   int // bytes of a part; 0: it goes whole
	joined bool
	count  int // of holders, as told last
	ready  bool

	// An answer in parts that is under way.
	parts   [][]byte // nil: there is none
	sent    int      // of parts
	arrived int      // bytes, as acknowledged
}

func newHolder(c *client, speak dialect, crowd int, pages []*offer) *holder {
	h := &holder{client: c, speak: speak, crowd: crowd, held: make(map[string]*held),
		missing: len(pages), ready: make(chan struct{})}
	for _, p := range pages {
		h.held[p.have()] = &held{offer: p}
	}
	return h
}

// hold has n holders join the pages and answer requests until stop is called, and
// returns when each has been told of all others.
func (b *bench) hold(ctx context.Context, n int, pages []*offer, frozen int) (holders []*holder, stop func(), err error) {
	var over atomic.Bool
	var serving sync.WaitGroup
	stop = func() {
		over.Store(true)
		for _, h := range holders {
			b.forget(h.client)
			h.drop()
		}
		serving.Wait()
	}
	for i := range n {
		c, err := b.connect(ctx, i)
		if err != nil {
			return nil, stop, err
		}
		h := newHolder(c, b.speak, n, pages)
		h.frozen = i < frozen
		holders = append(holders, h)
		if b.bare {
			continue // it is not asked
		}
		serving.Go(func() {
			if err := h.serve(); !over.Load() {
				b.fail(fmt.Errorf("holder %d of %d: %w", i+1, n, err))
			}
		})
	}
	for _, h := range holders {
		if b.bare {
			break
		}
		select {
		case <-h.ready:
		case <-ctx.Done():
			return nil, stop, context.Cause(ctx)
		}
	}
	return holders, stop, nil
}

// serve joins, and answers requests until the connection ends.
func (h *holder) serve() error {
	for topic, p := range h.held {
		h.refs++
		p.join = h.refs
		if err := h.send(encode(joinRef, h.refs, topic, "phx_join", h.speak.payload())); err != nil {
			return err
		}
	}
	for {
		m, err := h.receive()
		if err != nil {
			return err
		}
		if err := h.hear(m); err != nil {
			return err
		}
	}
}

func (h *holder) hear(m message) error {
	p := h.held[string(m.topic)]
	if string(m.topic) == "phoenix" && string(m.event) == "phx_reply" {
		return nil // to a heartbeat
	}
	if p == nil {
		return fmt.Errorf("a holder was told %v", m)
	}
	switch event := string(m.event); {
	case event == "phx_reply":
		return h.welcomed(p, m)
	case event == "visitors_count":
		return h.counted(p, m)
	case event == "content_request":
		return h.asks(p)
	case h.speak == ours && event == "got":
		return h.goOn(p, m)
	case h.speak == ours && event == "enough":
		p.parts = nil
		return nil
	case h.speak == ours && (event == "state" || event == "served"):
		return nil
	}
	return fmt.Errorf("a holder was told %v", m)
}

// welcomed hears that it has joined.
func (h *holder) welcomed(p *held, m message) error {
	response, err := m.okTo(p.join)
	if err != nil {
		return fmt.Errorf("failed to join %s: %w", m.topic, err)
	}
	w, err := h.speak.welcomed(response, len(p.text))
	p.part, p.joined = w.Part, true
	h.look(p)
	return err
}

// counted hears how many holders there are.
func (h *holder) counted(p *held, m message) error {
	n, err := m.count(string(m.topic))
	if err != nil {
		return err
	}
	if n > h.crowd {
		return fmt.Errorf("told that a page has %d holders, of %d", n, h.crowd)
	}
	p.count = n
	h.look(p)
	return nil
}

// look finds out whether a page is ready: joined, and all others too.
func (h *holder) look(p *held) {
	if p.ready || !p.joined || p.count != h.crowd {
		return
	}
	p.ready = true
	if h.missing--; h.missing == 0 {
		close(h.ready)
	}
}

// asks answers a request; a frozen holder shows that it is connected, and no more.
func (h *holder) asks(p *held) error {
	h.asked.Add(1)
	if h.frozen {
		h.refs++
		return h.send(encode(0, h.refs, "phoenix", "heartbeat", empty))
	}
	if p.part == 0 {
		_, err := h.nc.Write(p.whole(h.speak == ours))
		return err
	}
	if p.parts != nil {
		return nil // the answer is on its way
	}
	p.parts, p.sent, p.arrived = p.inParts(p.part), 0, 0
	return h.fill(p)
}

// window is how many parts a holder sends ahead of their acknowledgement.
const window = 8

// fill sends parts as far as the window goes.
func (h *holder) fill(p *held) error {
	for p.sent < len(p.parts) && p.sent*p.part < p.arrived+window*p.part {
		if _, err := h.nc.Write(p.parts[p.sent]); err != nil {
			return err
		}
		p.sent++
	}
	return nil
}

var errGot = errors.New("more is acknowledged than was sent")

// goOn hears how much has arrived.
func (h *holder) goOn(p *held, m message) error {
	var got struct {
		Bytes int `json:"bytes"`
	}
	if err := json.Unmarshal(m.payload, &got); err != nil {
		return fmt.Errorf("%v: %w", m, err)
	}
	if p.parts == nil {
		return nil
	}
	total := len(p.text)
	if got.Bytes < p.arrived || got.Bytes > min(p.sent*p.part, total) {
		return fmt.Errorf("%v: %w", m, errGot)
	}
	if p.arrived = got.Bytes; p.arrived == total {
		p.parts = nil
		return nil
	}
	return h.fill(p)
}

// count is what a visitors_count says.
func (m message) count(topic string) (int, error) {
	var count struct {
		Count int `json:"count"`
	}
	if !m.is("visitors_count", topic) {
		return 0, fmt.Errorf("instead of a count for %s came %v", topic, m)
	}
	err := json.Unmarshal(m.payload, &count)
	return count.Count, err
}
