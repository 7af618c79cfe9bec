package channels

import (
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A parcel is content that is being delivered in parts. A page has one at most, for as long as it has receivers: whoever
// comes meanwhile is given the same one, from its beginning. It is counted in the budget.
type parcel struct {
	size int
	from *holder // who sent it

	// lanes returns the parts. They are made when the first receiver wants them, and each is encoded when it is first
	// sent, for all.
	lanes func() []*phoenix.Fastlane
}

func newParcel(topic string, from *holder, c content, size int) *parcel {
	return &parcel{size: size, from: from, lanes: sync.OnceValue(func() []*phoenix.Fastlane {
		parts := c.cut()
		lanes := make([]*phoenix.Fastlane, len(parts))
		for i, part := range parts {
			lanes[i] = fastlane(topic, eventPart, protocol.Binary(part))
		}
		return lanes
	})}
}

// load makes a visitor, who is on no list, a receiver of the parcel. Its channel does the rest, on a goroutine of its own.
func (p *page) load(v *visitor) {
	p.receivers.add(v)
	v.socket.Send(p.parcel) // if its channel has ended, its departure is waiting for our lock
}

// share gives the parcel, if there is one, to those who wait and can take it: no holder need send the same again. When
// nobody has the page they do wait, as they would without a parcel.
func (p *page) share() {
	if p.parcel == nil || p.visitors.parts == 0 || p.holders.useful() == 0 {
		return
	}
	for _, v := range p.visitors.takeAll() {
		if v.parts {
			p.load(v)
		} else {
			p.visitors.add(v)
		}
	}
}

// unload forgets the parcel when nobody receives it any more.
func (p *page) unload() {
	if p.parcel != nil && p.receivers.len() == 0 {
		p.relay.budget.give(p.parcel.size)
		p.parcel = nil
	}
}

// finish sends a receiver the last part, and ends its wait: no state may come behind it, so that is one step.
func (r *relay) finish(v *visitor, c *parcel, last *phoenix.Fastlane) {
	if !r.handOver(v, last) {
		return
	}
	r.options.Observer.Delivered(1, c.size)
	r.options.Observer.Waited(time.Since(v.since))
	c.from.served(1)
}

func (r *relay) handOver(v *visitor, last *phoenix.Fastlane) bool {
	p := r.enter(v.hash, false)
	if p == nil {
		return false
	}
	defer r.leave(p)
	if v.among != &p.receivers || v.socket.PushFastlane(last) != nil {
		return false
	}
	p.receivers.remove(v)
	p.unload()
	p.life.pass(1)
	p.announceState()
	return true
}
