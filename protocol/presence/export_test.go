package presence

import "time"

// Held returns how many topics and owners the presence remembers.
func (p *Presence) Held() (topics, owners int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.topics), len(p.holders)
}

// Refs returns a source of refs.
func Refs(node string) func() string { return newRefSource(node).next }

// RefsAt returns a source of refs whose clock stands still.
func RefsAt(node string, now time.Time) func() string {
	s := newRefSource(node)
	return func() string { return s.at(now) }
}

// Busy reports whether a diff is yet to be sent.
func (p *Presence) Busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.topics {
		p.mu.Unlock()
		t.mu.Lock()
		busy := t.sending || len(t.pending) > 0
		t.mu.Unlock()
		p.mu.Lock()
		if busy {
			return true
		}
	}
	return false
}
