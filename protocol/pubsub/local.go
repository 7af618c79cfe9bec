package pubsub

import (
	"hash/maphash"
	"sync"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// Local is the Bus of a single node.
type Local struct {
	seed   maphash.Seed
	shards [shardCount]shard
}

// shardCount spreads the topics over locks. 64 are more than the cores that could want one at once on most machines.
const shardCount = 64

// A shard holds the topics whose name hashes to it. Its lock is held for a map operation only, never during delivery.
type shard struct {
	mu     sync.Mutex
	topics map[string]*topic
	_      [48]byte // a cache line of its own
}

// A topic has its own lock, under which it delivers.
type topic struct {
	// places counts the subscriptions, and those on their way in or out, under the shard's lock. A topic without places
	// is taken off the map, so no subscription can end up on a topic that nobody finds.
	places int
	shard  *shard
	name   string

	mu   sync.Mutex
	subs []*subscription
}

// There may be millions of these: what subscriptions share is in the topic.
type subscription struct {
	topic      *topic
	index      int // in topic.subs, under topic.mu; -1 after Unsubscribe
	subscriber Subscriber
	owner      Subscriber // or nil
}

// NewLocal returns a bus without subscribers. It needs no closing.
func NewLocal() *Local {
	b := &Local{seed: maphash.MakeSeed()}
	for i := range b.shards {
		b.shards[i].topics = make(map[string]*topic)
	}
	return b
}

func (b *Local) shard(name string) *shard {
	return &b.shards[maphash.String(b.seed, name)%shardCount]
}

// find returns the topic, or nil if nobody subscribed to it.
func (b *Local) find(name string) *topic {
	sh := b.shard(name)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.topics[name]
}

// Subscribe implements Bus.
func (b *Local) Subscribe(name string, s Subscriber) Subscription {
	sub := &subscription{subscriber: s}
	if o, ok := s.(Owned); ok {
		sub.owner = o.Owner()
	}
	sub.topic = b.shard(name).enter(name)
	sub.topic.add(sub)
	return sub
}

// enter finds or makes the topic and takes a place on it.
func (sh *shard) enter(name string) *topic {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	t := sh.topics[name]
	if t == nil {
		t = &topic{shard: sh, name: name}
		sh.topics[name] = t
	}
	t.places++
	return t
}

// leave gives a place up; the last one takes the topic off the map.
func (t *topic) leave() {
	t.shard.mu.Lock()
	defer t.shard.mu.Unlock()
	t.places--
	if t.places == 0 {
		delete(t.shard.topics, t.name)
	}
}

// Unsubscribe implements Subscription. It waits for a delivery under way.
func (s *subscription) Unsubscribe() {
	if s.topic.remove(s) {
		s.topic.leave()
	}
}

func (t *topic) add(s *subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.index = len(t.subs)
	t.subs = append(t.subs, s)
}

// remove puts the last subscription in the place of s, and reports whether s was there.
func (t *topic) remove(s *subscription) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.index < 0 {
		return false
	}
	end := len(t.subs) - 1
	last := t.subs[end]
	t.subs[s.index], last.index = last, s.index
	t.subs[end], s.index = nil, -1
	t.subs = t.subs[:end]
	t.shrink()
	return true
}

// shrink gives memory back after a crowd has gone, so seldom that it costs each of them O(1).
func (t *topic) shrink() {
	const small = 64
	if c := cap(t.subs); c > small && len(t.subs) < c/4 {
		t.subs = append(make([]*subscription, 0, c/2), t.subs...)
	}
}

// Broadcast implements Bus.
func (b *Local) Broadcast(msg protocol.Broadcast, from Subscriber) error {
	return b.LocalBroadcast(msg, from)
}

// LocalBroadcast implements Bus.
func (b *Local) LocalBroadcast(msg protocol.Broadcast, from Subscriber) error {
	t := b.find(msg.Topic)
	if t == nil {
		return nil
	}
	return t.deliver(&Message{Broadcast: msg}, from)
}

func (t *topic) deliver(m *Message, from Subscriber) error {
	t.mu.Lock()
	defer t.mu.Unlock() // a Deliver that panics must not leave the topic locked
	for _, s := range t.subs {
		if from != nil && (s.subscriber == from || s.owner == from) {
			continue
		}
		if err := s.subscriber.Deliver(m); err != nil {
			return err
		}
	}
	return nil
}

// Count implements Bus. It does not wait for a delivery under way.
func (b *Local) Count(name string) int {
	sh := b.shard(name)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if t := sh.topics[name]; t != nil {
		return t.places
	}
	return 0
}
