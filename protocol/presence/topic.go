package presence

import "sync"

// A topic is the presence of one topic, and what of its changes is yet to be told.
type topic struct {
	name string

	mu      sync.Mutex
	off     bool // the map: it must be looked up again
	byKey   map[string]*metaList
	metas   int // of all keys
	pending []change
	sending bool // somebody sends what is pending

	shown map[string][]Meta // what HandleMetas knows of; the sender's own
}

// A change is what happened on a topic in one step.
type change struct{ joins, leaves []*element }

// An element is one meta of one owner. It does not change; an update puts another in its place.
type element struct {
	key        string
	meta       Meta
	prev, next *element // of the same key
}

// A metaList is the elements of one key, in the order in which they came.
type metaList struct{ first, last *element }

// lock returns a topic, made if need be, with its lock held. Whoever makes a topic makes a change to it.
func (p *Presence) lock(name string) *topic {
	for {
		p.mu.Lock()
		t := p.topics[name]
		if t == nil {
			t = &topic{name: name, byKey: make(map[string]*metaList)}
			p.topics[name] = t
		}
		p.mu.Unlock()
		t.mu.Lock()
		if !t.off {
			return t
		}
		t.mu.Unlock()
	}
}

// peek returns a topic, or nil if nobody is there.
func (p *Presence) peek(name string) *topic {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.topics[name]
}

// apply makes a change and queues it for everybody on the topic. The lock is held; drain must follow when it is not.
func (t *topic) apply(leaves, joins []*element) {
	for _, e := range leaves {
		t.unlink(e)
	}
	for _, e := range joins {
		t.link(e)
	}
	t.pending = append(t.pending, change{joins: joins, leaves: leaves})
}

func (t *topic) link(e *element) {
	t.metas++
	list := t.byKey[e.key]
	if list == nil {
		t.byKey[e.key] = &metaList{first: e, last: e}
		return
	}
	e.prev, list.last.next, list.last = list.last, e, e
}

func (t *topic) unlink(e *element) {
	t.metas--
	list := t.byKey[e.key]
	if e.prev == nil {
		list.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		list.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.prev, e.next = nil, nil
	if list.first == nil {
		delete(t.byKey, e.key)
	}
}

func (l *metaList) append(metas []Meta) []Meta {
	for e := l.first; e != nil; e = e.next {
		metas = append(metas, e.meta)
	}
	return metas
}

// snapshot returns who is on a topic.
func (p *Presence) snapshot(name string) Entries {
	t := p.peek(name)
	if t == nil {
		return Entries{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	entries := make(Entries, len(t.byKey))
	all := make([]Meta, 0, t.metas) // one piece of memory for all keys
	for key, list := range t.byKey {
		from := len(all)
		all = list.append(all)
		entries[key] = Entry{Metas: all[from:len(all):len(all)]}
	}
	return entries
}

// snapshotKey returns the metas of one key.
func (p *Presence) snapshotKey(name, key string) []Meta {
	t := p.peek(name)
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if list := t.byKey[key]; list != nil {
		return list.append(nil)
	}
	return nil
}
