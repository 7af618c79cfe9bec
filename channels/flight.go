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
		p.flying, p.need = true, 0
		p.next()
	}
}

// wish requests the page for those who opted in, who need not ask themselves.
func (p *page) wish() {
	p.share()
	switch {
	case p.visitors.eager == 0:
	case p.visitors.parts == p.visitors.len() && !p.relay.budget.has(p.need):
		p.again.set(p, askAgain, p.wish) // it would be put off again
	default:
		p.request()
	}
}

// next asks a holder that has not been asked in this flight, or since slow. Without one the flight ends, if no answer is on its way.
func (p *page) next() {
	for h := p.draw(); h != nil; h = p.draw() {
		if h.arrival != nil || h.socket.Push(eventRequest, nil) != nil {
			continue // it answers an ask before this one; or it has ended, and its release is waiting for our lock
		}
		h.asked = true
		p.asked, p.since = h, time.Now()
		p.deadline.set(p, p.relay.options.AskTimeout, p.late)
		return
	}
	if len(p.arrivals) == 0 {
		p.land()
	}
}

// draw returns whom to ask next; nil if everybody was asked, or enough are answering. The lottery asks nobody itself.
func (p *page) draw() *holder {
	if p.relay.options.Ask == Lottery || len(p.arrivals) == maxArrivals {
		return nil
	}
	return p.holders.draw(p.relay.intn)
}

// late gives a holder up that has not answered in time. Its answer is welcome all the same if it comes.
func (p *page) late() {
	h := p.asked
	p.holders.lapse(h)
	p.passOver(h, TimedOut)
}

// passOver goes on without a holder, if it is one that was asked or is answering.
func (p *page) passOver(h *holder, why Outcome) {
	switch {
	case h.arrival != nil:
		p.drop(h.arrival, why)
	case p.asked == h:
		p.settle(why)
	default:
		return
	}
	p.goOn()
}

// goOn sees to it that somebody answers as long as somebody waits.
func (p *page) goOn() {
	switch {
	case p.visitors.len() == 0:
		p.callOff(Dropped)
	case p.asked != nil: // it has its time
	case len(p.arrivals) > 0:
		p.deadline.set(p, slowAnswer, p.slow)
	case p.need > 0: // the next answer would be put off as well
		p.land()
	default:
		p.next()
	}
}

// slow asks another holder while some answer, who come after those that are quicker from now on. It may be one that was
// asked before: it may answer now, or have been declined for the sake of the slow ones. If there is none, one may come.
func (p *page) slow() {
	for _, a := range p.arrivals {
		p.holders.lapse(a.holder)
	}
	p.holders.land()
	p.next()
	if p.asked == nil && len(p.arrivals) > 0 {
		p.deadline.set(p, slowAnswer, p.slow)
	}
}

// callOff ends the flight whatever is still on its way.
func (p *page) callOff(why Outcome) {
	p.settle(why)
	for len(p.arrivals) > 0 {
		p.enough(p.arrivals[0].holder)
		p.drop(p.arrivals[0], why)
	}
	p.land()
}

// settle closes the present ask, if there is one.
func (p *page) settle(outcome Outcome) {
	if p.asked != nil {
		p.asked = nil
		p.deadline.stop()
		p.report(outcome, p.since)
	}
}

// report says how an ask ended.
func (p *page) report(outcome Outcome, since time.Time) {
	took := time.Since(since)
	p.relay.options.Observer.Asked(outcome, took)
	p.relay.options.Logger.Debug("an ask has ended",
		slog.String("hash", shown(p.hash)), slog.String("outcome", string(outcome)), slog.Duration("took", took))
}

// land ends the flight when nobody is asked any more. Those who opted in and still wait ask again after a while.
func (p *page) land() {
	p.flying = false
	p.deadline.stop()
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

// chosen is one holder's draw in the lottery: true with the chance 1/n, n being the holders that can be asked. One that is
// answering in parts does not take part, nor does one that is barred, or off the page.
func (r *relay) chosen(h *holder) bool {
	p := r.enter(h.hash, false)
	if p == nil {
		return false
	}
	defer r.leave(p)
	if h.pool == nil || h.pool == &p.holders.barred || h.arrival != nil || r.float()*float64(p.holders.useful()) >= 1 {
		return false
	}
	h.asked = true
	return true
}
