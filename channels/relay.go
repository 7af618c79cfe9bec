package channels

import (
	"hash/maphash"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A relay joins holders to visitors. Beside what is under way it knows nothing but who is on which page at this moment:
// when the last of them leaves, the page is forgotten.
//
// Locks, in the order in which they may be taken: a page's, a shard's, and then whatever a Socket's Push, PushFastlane
// and Send take. No two pages' at once; no callback of a channel runs, nothing is broadcast on the bus, and no content is
// looked at or encoded but for a single part, under any of them.
type relay struct {
	options Options
	budget  budget

	// Where chance comes from; a test has its own.
	intn  func(n int) int
	float func() float64

	seed   maphash.Seed
	shards [64]shard
}

type shard struct {
	mu    sync.Mutex
	pages map[string]*page
	_     [48]byte // a cache line of its own
}

// newRelay takes options with their defaults filled in.
func newRelay(o Options) *relay {
	r := &relay{
		options: o,
		budget:  budget{limit: int64(o.MaxUnderWay), observer: o.Observer},
		intn:    rand.IntN,
		float:   rand.Float64,
		seed:    maphash.MakeSeed(),
	}
	for i := range r.shards {
		r.shards[i].pages = make(map[string]*page)
	}
	return r
}

// A member is what the relay needs of a *phoenix.Socket. Its methods must not block; an error, or false, says that the
// client cannot be told any more. Send has the channel itself do something.
type member interface {
	Push(event string, payload any) error
	PushFastlane(b *phoenix.Fastlane) error
	Send(msg any) bool
}

// A caster is what the lottery needs of a *phoenix.Endpoint.
type caster interface {
	Broadcast(topic, event string, payload any) error
}

// A holder is a have channel as the relay sees it.
type holder struct {
	hash    string
	socket  member
	caster  caster
	optedIn bool
	tab     tabID

	// What follows is guarded by the page's lock.

	// Where the holder is among the page's; no pool: it is not there.
	pool *pool
	at   int

	asked   bool     // at least once since it last began an answer in parts
	arrival *arrival // the answer in parts that is on its way
}

// served tells the holder that its content has been handed to so many visitors.
func (h *holder) served(visitors int) {
	if h.optedIn {
		_ = h.socket.Push(eventServed, served{visitors})
	}
}

// A visitor is a want channel as the relay sees it.
type visitor struct {
	hash    string
	socket  member
	optedIn bool
	tab     tabID
	binary  bool
	parts   bool
	since   time.Time

	// Where the visitor is, guarded by the page's lock; among none: not there yet, served, or gone.
	among *visitors
	at    int
}

func (v *visitor) isEager() bool    { return v.optedIn }
func (v *visitor) takesParts() bool { return v.parts }

func (r *relay) shard(hash string) *shard {
	return &r.shards[maphash.String(r.seed, hash)%uint64(len(r.shards))]
}

// enter returns the page of a hash with its lock held, for leave to be called; nil if nobody is there and create does
// not ask for a new one.
func (r *relay) enter(hash string, create bool) *page {
	for {
		s := r.shard(hash)
		s.mu.Lock()
		p := s.pages[hash]
		if p == nil && create {
			p = &page{relay: r, hash: hash}
			s.pages[hash] = p
		}
		s.mu.Unlock()
		if p == nil {
			return nil
		}
		p.mu.Lock()
		if !p.forgotten {
			return p
		}
		p.mu.Unlock() // it went while we waited; it is off the map now
	}
}

// leave unlocks a page, forgets it if nobody is there any more, and sends what the lottery wants sent.
func (r *relay) leave(p *page) {
	shouter := p.shouter
	p.shouter = nil
	if !p.forgotten && p.abandoned() {
		p.forget()
		s := r.shard(p.hash)
		s.mu.Lock()
		delete(s.pages, p.hash)
		s.mu.Unlock()
	}
	p.mu.Unlock()
	if shouter != nil {
		r.shout(p.hash, shouter)
	}
}

// size counts the pages somebody is on.
func (r *relay) size() int {
	n := 0
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += len(s.pages)
		s.mu.Unlock()
	}
	return n
}

// hold puts a holder on its page. Its topic hears the new count. It returns how the page stands with the holder.
func (r *relay) hold(h *holder) state {
	p := r.enter(h.hash, true)
	defer r.leave(p)
	g := p.lay(h.tab)
	p.holders.add(h)
	p.eagerHolders += btoi(h.optedIn)
	p.live()
	r.options.Observer.Member(KindHave, +1)
	p.announceCount()
	p.greetState(h.optedIn)
	p.wish()
	p.goOnWithout(g)
	return p.state()
}

// release takes a holder off its page. Its topic hears the new count, and so does the holder's own client: that is the
// original's way, who terminates while it is still subscribed (PROTOCOL.md §10.4). If it ends silently, as for a
// duplicate join, nobody does.
func (r *relay) release(h *holder, silently bool) {
	p := r.enter(h.hash, false)
	if p == nil {
		return
	}
	defer r.leave(p)
	if h.pool == nil {
		return
	}
	p.takeOff(h)
	p.live()
	if !silently {
		p.announceLeaver(h)
	}
	p.announceState()
	p.passOver(h, Gone)
}

// takeOff is the first step of a release.
func (p *page) takeOff(h *holder) {
	p.holders.remove(h)
	p.eagerHolders -= btoi(h.optedIn)
	p.relay.options.Observer.Member(KindHave, -1)
}
