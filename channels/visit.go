package channels

import (
	"log/slog"
	"time"
)

// await puts a visitor on its page. One that opted in has thereby asked. It returns how the page stands with the visitor.
func (r *relay) await(v *visitor) state {
	p := r.enter(v.hash, true)
	defer r.leave(p)
	g := p.lay(v.tab)
	v.since = time.Now()
	p.visitors.add(v)
	r.options.Observer.Member(KindWant, +1)
	if g.holder != nil {
		p.live()
		p.announceCount()
	}
	p.greetState(v.optedIn)
	if v.optedIn {
		p.wish()
	}
	p.goOnWithout(g)
	return p.state()
}

// depart takes a visitor off its page, if it still waits or receives there. The last one takes the flight along.
func (r *relay) depart(v *visitor) {
	r.options.Observer.Member(KindWant, -1)
	p := r.enter(v.hash, false)
	if p == nil {
		return
	}
	defer r.leave(p)
	if v.among == nil {
		return
	}
	v.among.remove(v)
	p.spare()
	p.announceState()
}

// spare gives up what is there for visitors if nobody needs it any more: the parcel, and the flight.
func (p *page) spare() {
	p.unload()
	if p.visitors.len() == 0 && p.flying {
		p.callOff(Dropped)
	}
}

// request asks for a hash in the name of whoever.
func (r *relay) request(hash string) {
	if p := r.enter(hash, false); p != nil {
		defer r.leave(p)
		p.request()
	}
}

// answer takes what a holder sent as the content of a hash, asked or not, be it that of its own page or another. The
// error is ErrBadHash: the holder must go.
func (r *relay) answer(h *holder, hash string, c content) error {
	switch {
	case c.exceeds(r.options.MaxContent):
		r.refuse(h, hash)
		return nil
	case !c.matches(hash):
		r.blame(h, hash)
		return ErrBadHash
	}
	r.deliver(h, hash, c, nil)
	return nil
}

// deliver hands verified content to everybody who waits. The arrival is how it came, nil: as a whole.
func (r *relay) deliver(h *holder, hash string, c content, a *arrival) {
	size := c.size()
	var whole []*visitor
	if p := r.enter(hash, false); p != nil {
		whole = p.handOut(h, c, size, a)
		r.leave(p)
	}
	lanes := lanes{topic: topicWant + hash, content: c}
	n := 0
	for _, v := range whole {
		if lanes.send(v) {
			n++
			r.options.Observer.Waited(time.Since(v.since))
		}
	}
	r.options.Observer.Delivered(n, size)
	if n > 0 {
		h.served(n)
	}
}

// handOut ends the flight with the content of a holder. It takes those off the page who are to be sent it as a whole,
// which can take long and needs no lock, and has the others receive it in parts, if there is room.
func (p *page) handOut(h *holder, c content, size int, a *arrival) (whole []*visitor) {
	outcome := Overtaken
	if p.asked == h {
		outcome = Answered
	}
	p.settle(outcome)
	p.stow(h, c, size, a)
	all := p.visitors.takeAll()
	whole = all[:0]
	for _, v := range all {
		switch {
		case !v.parts || size <= partSize:
			whole = append(whole, v)
		case p.parcel != nil:
			p.load(v)
		default:
			p.visitors.add(v)
		}
	}
	if h.hash == p.hash && h.pool != nil {
		p.holders.restore(h)
		p.live()
	}
	p.life.pass(len(whole))
	switch {
	case p.visitors.len() == 0:
		p.callOff(Overtaken)
	case len(p.arrivals) == 0:
		p.land()
	default:
		p.goOn()
	}
	p.announceState()
	return whole
}

// stow makes a parcel of content if somebody waits for one. That takes room: what the arrival had, or else as much anew.
func (p *page) stow(h *holder, c content, size int, a *arrival) {
	room := 0
	if a != nil && h.arrival == a { // and was not overtaken while it was looked at
		room = a.total
		p.detach(a, Answered)
	}
	if p.visitors.parts > 0 && p.parcel == nil && size > partSize {
		if room > 0 || p.relay.budget.take(size) {
			room = 0
			p.parcel = newParcel(topicWant+p.hash, h, c, size)
		} else {
			p.need = size
		}
	}
	p.relay.budget.give(room)
}

// refuse passes a holder over whose content is too large: not even the hash of it is looked at. It is not asked again.
func (r *relay) refuse(h *holder, hash string) {
	r.options.Logger.Debug("a holder's content is too large", slog.String("hash", shown(hash)), slog.Int("limit", r.options.MaxContent))
	if h.optedIn {
		_ = h.socket.Push(eventRefused, refused{Reason: reasonTooLarge, MaxContent: r.options.MaxContent})
	}
	if hash != h.hash {
		return
	}
	p := r.enter(hash, false)
	if p == nil {
		return
	}
	defer r.leave(p)
	if h.pool == nil {
		return
	}
	h.asked = false // what it begins to send from here on, nobody has asked for
	p.holders.bar(h)
	p.live()
	p.announceState()
	p.passOver(h, TooLarge)
}

// blame passes a holder over that sent wrong content. Its channel ends right after.
func (r *relay) blame(h *holder, hash string) {
	r.options.Logger.Debug("a holder sent content that does not have the hash", slog.String("hash", shown(hash)))
	if hash != h.hash {
		return
	}
	if p := r.enter(hash, false); p != nil {
		defer r.leave(p)
		p.passOver(h, Wrong)
	}
}

// shown is a client's text for the log: as much of it as a hash is long, and a little.
func shown(hash string) string {
	const enough = 80
	if len(hash) > enough {
		return hash[:enough] + "…"
	}
	return hash
}
