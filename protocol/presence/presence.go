package presence

import (
	"log/slog"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// A Presence knows who is on which topic. Its methods may be called from any goroutine.
type Presence struct {
	bus     pubsub.Bus
	options Options
	refs    *refSource

	// The locks, in the order in which they may be taken while another is held: a holder's, a topic's, this one.
	mu      sync.Mutex
	topics  map[string]*topic
	holders map[Owner]*holder
}

// New returns an empty presence that sends its diffs on the bus: an endpoint's Bus().
func New(bus pubsub.Bus, o Options) *Presence {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Presence{
		bus:     bus,
		options: o,
		refs:    newRefSource(o.Node),
		topics:  make(map[string]*topic),
		holders: make(map[Owner]*holder),
	}
}

// Track makes the key present on the topic for as long as the owner lives, with a meta of the owner's own: anything that
// encodes to a JSON object, nil being {}. It returns the meta's phx_ref. Errors are ErrAlreadyTracked, ErrMeta, ErrKey,
// ErrEnded, and a *protocol.EncodeError if the meta has no JSON form.
func (p *Presence) Track(o Owner, topic, key string, meta any) (ref string, err error) {
	if err := p.options.checkKey(key); err != nil {
		return "", err
	}
	data, err := metaData(meta)
	if err != nil {
		return "", err
	}
	t, ref, err := p.enter(p.holder(o), place{topic, key}, data)
	if err != nil {
		return "", err
	}
	p.drain(t)
	return ref, nil
}

func (p *Presence) enter(h *holder, at place, data protocol.Payload) (*topic, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return nil, "", ErrEnded
	}
	if h.held[at] != nil {
		return nil, "", ErrAlreadyTracked
	}
	e := &element{key: at.key, meta: Meta{Ref: p.refs.next(), Data: data}}
	h.held[at] = e
	t := p.lock(at.topic)
	defer t.mu.Unlock()
	t.apply(nil, []*element{e})
	return t, e.meta.Ref, nil
}

// Update replaces the owner's meta under the key. Everybody on the topic is told in one diff that the old meta left and
// the new one joined. It returns the new phx_ref. Errors are ErrNotTracked, and those of Track about a meta.
func (p *Presence) Update(o Owner, topic, key string, meta any) (ref string, err error) {
	data, err := metaData(meta)
	if err != nil {
		return "", err
	}
	return p.update(o, place{topic, key}, func(Meta) (protocol.Payload, error) { return data, nil })
}

// UpdateFunc is Update with a meta that f makes of the old one. While f runs, the owner's other changes wait; f must not
// make any.
func (p *Presence) UpdateFunc(o Owner, topic, key string, f func(old Meta) any) (ref string, err error) {
	return p.update(o, place{topic, key}, func(old Meta) (protocol.Payload, error) { return metaData(f(old)) })
}

func (p *Presence) update(o Owner, at place, data func(old Meta) (protocol.Payload, error)) (string, error) {
	h := p.find(o)
	if h == nil {
		return "", ErrNotTracked
	}
	t, ref, err := p.replace(h, at, data)
	if err != nil {
		return "", err
	}
	p.drain(t)
	return ref, nil
}

func (p *Presence) replace(h *holder, at place, data func(old Meta) (protocol.Payload, error)) (*topic, string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := h.held[at]
	if old == nil {
		return nil, "", ErrNotTracked
	}
	d, err := data(old.meta)
	if err != nil {
		return nil, "", err
	}
	e := &element{key: at.key, meta: Meta{Ref: p.refs.next(), PrevRef: old.meta.Ref, Data: d}}
	h.held[at] = e
	t := p.lock(at.topic)
	defer t.mu.Unlock()
	t.apply([]*element{old}, []*element{e})
	return t, e.meta.Ref, nil
}

// Untrack takes the owner's meta under the key out of the presence. If there is none, nothing happens.
func (p *Presence) Untrack(o Owner, topic, key string) {
	h := p.find(o)
	if h == nil {
		return
	}
	if t := p.release(h, place{topic, key}); t != nil {
		p.drain(t)
	}
}

func (p *Presence) release(h *holder, at place) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.held[at]
	if e == nil {
		return nil
	}
	delete(h.held, at)
	t := p.lock(at.topic)
	defer t.mu.Unlock()
	t.apply([]*element{e}, nil)
	return t
}

// UntrackAll takes the owner out of all topics, with one diff for each. It happens by itself when the owner ends.
func (p *Presence) UntrackAll(o Owner) {
	if h := p.find(o); h != nil {
		p.drainAll(p.releaseAll(h, false))
	}
}

// List returns who is on the topic: the payload of presence_state. It is empty, not nil, if nobody is. It costs as much
// as there are, and the map is the caller's.
func (p *Presence) List(topic string) Entries {
	entries := p.snapshot(topic)
	if p.options.Fetch != nil {
		p.options.Fetch(topic, entries)
	}
	return entries
}

// GetByKey returns the entry of one key, and whether it is present.
func (p *Presence) GetByKey(topic, key string) (Entry, bool) {
	metas := p.snapshotKey(topic, key)
	if len(metas) == 0 {
		return Entry{}, false
	}
	entries := Entries{key: {Metas: metas}}
	if p.options.Fetch != nil {
		p.options.Fetch(topic, entries)
	}
	entry, ok := entries[key]
	return entry, ok
}
