package channels

import (
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A page is what the relay knows of one hash. Its methods are called with the lock held, between relay.enter and
// relay.leave.
type page struct {
	relay *relay
	hash  string

	mu        sync.Mutex
	forgotten bool // off the map: whoever has waited for the lock looks again

	holders      holders
	eagerHolders int      // holders that opted in
	visitors     visitors // who wait for the content
	receivers    visitors // who are being sent the parcel
	parcel       *parcel  // nil without receivers
	life         life

	// The flight: see flight.go.
	flying   bool
	asked    *holder    // who is to answer now; nil: nobody
	since    time.Time  // when it was asked
	deadline alarm      // when another one is
	arrivals []*arrival // the answers that have begun, in that order
	need     int        // bytes of the answer that was put off for want of room; 0: none was
	again    alarm      // when those who opted in ask again after a flight in vain
	shouter  caster     // the lottery: a content_request is to be broadcast with it when the lock is free

	counts, states, progress pacer

	told state // what those who opted in know
}

// abandoned reports whether nobody is on the page.
func (p *page) abandoned() bool {
	return p.holders.len() == 0 && p.visitors.len() == 0 && p.receivers.len() == 0
}

// forget makes nothing more happen on the page.
func (p *page) forget() {
	p.forgotten = true
	for _, a := range []*alarm{&p.deadline, &p.again, &p.counts.alarm, &p.states.alarm, &p.progress.alarm} {
		a.stop()
	}
}

// visitors are want channels of a page that wait for its content, or receive it. Once all of it has been queued for them,
// the relay knows them no more: that is how nobody gets it twice.
type visitors struct {
	list  []*visitor
	eager int // those that opted in
	parts int // those that are sent long content in parts; they have opted in
	tabs  tabs[*visitor]
}

func (s *visitors) len() int { return len(s.list) }

func (s *visitors) add(v *visitor) {
	v.among, v.at = s, len(s.list)
	s.list = append(s.list, v)
	s.tabs.add(v.tab.token, v)
	s.count(v, +1)
}

func (s *visitors) remove(v *visitor) {
	end := len(s.list) - 1
	last := s.list[end]
	s.list[v.at], last.at = last, v.at
	s.list[end], v.among = nil, nil
	s.list = shrunk(s.list[:end])
	s.tabs.remove(v.tab.token, v)
	s.count(v, -1)
}

func (s *visitors) count(v *visitor, sign int) {
	s.eager += sign * btoi(v.optedIn)
	s.parts += sign * btoi(v.parts)
}

// takeAll empties the list and returns what was in it.
func (s *visitors) takeAll() []*visitor {
	all := s.list
	for _, v := range all {
		v.among = nil
	}
	*s = visitors{}
	return all
}

// tell pushes a frame to some of them.
func (s *visitors) tell(lane *phoenix.Fastlane, who func(*visitor) bool) {
	for _, v := range s.list {
		if who(v) {
			_ = v.socket.PushFastlane(lane) // who has ended hears nothing; its departure is on its way
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// An alarm calls a method of a page later, with the lock held. Setting it again voids the call that was to come.
type alarm struct{ timer *time.Timer }

func (a *alarm) set(p *page, d time.Duration, f func()) {
	a.stop()
	var mine *time.Timer
	mine = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.relay.leave(p)
		if a.timer == mine { // and was not stopped while this waited for the lock
			a.timer = nil
			f()
		}
	})
	a.timer = mine
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}
