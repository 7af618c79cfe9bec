package presence

import (
	"slices"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// element is one meta of one owner.
type element struct {
	owner Owner
	key   string
	meta  Meta
}

// change is what happened on a topic in one step.
type change struct{ joins, leaves []element }

// topic is the presence of one topic. The lock of the Presence guards it.
type topic struct {
	byKey   map[string][]element // in the order in which they came
	pending []change             // not sent yet
	sending bool                 // somebody sends what is pending
}

// apply makes a change and queues it for everybody on the topic. The lock is held; drain must follow when it is not.
func (p *Presence) apply(name string, c change) {
	t := p.topics[name]
	if t == nil {
		t = &topic{byKey: make(map[string][]element)}
		p.topics[name] = t
	}
	for _, left := range c.leaves {
		t.byKey[left.key] = slices.DeleteFunc(t.byKey[left.key], func(e element) bool { return e.owner == left.owner })
		if len(t.byKey[left.key]) == 0 {
			delete(t.byKey, left.key)
		}
	}
	for _, joined := range c.joins {
		t.byKey[joined.key] = append(t.byKey[joined.key], joined)
	}
	t.pending = append(t.pending, c)
}

// meta returns the owner's meta under the key.
func (t *topic) meta(o Owner, key string) Meta {
	if t != nil {
		for _, e := range t.byKey[key] {
			if e.owner == o {
				return e.meta
			}
		}
	}
	return Meta{}
}

func (t *topic) metas(key string) []Meta {
	if t == nil {
		return nil
	}
	return metas(t.byKey[key])
}

func (t *topic) entries() Entries {
	entries := make(Entries)
	if t != nil {
		for key, elements := range t.byKey {
			entries[key] = Entry{Metas: metas(elements)}
		}
	}
	return entries
}

func metas(elements []element) []Meta {
	list := make([]Meta, len(elements))
	for i, e := range elements {
		list[i] = e.meta
	}
	return list
}

// grouped returns elements as a client sees them.
func grouped(elements []element) Entries {
	entries := make(Entries)
	for _, e := range elements {
		entry := entries[e.key]
		entry.Metas = append(entry.Metas, e.meta)
		entries[e.key] = entry
	}
	return entries
}

// drain sends what is pending on a topic, in order, unless somebody does already. Hooks may be slow, and get a goroutine.
func (p *Presence) drain(name string) {
	p.mu.Lock()
	t := p.topics[name]
	idle := t != nil && !t.sending && len(t.pending) > 0
	if idle {
		t.sending = true
	}
	p.mu.Unlock()
	switch {
	case !idle:
	case p.options.Fetch != nil || p.options.HandleMetas != nil:
		go p.send(name, t)
	default:
		p.send(name, t)
	}
}

// send is the loop of whoever drains a topic.
func (p *Presence) send(name string, t *topic) {
	for {
		c, present, ok := p.take(name, t)
		if !ok {
			return
		}
		diff := Diff{Joins: grouped(c.joins), Leaves: grouped(c.leaves)}
		p.fetch(name, diff.Joins)
		p.fetch(name, diff.Leaves)
		payload, err := protocol.Encode(diff)
		if err == nil {
			// An error is a subscriber's whose serializer cannot write an object: there is none.
			_ = p.bus.LocalBroadcast(protocol.Broadcast{Topic: name, Event: EventDiff, Payload: payload}, nil)
		}
		if p.options.HandleMetas != nil {
			p.options.HandleMetas(name, diff, present)
		}
	}
}

// take takes the next change of a topic, and who is there for HandleMetas; it is false when there is none, and then
// nobody sends any more. A topic that is empty is forgotten.
func (p *Presence) take(name string, t *topic) (c change, present Entries, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(t.pending) == 0 {
		t.sending = false
		if len(t.byKey) == 0 {
			delete(p.topics, name)
		}
		return change{}, nil, false
	}
	c = t.pending[0]
	if t.pending = t.pending[1:]; len(t.pending) == 0 {
		t.pending = nil
	}
	if p.options.HandleMetas != nil {
		present = t.entries()
	}
	return c, present, true
}
