package channels

import (
	"errors"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// ackTimeout is how long a receiver may acknowledge nothing. It is long enough for a part on the slowest of lines, and
// for a tab whose browser lets it run once in a while only.
const ackTimeout = 30 * time.Second

// ErrStalled is the reason for which a want channel ends that acknowledges no part for 30 s: the parcel is not kept for
// a client that may have gone to sleep. It asks anew by joining again.
var ErrStalled = errors.New("stalled: the client has acknowledged no part of the content for too long")

// A delivery is one receiver's way through a parcel. It belongs to the channel's callbacks.
type delivery struct {
	parcel *parcel
	lanes  []*phoenix.Fastlane
	sent   int   // parts
	got    int64 // bytes, as the client says
	heard  time.Time
	timer  *time.Timer
}

// overdue is what the timer of a delivery sends to its channel.
type overdue struct{ of *delivery }

func deliver(c *parcel, s recipient) *delivery {
	d := &delivery{parcel: c, lanes: c.lanes(), heard: time.Now()}
	d.timer = time.AfterFunc(ackTimeout, func() { s.Send(overdue{d}) })
	return d
}

// end makes nothing more happen.
func (d *delivery) end() { d.timer.Stop() }

// acknowledge takes the client's word for how much has arrived, if it can be true.
func (d *delivery) acknowledge(bytes int64) {
	if bytes > d.got && bytes <= int64(d.sent)*partSize {
		d.got, d.heard = bytes, time.Now()
	}
}

// due returns the next part if it may be sent now, else nil, and whether it is the last one.
func (d *delivery) due() (lane *phoenix.Fastlane, last bool) {
	if d.sent-int(d.got/partSize) >= partWindow {
		return nil, false
	}
	d.sent++
	return d.lanes[d.sent-1], d.sent == len(d.lanes)
}

// patience returns how long the client has left; not above 0: it is given up.
func (d *delivery) patience() time.Duration { return ackTimeout - time.Since(d.heard) }

// HandleInfo has the channel deliver a parcel, or see whether it still makes sense.
func (c *WantChannel) HandleInfo(_ *phoenix.Socket, msg any) error {
	switch msg := msg.(type) {
	case *parcel:
		c.delivery = deliver(msg, c.visitor.socket)
		c.proceed()
	case overdue:
		if c.delivery != msg.of {
			return nil
		}
		left := msg.of.patience()
		if left <= 0 {
			return phoenix.Stop(ErrStalled)
		}
		msg.of.timer.Reset(left)
	}
	return nil
}

// proceed sends what may be sent. With the last part the delivery is over, whether that is acknowledged or not.
func (c *WantChannel) proceed() {
	d := c.delivery
	for lane, last := d.due(); lane != nil; lane, last = d.due() {
		if last {
			c.relay.finish(c.visitor, d.parcel, lane)
			d.end()
			c.delivery = nil
			return
		}
		_ = c.visitor.socket.PushFastlane(lane) // if the channel has ended, Terminate comes next
	}
}
