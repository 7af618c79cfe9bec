package channels

import (
	"log/slog"
	"time"
)

// askAgain is how long those who opted in wait after a flight in vain; the original's page asks every 2 s as well.
const askAgain = 2 * time.Second

// request is one wish for the page, of whoever has it. If nobody can be asked it is dropped; if there is a flight, it
// joins that.
func (p *page) request() {
	switch {
	case p.holders.useful() == 0:
	case p.relay.options.Ask == Lottery:
		p.shouter = p.holders.any().caster
		if p.visitors.eager > 0 {
			p.again.set(p, askAgain, p.wish)
		}
	case !p.flying:
		p.flying = true
		p.next()
	}
}

// wish requests the page for those who opted in, who need not ask themselves.
func (p *page) wish() {
	if p.visitors.eager > 0 {
		p.request()
	}
}

// next asks a holder that has not been asked in this flight. Without one the flight ends.
func (p *page) next() {
	for {
		h := p.holders.draw(p.relay.intn)
		if h == nil {
			p.land()
			return
		}
		if h.socket.Push(eventRequest, nil) != nil {
			continue // it has ended, and its release is waiting for our lock
		}
		p.asked, p.since = h, time.Now()
		p.deadline.set(p, p.relay.options.AskTimeout, p.late)
		return
	}
}

// late gives a holder up that has not answered in time. Its answer is welcome all the same if it comes.
func (p *page) late() {
	h := p.asked
	p.holders.lapse(h)
	p.passOver(h, TimedOut)
}

// passOver goes on without a holder, if it is the one that was asked.
func (p *page) passOver(h *holder, why Outcome) {
	if p.asked != h {
		return
	}
	p.settle(why)
	if p.visitors.len() == 0 {
		p.land()
		return
	}
	p.next()
}

// settle closes the present ask, if there is one.
func (p *page) settle(outcome Outcome) {
	if p.asked == nil {
		return
	}
	took := time.Since(p.since)
	p.asked = nil
	p.deadline.stop()
	p.relay.options.Observer.Asked(outcome, took)
	p.relay.options.Logger.Debug("an ask has ended",
		slog.String("hash", p.hash), slog.String("outcome", string(outcome)), slog.Duration("took", took))
}

// land ends the flight when nobody is asked any more. Those who opted in and still wait ask again after a while.
func (p *page) land() {
	p.flying = false
	p.holders.land()
	if p.visitors.eager > 0 {
		p.again.set(p, askAgain, p.wish)
	}
}

// shout sends a request to all holders of a page, each of which then draws for itself (HaveChannel.HandleOut).
func (r *relay) shout(hash string, c caster) {
	if err := c.Broadcast(topicHave+hash, eventRequest, nil); err != nil {
		r.options.Logger.Error("a content_request could not be broadcast", slog.Any("error", err))
	}
}

// chosen is one holder's draw in the lottery: true with the chance 1/n, n being the holders of the page.
func (r *relay) chosen(hash string) bool {
	p := r.enter(hash, false)
	if p == nil {
		return false
	}
	defer r.leave(p)
	return r.float()*float64(p.holders.len()) < 1
}
