package channels

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// TestEightPartsAtATime: the next one is sent when one has been acknowledged, whatever else the client claims.
func TestEightPartsAtATime(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.holder(haveLong, `{}`), w.visitor(wantLong, optingForParts)
		w.drop()
		h.answer(haveLong, long, longHash)
		var r reader
		comes := func(want int, why string) {
			t.Helper()
			before := r.parts
			r.take(v, wantLong)
			if n := r.parts - before; n != want {
				t.Fatalf("%s: %d parts came, want %d", why, n, want)
			}
		}
		comes(partWindow, "at once")
		for why, bytes := range map[string]int{
			"nothing": 0, "less than nothing": -1, "a part of a part": partSize - 1, "more than was sent": partWindow*partSize + 1,
		} {
			v.acknowledge(wantLong, bytes)
			comes(0, why)
		}
		v.acknowledge(wantLong, partSize)
		comes(1, "one part")
		v.acknowledge(wantLong, partSize)
		comes(0, "the same again")
		v.acknowledge(wantLong, 0)
		comes(0, "less than before")
		v.acknowledge(wantLong, 9*partSize)
		comes(2, "all")
		if string(r.text) != long {
			t.Error("the text is another one")
		}
		v.acknowledge(wantLong, len(long))
		v.acknowledge(wantLong, 5)
		v.hears() // and no harm done
	})
}

// TestReceiversAreWaiting until their last part is sent; they hear how the page stands, and nothing behind it.
func TestReceiversAreWaiting(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h, v := w.receiving()
		w.drop()
		after(7 * time.Second)
		other := w.visitor(wantLong, `{}`)
		v.hears(stands(wantLong, state{Holders: 1, Waiting: 2, Age: 7, Peak: 1}))
		h.take()
		v.acknowledge(wantLong, 8*partSize)
		if frames := v.take(); len(frames) != 3 || !frames[2].IsBinary() {
			t.Errorf("at last came %d frames", len(frames))
		}
		h.hears(stands(haveLong, state{Holders: 1, Waiting: 1, Age: 7, Peak: 1, Passed: 1}), push(1, haveLong, eventServed, `{"visitors":1}`))
		other.hangUp()
		v.hears()
	})
	if !slices.Equal(seen.waited, []time.Duration{7 * time.Second}) {
		t.Errorf("the visitor waited %v", seen.waited)
	}
	if !slices.Equal(seen.delivered, []int{0, 1}) {
		t.Errorf("delivered to %v", seen.delivered)
	}
}

// receiving returns a holder of the long page that has answered, and a visitor in the midst of receiving it.
func (w *world) receiving() (h, v *client) {
	w.Helper()
	h, v = w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
	h.answerInParts(haveLong, long)
	synctest.Wait()
	return h, v
}

// orphaned returns a visitor in the midst of receiving a page that nobody has any more.
func (w *world) orphaned() *client {
	w.Helper()
	h, v := w.receiving()
	h.hangUp()
	synctest.Wait()
	return v
}

// TestAParcelIsShared: its frames by all who receive it, and itself with those who come while it is there.
func TestAParcelIsShared(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		first, second := w.visitor(wantLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
		w.sameParts(first, second)
		first.acknowledge(wantLong, 8*partSize)
		first.take() // is served
		h.take()
		third := w.dial(protocol.V2)
		third.join(wantLong, optingForParts)
		if h.asked(haveLong) {
			t.Error("a holder was asked for what is there")
		}
		if others := third.reads(wantLong, long); len(others) == 0 {
			t.Error("the join was not answered")
		}
		if got := h.pushes(eventServed); !slices.Equal(got, []string{`{"visitors":1}`}) {
			t.Errorf("the holder was told %q", got)
		}
		if seen.bytes() != len(long) {
			t.Errorf("%d bytes are under way", seen.bytes())
		}
		second.acknowledge(wantLong, 8*partSize)
		second.take()
		if seen.bytes() != 0 {
			t.Errorf("%d bytes are under way when all are served", seen.bytes())
		}
		fourth := w.visitor(wantLong, optingForParts)
		if !h.asked(haveLong) {
			t.Error("nobody was asked when the parcel had gone")
		}
		fourth.hangUp()
	})
	if seen.most != len(long) {
		t.Errorf("%d bytes were under way, the page has %d", seen.most, len(long))
	}
}

// sameParts takes what two receivers were sent and checks that the parts are the same memory.
func (w *world) sameParts(a, b *client) {
	w.Helper()
	parts := func(c *client) []protocol.Frame {
		return slices.DeleteFunc(c.take(), func(f protocol.Frame) bool { return !f.IsBinary() })
	}
	x, y := parts(a), parts(b)
	if len(x) != partWindow || len(y) != partWindow {
		w.Fatalf("%d and %d parts came", len(x), len(y))
	}
	for i := range x {
		if &x[i].Bytes()[0] != &y[i].Bytes()[0] {
			w.Fatalf("two receivers got part %d in two copies", i)
		}
	}
}

// TestAParcelIsNoHolder: when nobody has the page, whoever comes waits until somebody does.
func TestAParcelIsNoHolder(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		v := w.orphaned()
		late, original := w.visitor(wantLong, optingForParts), w.visitor(wantLong, `{}`)
		late.take()
		late.hears()
		other := w.dial(protocol.V2)
		other.join(haveLong, `{}`)
		late.reads(wantLong, long)
		if other.asked(haveLong) {
			t.Error("a holder was asked though there was nobody to ask for")
		}
		original.request(wantLong, longHash)
		if !other.asked(haveLong) {
			t.Error("no holder was asked for the visitor without parts")
		}
		v.reads(wantLong, long)
	})
}

// TestReceiversThatStall lose their channel after 30 s, and the parcel is freed. Those that go on do not, however slow.
func TestReceiversThatStall(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		v, slow := w.visitor(wantLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
		w.drop()
		after(ackTimeout - 1)
		v.hears()
		slow.acknowledge(wantLong, partSize)
		v.acknowledge(wantLong, partSize-1) // is no sign of life
		after(1)
		v.hears(crashed(1, wantLong))
		h.take()
		v.join(wantLong, optingForParts)
		v.reads(wantLong, long)
		after(ackTimeout - 2)
		slow.acknowledge(wantLong, 2*partSize)
		if seen.bytes() != len(long) {
			t.Errorf("%d bytes are under way", seen.bytes())
		}
		slow.take()
		after(ackTimeout)
		slow.hears(crashed(1, wantLong))
		if seen.bytes() != 0 {
			t.Errorf("%d bytes are under way when all is given up", seen.bytes())
		}
	})
}

// TestSlowReceivers have 30 s and a second for each 8,000 bytes, even if each part is acknowledged in time.
func TestSlowReceivers(t *testing.T) {
	page := longPage(30 * partSize) // 275.76 s, in which 22 parts are to be acknowledged
	hash := hashOf(page)
	have, want := topicHave+hash, topicWant+hash
	for pause, parts := range map[time.Duration]int{12 * time.Second: 30, 13 * time.Second: 29} {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
			h, v := w.holder(have, optingForParts), w.visitor(want, optingForParts)
			v.take()
			h.answerInParts(have, page)
			var r reader
			r.take(v, want)
			for range 21 {
				after(pause)
				v.acknowledge(want, (r.parts-partWindow+1)*partSize)
				r.take(v, want)
			}
			after(pause)
			if parts == 30 {
				v.acknowledge(want, 22*partSize)
				r.take(v, want)
			} else {
				v.hears(crashed(1, want))
			}
			if r.parts != parts || seen.bytes() != 0 {
				t.Errorf("at a part each %v came %d, %d bytes are under way", pause, r.parts, seen.bytes())
			}
		})
	}
}

// TestReceiversThatGo free the parcel when they are the last, and are not served.
func TestReceiversThatGo(t *testing.T) {
	for name, leave := range map[string]func(*client){
		"hanging up": (*client).hangUp,
		"leaving":    func(c *client) { c.send(wantLong, protocol.EventLeave, `{}`) },
		"crashing":   func(c *client) { c.send(wantLong, "nonsense", `{}`) },
	} {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
			h, v := w.receiving()
			w.drop()
			leave(v)
			h.hears(stands(haveLong, state{Holders: 1, Peak: 1}))
			if seen.bytes() != 0 {
				t.Errorf("%s: %d bytes are under way", name, seen.bytes())
			}
		})
	}
}

// TestReceiversThatJoinAgain begin anew, whatever they acknowledge of the channel before.
func TestReceiversThatJoinAgain(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		v, other := w.visitor(wantLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
		other.take()
		v.take()
		v.join(wantLong, optingForParts)
		v.reads(wantLong, long)
		other.hangUp()
	})
}

// TestOneParcelAPage: content that comes, unasked, while a parcel is there is not kept a second time.
func TestOneParcelAPage(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		v := w.orphaned()
		late := w.visitor(wantLong, optingForParts)
		w.holder(have, `{}`).answer(have, long, longHash) // a holder of another page
		late.reads(wantLong, long)
		v.reads(wantLong, long)
	})
	if seen.bytes() != 0 || seen.most != len(long) {
		t.Errorf("%d bytes are under way at the end, %d were at most", seen.bytes(), seen.most)
	}
}

// TestADeliveryThatIsOver has no timer, and one that was about to ring does no harm.
func TestADeliveryThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		socket := new(deaf)
		d := deliver(newParcel(wantLong, nil, plain(long), len(long)), socket)
		d.end()
		after(2 * ackTimeout)
		if socket.sent != 0 {
			t.Error("its timer rang")
		}
		c := new(WantChannel)
		if err := c.HandleInfo(nil, overdue{d}); err != nil {
			t.Errorf("the channel ends: %v", err)
		}
	})
}

// TestManyReceivers of one page share it; each acknowledges in its own time.
func TestManyReceivers(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		var visitors []*client
		readers := make([]reader, 60)
		for range readers {
			visitors = append(visitors, w.visitor(wantLong, optingForParts))
		}
		h.answerInParts(haveLong, long)
		synctest.Wait()
		for round := 0; seen.bytes() > 0; round++ {
			if round > 100 {
				t.Fatal("it never ends")
			}
			for i, v := range visitors {
				readers[i].take(v, wantLong)
				if round%(i%4+1) == 0 {
					v.acknowledge(wantLong, len(readers[i].text))
				}
			}
			after(time.Second)
		}
		for i, v := range visitors {
			readers[i].take(v, wantLong)
			if string(readers[i].text) != long {
				t.Fatalf("visitor %d got %d bytes", i, len(readers[i].text))
			}
		}
		h.take()
		after(time.Second)
		if s := w.relay.state(longHash); s.Passed != len(visitors) || s.Waiting != 0 {
			t.Errorf("the page stands at %+v", s)
		}
	})
	if n := len(seen.waited); n != 60 {
		t.Errorf("%d have waited", n)
	}
	if strings.Contains(fmt.Sprint(seen.delivered), "2") {
		t.Errorf("delivered to %v", seen.delivered)
	}
}
