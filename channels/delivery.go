package channels

import (
	"errors"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

const (
	// ackTimeout is how long a receiver may acknowledge no further part. It is long enough for a part on the slowest of
	// lines, and for a tab whose browser lets it run once in a while only.
	ackTimeout = 30 * time.Second

	// slowestDelivery is how many bytes a second a delivery must make on the whole, behind the first ackTimeout. It is what
	// a line of 64 kbit/s carries: a parcel is kept as long as its slowest receiver takes, and its bytes are the room of
	// all pages.
	slowestDelivery = 8000
)

// ErrStalled is the reason for which a want channel ends that acknowledges no further part for 30 s, or takes too long on
// the whole: the parcel is not kept for a client that may have gone to sleep. It asks anew by joining again.
var ErrStalled = errors.New("stalled: the client has taken too long to acknowledge the content")

// A delivery is one receiver's way through a parcel. It belongs to the channel's callbacks.
type delivery struct {
	parcel *parcel
	lanes  []*phoenix.Fastlane
	sent   int       // parts
	got    int64     // bytes, as the client says
	heard  time.Time // of another part
	until  time.Time // it must be over by then
	timer  *time.Timer
}

// overdue is what the timer of a delivery sends to its channel.
type overdue struct{ of *delivery }

func deliver(c *parcel, s member) *delivery {
	now := time.Now()
	d := &delivery{parcel: c, lanes: c.lanes(), heard: now, until: now.Add(longest(c.size))}
	d.timer = time.AfterFunc(ackTimeout, func() { s.Send(overdue{d}) })
	return d
}

// longest returns how long a delivery of so many bytes may take.
func longest(size int) time.Duration {
	return ackTimeout + time.Duration(size)*time.Second/slowestDelivery
}

// end makes nothing more happen.
func (d *delivery) end() { d.timer.Stop() }

// acknowledge takes the client's word for how much has arrived, if it can be true. Less than a part more is no sign of
// life.
func (d *delivery) acknowledge(bytes int64) {
	if bytes <= d.got || bytes > int64(d.sent)*partSize {
		return
	}
	if bytes/partSize > d.got/partSize {
		d.heard = time.Now()
	}
	d.got = bytes
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
func (d *delivery) patience() time.Duration {
	return min(ackTimeout-time.Since(d.heard), time.Until(d.until))
}

// HandleInfo has the channel deliver a parcel, see whether that still makes sense, or end when its tab has joined over
// another connection.
func (c *WantChannel) HandleInfo(_ *phoenix.Socket, msg any) error {
	switch msg := msg.(type) {
	case replaced:
		return errReplaced
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
