package channels

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// TestCrowdsOnFewPages has many clients come, ask, answer and go at once, on few pages, which are made and forgotten all
// the time. It is for the race detector; and nothing may be left (world.end), nor may content come twice in a join.
func TestCrowdsOnFewPages(t *testing.T) {
	const clients, pages, rounds = 40, 3, 60
	for _, mode := range []AskMode{OneDraw, Lottery} {
		inWorld(t, Options{Ask: mode}, func(t *testing.T, w *world) {
			var crowd sync.WaitGroup
			for i := range clients {
				c := w.dial(protocol.V2)
				crowd.Go(func() {
					random := rand.New(rand.NewPCG(7, uint64(i)))
					for range rounds {
						page := fmt.Sprint("page ", random.IntN(pages))
						hash := hashOf(page)
						payload := []string{`{}`, optingIn, optingTab}[random.IntN(3)] // the tab is a thing that many claim to be
						if random.IntN(2) == 0 {
							c.join(topicHave+hash, payload)
							c.answer(topicHave+hash, page, hash)
							c.send(topicHave+hash, protocol.EventLeave, `{}`)
						} else {
							c.join(topicWant+hash, payload)
							c.request(topicWant+hash, hash)
							c.send(topicWant+hash, protocol.EventLeave, `{}`)
						}
					}
				})
			}
			crowd.Wait()
			synctest.Wait()
			for _, c := range w.clients {
				c.contentAtMostOnceInEachJoin()
			}
		})
	}
}

func (c *client) contentAtMostOnceInEachJoin() {
	c.w.Helper()
	got := map[string]int{}
	for _, f := range c.take() {
		m, err := decode(f)
		if err != nil {
			c.w.Fatalf("%s: %v", f.Bytes(), err)
		}
		switch m.Event {
		case protocol.EventReply, protocol.EventClose:
			// Of a join or a leave: either way a new count. What was on its way to a channel that a new join replaced comes
			// between that join's reply and the old one's phx_close (PROTOCOL.md §4.5).
			got[m.Topic] = 0
		case eventContent:
			if got[m.Topic]++; got[m.Topic] > 1 {
				c.w.Errorf("content came %d times in one join", got[m.Topic])
			}
		}
	}
}

// decode reads a V2 text frame of the server, whose shape is that of a client's.
func decode(f protocol.Frame) (protocol.Message, error) {
	return protocol.V2.Decode(slices.Clone(f.Bytes()), f.IsBinary())
}

// TestAlarmsThatWereSetAnew do not go off, even if they were about to.
func TestAlarmsThatWereSetAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newRelay(Options{}.withDefaults()).enter("h", true)
		var a alarm
		var rung []string
		a.set(p, time.Hour, func() { rung = append(rung, "first") })
		first := a.timer
		a.set(p, time.Hour, func() { rung = append(rung, "second") })
		first.Reset(0) // as if Stop had come too late
		p.relay.leave(p)
		synctest.Wait()
		p.mu.Lock()
		if len(rung) != 0 {
			t.Errorf("rung: %q", rung)
		}
		p.mu.Unlock()
		time.Sleep(time.Hour)
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		if !slices.Equal(rung, []string{"second"}) {
			t.Fatalf("rung: %q", rung)
		}
	})
}

// TestAForgottenPageHasNoAlarms: timers would keep it in memory.
func TestAForgottenPageHasNoAlarms(t *testing.T) {
	r := newRelay(Options{}.withDefaults())
	p := r.enter("h", true)
	alarms := []*alarm{&p.deadline, &p.again, &p.counts.alarm, &p.states.alarm}
	for _, a := range alarms {
		a.set(p, time.Hour, func() {})
	}
	r.leave(p)
	for i, a := range alarms {
		if a.timer != nil {
			t.Errorf("alarm %d is still set", i)
		}
	}
	if r.size() != 0 {
		t.Error("a page that nobody is on is not forgotten")
	}
}

// TestPagesAreNotForgottenUnderSomebody: a page may be forgotten between being found and being locked.
func TestPagesAreNotForgottenUnderSomebody(t *testing.T) {
	r := newRelay(Options{}.withDefaults())
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for range 5000 {
				h := newHolder(hiHash, new(deaf))
				r.hold(h)
				if r.state(hiHash).Holders == 0 {
					t.Error("a holder is on a page that nobody finds")
				}
				r.release(h, true)
			}
		})
	}
	crowd.Wait()
	if r.size() != 0 {
		t.Error("a page that nobody is on is not forgotten")
	}
}

// deaf is a recipient whose client can be told everything, and who counts.
type deaf struct{ pushes, frames, sent int }

func (d *deaf) Push(string, any) error               { d.pushes++; return nil }
func (d *deaf) PushFastlane(*phoenix.Fastlane) error { d.frames++; return nil }
func (d *deaf) Send(any) bool                        { d.sent++; return true }
func (d *deaf) Broadcast(_, _ string, _ any) error   { return nil }
func newHolder(hash string, d *deaf) *holder {
	return &holder{hash: hash, socket: d, caster: d}
}
func newVisitor(hash string, d *deaf, in bool) *visitor {
	return &visitor{hash: hash, socket: d, optedIn: in}
}
