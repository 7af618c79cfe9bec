package presence

import (
	"runtime/debug"
	"slices"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// drain sends what is pending on a topic, in order, unless somebody does already. Hooks may be slow, and get a goroutine.
func (p *Presence) drain(t *topic) {
	t.mu.Lock()
	n := len(t.pending)
	idle := !t.sending && n > 0
	if idle {
		t.sending = true
	}
	t.mu.Unlock()
	switch {
	case !idle:
	case p.options.hooked():
		go p.send(t, n)
	default:
		p.sendSome(t, n)
		// What others added meanwhile is not for this goroutine, a channel's, to carry.
		if n = p.left(t); n > 0 {
			go p.send(t, n)
		}
	}
}

func (p *Presence) drainAll(topics []*topic) {
	for _, t := range topics {
		p.drain(t)
	}
}

// send sends n changes, and all that come meanwhile.
func (p *Presence) send(t *topic, n int) {
	for ; n > 0; n = p.left(t) {
		p.sendSome(t, n)
	}
}

func (p *Presence) sendSome(t *topic, n int) {
	for range n {
		p.deliver(t, t.take())
	}
}

// take takes the next change of a topic that has one.
func (t *topic) take() change {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.pending[0]
	t.pending[0] = change{}
	if t.pending = t.pending[1:]; len(t.pending) == 0 {
		t.pending = nil
	}
	return c
}

// left returns how many changes are left to send. When none are, nobody sends any more, and a topic that is empty is
// forgotten.
func (p *Presence) left(t *topic) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.pending); n > 0 {
		return n
	}
	t.sending = false
	if len(t.byKey) == 0 && !t.off {
		t.off = true
		p.mu.Lock()
		delete(p.topics, t.name)
		p.mu.Unlock()
	}
	return 0
}

// deliver tells everybody of one change.
func (p *Presence) deliver(t *topic, c change) {
	diff := Diff{Joins: p.fetched(t.name, c.joins), Leaves: p.fetched(t.name, c.leaves)}
	text, err := diff.append(nil)
	if err != nil {
		p.options.Logger.Error("presence: what Fetch made of a diff cannot be encoded; the diff is sent without it", "topic", t.name, "error", err)
		diff = Diff{Joins: grouped(c.joins), Leaves: grouped(c.leaves)}
		text, err = diff.append(nil)
	}
	if err == nil { // nothing else in it was not looked at before
		p.broadcast(t.name, protocol.JSON(text))
	}
	if p.options.HandleMetas != nil {
		t.show(c)
		p.protect(t.name, func() { p.options.HandleMetas(t.name, diff, t.shown) })
	}
}

// fetched returns elements as clients see them, with what the hook adds; without if it fails.
func (p *Presence) fetched(topic string, elements []*element) Entries {
	entries := grouped(elements)
	if p.options.Fetch != nil && !p.protect(topic, func() { p.options.Fetch(topic, entries) }) {
		return grouped(elements)
	}
	return entries
}

func (p *Presence) broadcast(topic string, diff protocol.Payload) {
	p.protect(topic, func() {
		err := p.bus.LocalBroadcast(protocol.Broadcast{Topic: topic, Event: EventDiff, Payload: diff}, nil)
		if err != nil {
			p.options.Logger.Error("presence: a diff did not reach everybody", "topic", topic, "error", err)
		}
	})
}

// protect calls what is not ours and reports whether it returned: a panic must not keep a topic from ever sending again,
// nor end the program.
func (p *Presence) protect(topic string, f func()) (returned bool) {
	defer func() {
		if v := recover(); v != nil {
			p.options.Logger.Error("presence: sending a diff panicked", "topic", topic, "panic", v, "stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}

// show makes a change to what HandleMetas knows of.
func (t *topic) show(c change) {
	if t.shown == nil {
		t.shown = make(map[string][]Meta)
	}
	for _, e := range c.joins {
		t.shown[e.key] = append(t.shown[e.key], e.meta)
	}
	for _, e := range c.leaves {
		left := slices.DeleteFunc(t.shown[e.key], func(m Meta) bool { return m.Ref == e.meta.Ref })
		if len(left) == 0 {
			delete(t.shown, e.key)
		} else {
			t.shown[e.key] = left
		}
	}
}

// grouped returns elements as clients see them.
func grouped(elements []*element) Entries {
	entries := make(Entries, len(elements))
	for _, e := range elements {
		entry := entries[e.key]
		entry.Metas = append(entry.Metas, e.meta)
		entries[e.key] = entry
	}
	return entries
}
