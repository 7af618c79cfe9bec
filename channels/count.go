package channels

import (
	"strconv"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// pause is the least time between two announcements to n members: n joins at once must not cost n² frames. Up to 19
// there is none, and everybody sees every number, as with the original.
func pause(n int) time.Duration {
	const (
		free = 20
		each = 200 * time.Microsecond // at 5,000 and more, one a second
	)
	if n < free {
		return 0
	}
	return min(time.Second, time.Duration(n)*each)
}

// A pacer spaces announcements out. The first is made at once, and the last one always.
type pacer struct {
	last  time.Time
	alarm alarm // set while an announcement is held back
}

// announce calls tell now, if the last time is as long ago as the pause, or else when it is.
func (c *pacer) announce(p *page, pause time.Duration, tell func()) {
	if wait := pause - time.Since(c.last); wait > 0 {
		c.alarm.set(p, wait, func() { c.now(tell) })
	} else {
		c.now(tell)
	}
}

func (c *pacer) now(tell func()) {
	c.alarm.stop()
	c.last = time.Now()
	tell()
}

// announceCount tells the topic how many holders there are.
func (p *page) announceCount() { p.counts.announce(p, pause(p.holders.len()), p.tellCount) }

func (p *page) tellCount() { p.tellHolders(p.countLane()) }

// announceLeaver is announceCount after a holder has been taken off. The holder's client hears it in any case, and now:
// it has its place between the other frames at the end of a channel.
func (p *page) announceLeaver(h *holder) {
	lane := p.countLane()
	p.counts.announce(p, pause(p.holders.len()), p.tellCount)
	_ = h.socket.PushFastlane(lane)
}

func (p *page) countLane() *phoenix.Fastlane {
	text := strconv.AppendInt([]byte(`{"count":`), int64(p.holders.len()), 10)
	return fastlane(topicHave+p.hash, eventCount, protocol.JSON(append(text, '}')))
}

func (p *page) tellHolders(lane *phoenix.Fastlane) {
	for h := range p.holders.all() {
		_ = h.socket.PushFastlane(lane) // who has ended hears nothing; its release is on its way
	}
}

// announceState tells those who opted in how the page stands, if that is news.
func (p *page) announceState() {
	n := p.eagerHolders + p.visitors.eager + p.receivers.eager
	if n > 0 && p.state().news() != p.told {
		p.states.announce(p, pause(n), p.tellState)
	}
}

// greetState is announceState when one of them has just come, who knows at most how it stood before.
func (p *page) greetState(optedIn bool) {
	if optedIn {
		p.told = state{Holders: -1}
	}
	p.announceState()
}

func (p *page) tellState() {
	state := p.state()
	p.told = state.news()
	payload := encode(state)
	if p.eagerHolders > 0 {
		lane := fastlane(topicHave+p.hash, eventState, payload)
		for h := range p.holders.all() {
			if h.optedIn {
				_ = h.socket.PushFastlane(lane)
			}
		}
	}
	lane := fastlane(topicWant+p.hash, eventState, payload)
	p.visitors.tell(lane, (*visitor).isEager)
	p.receivers.tell(lane, (*visitor).isEager)
}
