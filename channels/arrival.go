package channels

import (
	"slices"
	"time"
)

const (
	// partTimeout is how long a holder has from one part of its answer to the next: a slow line is no frozen tab.
	partTimeout = 5 * time.Second

	// slowAnswer is how long an answer in parts may take before another holder is asked as well: one that sends a part
	// each few seconds, be it with intent, must not keep the page from everybody.
	slowAnswer = 10 * time.Second

	// maxArrivals is how many answers in parts a page takes at once, the first one and those asked for because it is slow.
	maxArrivals = 3

	// progressPause is the least time between two announcements of how much has arrived.
	progressPause = 200 * time.Millisecond
)

// An arrival is an answer that comes in parts. Its bytes are counted in the budget from the first part on.
type arrival struct {
	holder *holder
	total  int
	begun  time.Time

	asked bool      // it answers the ask of the flight, and not one that was given up
	since time.Time // when that was sent

	// Guarded by the page's lock.
	parts [][]byte // as they came, each with its head
	got   int      // bytes
	stall alarm

	// The channel's own, which checks each part as it comes.
	check check
}

// receive takes one part of a holder's answer. What is wrong with a part costs the holder that answer and nothing else;
// ErrBadHash is for content that is complete, and wrong.
func (r *relay) receive(h *holder, data []byte) error {
	next, ok := parsePart(data)
	if ok && next.offset == 0 && next.total > int64(r.options.MaxContent) {
		r.refuse(h, h.hash)
		return nil
	}
	a, c := r.accept(h, next, ok)
	if a == nil {
		return nil
	}
	_ = h.socket.Push(eventGot, got{int(next.offset) + len(next.body)})
	a.check.write(next.body)
	if !next.last() {
		return nil
	}
	if !a.check.passes(c, h.hash) {
		r.blame(h, h.hash)
		return ErrBadHash
	}
	r.deliver(h, h.hash, c, a)
	return nil
}

// accept adds a part to the answer that it belongs to, which it may begin. It returns that, and what has arrived; nil for
// a part that is ignored.
func (r *relay) accept(h *holder, next part, ok bool) (*arrival, content) {
	p := r.enter(h.hash, false)
	if p == nil {
		return nil, content{}
	}
	defer r.leave(p)
	switch {
	case h.arrival == nil && ok && next.offset > 0: // on its way when it was sent enough
		return nil, content{}
	case h.arrival == nil:
		if !p.begin(h, next, ok) {
			return nil, content{}
		}
	case !ok || !next.follows(int64(h.arrival.got), int64(h.arrival.total)):
		p.enough(h)
		p.passOver(h, Broken)
		return nil, content{}
	}
	a := h.arrival
	a.parts = append(a.parts, next.raw)
	a.got += len(next.body)
	if next.last() {
		a.stall.stop()
	} else {
		a.stall.set(p, partTimeout, func() { p.stalled(a) })
	}
	p.announceProgress()
	return a, content{parts: a.parts}
}

// begin makes an answer of its first part, or declines it.
func (p *page) begin(h *holder, first part, ok bool) bool {
	why := p.unwelcome(h, first, ok)
	if why == "" && !p.relay.budget.take(int(first.total)) {
		why, p.need = PutOff, int(first.total)
	}
	if why != "" {
		p.enough(h)
		p.passOver(h, why)
		return false
	}
	h.asked, p.need = false, 0
	h.arrival = &arrival{holder: h, total: int(first.total), begun: time.Now(), check: newCheck()}
	p.arrivals = append(p.arrivals, h.arrival)
	p.flying = true
	if p.asked == h {
		h.arrival.asked, h.arrival.since = true, p.since
		p.asked = nil
	}
	p.goOn()
	return true
}

// unwelcome returns why an answer cannot begin with this part, if it cannot.
func (p *page) unwelcome(h *holder, first part, ok bool) Outcome {
	n := len(p.arrivals)
	switch {
	case !ok || !first.follows(0, first.total), !h.asked: // what nobody asked for is no ask's outcome
		return Broken
	case p.visitors.len() == 0:
		return Dropped
	case n == maxArrivals, n > 0 && time.Since(p.arrivals[n-1].begun) < slowAnswer:
		return Overtaken
	}
	return ""
}

// enough tells a holder not to go on with what it sends. Until it is asked again, it need not begin anew.
func (p *page) enough(h *holder) {
	h.asked = false
	_ = h.socket.Push(eventEnough, nil)
}

// stalled gives an answer up of which no part has come in time.
func (p *page) stalled(a *arrival) {
	p.enough(a.holder)
	p.holders.lapse(a.holder)
	p.passOver(a.holder, TimedOut)
}

// detach takes an answer off the page, which owes the budget its total from then on.
func (p *page) detach(a *arrival, outcome Outcome) {
	a.stall.stop()
	a.parts, a.holder.arrival = nil, nil
	p.arrivals = slices.DeleteFunc(p.arrivals, func(other *arrival) bool { return other == a })
	if len(p.arrivals) == 0 {
		p.progress.alarm.stop()
	}
	if a.asked {
		p.report(outcome, a.since)
	}
}

// drop is detach, and the bytes are freed.
func (p *page) drop(a *arrival, outcome Outcome) {
	p.detach(a, outcome)
	p.relay.budget.give(a.total)
}

// announceProgress tells those who wait for parts how much of them has arrived.
func (p *page) announceProgress() {
	if n := p.visitors.parts; n > 0 {
		p.progress.announce(p, max(progressPause, pause(n)), p.tellProgress)
	}
}

func (p *page) tellProgress() {
	best := slices.MaxFunc(p.arrivals, func(a, b *arrival) int { return a.got - b.got })
	p.visitors.tell(fastlane(topicWant+p.hash, eventProgress, encode(progress{best.got, best.total})), (*visitor).takesParts)
}
