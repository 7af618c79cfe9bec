package channels

import (
	"errors"
	"log/slog"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// await puts a visitor on its page. One that opted in has thereby asked. It returns how the page stands with the visitor.
func (r *relay) await(v *visitor) state {
	p := r.enter(v.hash, true)
	defer r.leave(p)
	v.since = time.Now()
	p.visitors.add(v)
	r.options.Observer.Member(KindWant, +1)
	p.greetState(v.optedIn)
	if v.optedIn {
		p.request()
	}
	return p.state()
}

// depart takes a visitor off its page, if it still waits there. The last one takes the flight along.
func (r *relay) depart(v *visitor) {
	r.options.Observer.Member(KindWant, -1)
	p := r.enter(v.hash, false)
	if p == nil {
		return
	}
	defer r.leave(p)
	if v.at < 0 {
		return
	}
	p.visitors.remove(v)
	if p.visitors.len() == 0 && p.flying {
		p.settle(Dropped)
		p.land()
	}
	p.announceState()
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
	size, visitors := c.size(), 0
	if p := r.enter(hash, false); p != nil {
		visitors = p.deliver(h, c)
		r.leave(p)
	}
	r.options.Observer.Delivered(visitors, size)
	if h.optedIn && visitors > 0 {
		_ = h.socket.Push(eventServed, served{visitors})
	}
	return nil
}

// deliver queues verified content for everybody who waits, and ends the flight.
func (p *page) deliver(h *holder, c content) int {
	lanes := lanes{topic: topicWant + p.hash, content: c}
	n := 0
	for _, v := range p.visitors.takeAll() {
		if lanes.send(v) {
			n++
			p.relay.options.Observer.Waited(time.Since(v.since))
		}
	}
	outcome := Overtaken
	if p.asked == h {
		outcome = Answered
	}
	if h.hash == p.hash && h.pool != nil {
		p.holders.restore(h)
	}
	p.settle(outcome)
	p.land()
	p.announceState()
	return n
}

// refuse passes a holder over whose content is too large: not even the hash of it is looked at. It is not asked again.
func (r *relay) refuse(h *holder, hash string) {
	r.options.Logger.Debug("a holder's content is too large", slog.String("hash", hash), slog.Int("limit", r.options.MaxContent))
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
	p.holders.bar(h)
	p.announceState()
	p.passOver(h, TooLarge)
}

// blame passes a holder over that sent wrong content. Its channel ends right after.
func (r *relay) blame(h *holder, hash string) {
	r.options.Logger.Debug("a holder sent content that does not have the hash", slog.String("hash", hash))
	if hash != h.hash {
		return
	}
	if p := r.enter(hash, false); p != nil {
		defer r.leave(p)
		p.passOver(h, Wrong)
	}
}

// lanes are the two forms of one content, each made when the first visitor wants it and shared by all others.
type lanes struct {
	topic        string
	content      content
	text, binary *phoenix.Fastlane
}

// send reports whether the content is queued for the visitor. Who asked for bytes but speaks a serializer without a
// form for them, which is V1, gets text.
func (l *lanes) send(v *visitor) bool {
	if v.binary {
		err := v.socket.PushFastlane(l.lane(&l.binary, content.binary))
		if !errors.Is(err, protocol.ErrUnencodable) {
			return err == nil
		}
	}
	return v.socket.PushFastlane(l.lane(&l.text, content.object)) == nil
}

func (l *lanes) lane(lane **phoenix.Fastlane, form func(content) protocol.Payload) *phoenix.Fastlane {
	if *lane == nil {
		*lane = fastlane(l.topic, eventContent, form(l.content))
	}
	return *lane
}

// fastlane is phoenix.NewFastlane of a payload that needs no encoding and therefore cannot fail.
func fastlane(topic, event string, p protocol.Payload) *phoenix.Fastlane {
	lane, err := phoenix.NewFastlane(topic, event, p)
	if err != nil {
		panic(err) // a payload encodes to itself
	}
	return lane
}
