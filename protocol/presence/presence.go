package presence

import (
	"errors"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// The events by which clients learn of a presence (PROTOCOL.md §6.1).
const (
	// EventState is pushed by the application, usually after a join, with what List returns.
	EventState = "presence_state"
	// EventDiff is broadcast to the topic at each change.
	EventDiff = "presence_diff"
)

// Errors of Track and Update.
var (
	// ErrAlreadyTracked: the owner tracks that key on that topic already. Use Update.
	ErrAlreadyTracked = errors.New("presence: the owner is tracked under this key already")
	// ErrNotTracked: the owner does not track that key on that topic.
	ErrNotTracked = errors.New("presence: the owner is not tracked under this key")
	// ErrMeta: a meta is not a JSON object.
	ErrMeta = errors.New("presence: a meta must be a JSON object")
	// ErrKey: the key is one that Options.RefuseUnsafeKeys refuses.
	ErrKey = errors.New("presence: the key is the name of a property that every JavaScript object has, which breaks older clients")
	// ErrEnded: the owner has ended.
	ErrEnded = errors.New("presence: the owner has ended")
)

// An Owner is what a presence belongs to, and goes with. It must be comparable, as pointers are.
type Owner interface {
	// AtEnd has f called once the owner has ended, at once if it has already.
	AtEnd(f func())
}

var _ Owner = (*phoenix.Socket)(nil)

// Options are the settings of a Presence. The zero value is a working one.
type Options struct {
	// Fetch, if not nil, may add fields to the entries of a topic, by Entry.Extra, before they are listed or sent. It is
	// called for every List and GetByKey, and for the joins and for the leaves of every diff, also when there are none.
	Fetch func(topic string, entries Entries)

	// HandleMetas, if not nil, is told of every change after it was sent: who joined and left, and who is there then.
	// The maps are its own.
	HandleMetas func(topic string, diff Diff, present Entries)

	// RefuseUnsafeKeys has Track refuse keys such as "__proto__" and "constructor" with ErrKey. The Presence class of
	// phoenix.js looks keys up in a plain object and fails on these in most versions, so that a client that may choose
	// its key could break the others'. Phoenix accepts them. Choose keys on the server, or set this.
	RefuseUnsafeKeys bool

	// Node names this node in refs, if there is more than one. Nodes must differ.
	Node string
}

// A Presence knows who is on which topic. Its methods may be called from any goroutine.
type Presence struct {
	bus     pubsub.Bus
	options Options
	refs    *refSource

	mu     sync.Mutex
	topics map[string]*topic
	owned  map[Owner]map[place]struct{}
}

// place is where an owner is tracked.
type place struct{ topic, key string }

// New returns an empty presence that sends its diffs on the bus: an endpoint's Bus().
func New(bus pubsub.Bus, o Options) *Presence {
	return &Presence{
		bus:     bus,
		options: o,
		refs:    newRefSource(o.Node),
		topics:  make(map[string]*topic),
		owned:   make(map[Owner]map[place]struct{}),
	}
}

// Track makes the key present on the topic for as long as the owner lives, with a meta of the owner's own: anything that
// encodes to a JSON object. It returns the meta's phx_ref. Errors are ErrAlreadyTracked, ErrMeta, ErrKey, ErrEnded.
func (p *Presence) Track(o Owner, topic, key string, meta any) (ref string, err error) {
	m, err := p.newMeta(meta)
	if err != nil {
		return "", err
	}
	if p.options.RefuseUnsafeKeys && unsafeKeys[key] {
		return "", ErrKey
	}
	at := place{topic, key}
	first, err := p.enter(o, at, m)
	if err != nil {
		return "", err
	}
	if first {
		o.AtEnd(func() { p.UntrackAll(o) })
	}
	p.drain(topic)
	if !p.tracks(o, at) {
		return "", ErrEnded
	}
	return m.Ref, nil
}

// enter adds a meta and reports whether it is the owner's first of all.
func (p *Presence) enter(o Owner, at place, m Meta) (first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	places := p.owned[o]
	if _, ok := places[at]; ok {
		return false, ErrAlreadyTracked
	}
	if first = places == nil; first {
		places = make(map[place]struct{}, 1)
		p.owned[o] = places
	}
	places[at] = struct{}{}
	p.apply(at.topic, change{joins: []element{{o, at.key, m}}})
	return first, nil
}

func (p *Presence) tracks(o Owner, at place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.owned[o][at]
	return ok
}

// Update replaces the owner's meta under the key; a func(Meta) any makes the new one of the old one. Everybody on the topic is told in
// one diff that the old meta left and the new one joined. It returns the new phx_ref. Errors are ErrNotTracked, ErrMeta.
func (p *Presence) Update(o Owner, topic, key string, meta any) (ref string, err error) {
	var m Meta
	change := func(old Meta) error {
		if f, ok := meta.(func(Meta) any); ok {
			meta = f(old)
		}
		m, err = p.newMeta(meta)
		m.PrevRef = old.Ref
		return err
	}
	if err := p.replace(o, place{topic, key}, change, &m); err != nil {
		return "", err
	}
	p.drain(topic)
	return m.Ref, nil
}

func (p *Presence) replace(o Owner, at place, make func(old Meta) error, m *Meta) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.owned[o][at]; !ok {
		return ErrNotTracked
	}
	old := p.topics[at.topic].meta(o, at.key)
	if err := make(old); err != nil {
		return err
	}
	p.apply(at.topic, change{
		leaves: []element{{o, at.key, old}},
		joins:  []element{{o, at.key, *m}},
	})
	return nil
}

// Untrack takes the owner's meta under the key out of the presence. If there is none, nothing happens.
func (p *Presence) Untrack(o Owner, topic, key string) {
	p.mu.Lock()
	p.leave(o, topic, key)
	p.mu.Unlock()
	p.drain(topic)
}

// UntrackAll takes the owner out of all topics, with one diff for each. It happens by itself when the owner ends.
func (p *Presence) UntrackAll(o Owner) {
	p.mu.Lock()
	byTopic := make(map[string][]string)
	for at := range p.owned[o] {
		byTopic[at.topic] = append(byTopic[at.topic], at.key)
	}
	for topic, keys := range byTopic {
		p.leave(o, topic, keys...)
	}
	p.mu.Unlock()
	for topic := range byTopic {
		p.drain(topic)
	}
}

// leave removes what the owner tracks under these keys of a topic. The lock is held.
func (p *Presence) leave(o Owner, topic string, keys ...string) {
	var gone change
	for _, key := range keys {
		at := place{topic, key}
		if _, ok := p.owned[o][at]; !ok {
			continue
		}
		gone.leaves = append(gone.leaves, element{o, key, p.topics[topic].meta(o, key)})
		delete(p.owned[o], at)
	}
	if len(p.owned[o]) == 0 {
		delete(p.owned, o)
	}
	if len(gone.leaves) > 0 {
		p.apply(topic, gone)
	}
}

// List returns who is on the topic: the payload of presence_state. It is empty, not nil, if nobody is.
func (p *Presence) List(topic string) Entries {
	p.mu.Lock()
	entries := p.topics[topic].entries()
	p.mu.Unlock()
	p.fetch(topic, entries)
	return entries
}

// GetByKey returns the entry of one key, and whether it is present.
func (p *Presence) GetByKey(topic, key string) (Entry, bool) {
	p.mu.Lock()
	metas := p.topics[topic].metas(key)
	p.mu.Unlock()
	if len(metas) == 0 {
		return Entry{}, false
	}
	entries := Entries{key: {Metas: metas}}
	p.fetch(topic, entries)
	return entries[key], true
}

func (p *Presence) fetch(topic string, entries Entries) {
	if p.options.Fetch != nil {
		p.options.Fetch(topic, entries)
	}
}

func (p *Presence) newMeta(v any) (Meta, error) {
	data, err := protocol.Encode(v)
	if err != nil {
		return Meta{}, err
	}
	if data.IsBinary() || !data.IsObject() {
		return Meta{}, ErrMeta
	}
	return Meta{Ref: p.refs.next(), Data: data}, nil
}
