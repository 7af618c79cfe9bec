package channels

import "time"

// A life is how a page has fared for as long as somebody has had it, without interruption. Nothing is kept of the lives
// before.
type life struct {
	since  time.Time // zero: nobody has it
	peak   int       // the most holders at once
	passed int       // visitors that it was handed to
}

// live takes note of how many have the page now.
func (p *page) live() {
	n := p.holders.useful()
	switch {
	case n == 0:
		p.life = life{}
		return
	case p.life.since.IsZero():
		p.life.since = time.Now()
	}
	p.life.peak = max(p.life.peak, n)
}

// pass counts visitors that the page was handed to. What was still on its way when the last holder left is no part of a
// life.
func (l *life) pass(n int) {
	if !l.since.IsZero() {
		l.passed += n
	}
}

// age returns whole seconds.
func (l life) age() int {
	if l.since.IsZero() {
		return 0
	}
	return int(time.Since(l.since) / time.Second)
}
