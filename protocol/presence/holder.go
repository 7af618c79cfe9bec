package presence

import "sync"

// A holder is what one owner tracks. Its lock makes one change of the owner follow another.
type holder struct {
	mu    sync.Mutex
	ended bool
	held  map[place]*element
}

// place is where an owner is tracked.
type place struct{ topic, key string }

// holder returns the owner's holder. It lives as long as the owner, whatever that tracks meanwhile: owners are asked once
// to tell of their end.
func (p *Presence) holder(o Owner) *holder {
	p.mu.Lock()
	h, known := p.holders[o]
	if !known {
		h = &holder{held: make(map[place]*element, 1)}
		p.holders[o] = h
	}
	p.mu.Unlock()
	if !known {
		o.AtEnd(func() { p.end(o, h) })
	}
	return h
}

// find returns the owner's holder, or nil if it has never tracked anything.
func (p *Presence) find(o Owner) *holder {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.holders[o]
}

// end is what an ended owner comes to.
func (p *Presence) end(o Owner, h *holder) {
	p.mu.Lock()
	if p.holders[o] == h {
		delete(p.holders, o)
	}
	p.mu.Unlock()
	p.drainAll(p.releaseAll(h, true))
}

// releaseAll makes one change in each topic and returns the topics.
func (p *Presence) releaseAll(h *holder, ended bool) []*topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = h.ended || ended
	byTopic := make(map[string][]*element)
	for at, e := range h.held {
		byTopic[at.topic] = append(byTopic[at.topic], e)
	}
	clear(h.held)
	topics := make([]*topic, 0, len(byTopic))
	for name, elements := range byTopic {
		t := p.lock(name)
		t.apply(elements, nil)
		t.mu.Unlock()
		topics = append(topics, t)
	}
	return topics
}
