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
		h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
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
		h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
		h.hangUp()
		synctest.Wait()
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
			h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
			h.answerInParts(haveLong, long)
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
		h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
		synctest.Wait()
		h.hangUp()
		synctest.Wait()
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

// TestNoRoom: over the budget an answer is put off, whether it comes in parts or as a whole, and visitors are served as
// soon as there is room. Visitors without parts do not wait for it.
func TestNoRoom(t *testing.T) {
	page, another := long, longPage(9*partSize)
	hash, anotherHash := hashOf(page), hashOf(another)
	for name, answer := range map[string]func(h *client){
		"in parts":   func(h *client) { h.answerInParts(topicHave+hash, page) },
		"as a whole": func(h *client) { h.answer(topicHave+hash, page, hash) },
	} {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen, MaxContent: len(page), MaxUnderWay: len(page) + len(another) - 1}, func(t *testing.T, w *world) {
			busy := w.holder(topicHave+anotherHash, optingForParts)
			receiver := w.visitor(topicWant+anotherHash, optingForParts)
			busy.answerInParts(topicHave+anotherHash, another)

			h, v := w.holder(topicHave+hash, optingForParts), w.visitor(topicWant+hash, optingForParts)
			w.visitor(topicWant+hash, `{}`).hangUp()
			h.take()
			answer(h)
			if got := h.pushes(eventEnough); len(got) != btoi(name == "in parts") {
				t.Errorf("%s: told %d times that it is enough", name, len(got))
			}
			after(time.Minute / 3)
			if h.asked(topicHave + hash) {
				t.Errorf("%s: asked again while there was no room", name)
			}
			if _, others := v.readAll(topicWant + hash); len(others) > 3 {
				t.Errorf("%s: the visitor was told %q", name, others)
			}
			receiver.reads(topicWant+anotherHash, another)
			after(askAgain)
			if !h.asked(topicHave + hash) {
				t.Fatalf("%s: not asked when there was room", name)
			}
			answer(h)
			v.reads(topicWant+hash, page)
		})
		if seen.most > len(page)+len(another)-1 || seen.bytes() != 0 {
			t.Errorf("%s: %d bytes were under way, %d are at the end", name, seen.most, seen.bytes())
		}
	}
}

// TestNoRoomIsForPartsAlone: visitors that take content as a whole are served over the budget as well.
func TestNoRoomIsForPartsAlone(t *testing.T) {
	inWorld(t, Options{MaxContent: len(long), MaxUnderWay: len(long)}, func(t *testing.T, w *world) {
		if !w.relay.budget.take(1) {
			t.Fatal("no room at all")
		}
		h := w.holder(haveLong, `{}`)
		v, text := w.visitor(wantLong, optingForParts), w.visitor(wantLong, optingIn)
		w.drop()
		h.answer(haveLong, long, longHash)
		if got := text.texts(); !sameJSON(got[len(got)-1], wholeLong) {
			t.Errorf("came %d frames", len(got))
		}
		v.hears(stands(wantLong, state{Holders: 1, Waiting: 1, Peak: 1, Passed: 1}))
		w.relay.budget.give(1)
		after(askAgain)
		if !h.asked(haveLong) {
			t.Fatal("not asked when there was room")
		}
		h.answer(haveLong, long, longHash)
		v.reads(wantLong, long)
	})
}

// TestAfterTheRoom a flight is one as any: who was put off is forgotten, and who does not answer is passed over at once.
func TestAfterTheRoom(t *testing.T) {
	inWorld(t, Options{MaxContent: len(long), MaxUnderWay: len(long)}, func(t *testing.T, w *world) {
		if !w.relay.budget.take(1) {
			t.Fatal("no room at all")
		}
		a, b := w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts)
		v := w.visitor(wantLong, optingForParts)
		for _, h := range []*client{a, b} {
			if h.asked(haveLong) {
				h.pushPart(haveLong, cut([]byte(long))[0])
			}
		}
		synctest.Wait()
		w.relay.budget.give(1)
		after(askAgain)
		first := countAsked([]*client{a, b}, haveLong)
		after(DefaultAskTimeout)
		if second := countAsked([]*client{a, b}, haveLong); first != 1 || second != 1 {
			t.Errorf("%d holders were asked, and %d when those did not answer", first, second)
		}
		v.hangUp()
	})
}

// TestNoRoomForASecondCopy: when the content comes as a whole while it arrives in parts, those who need the parts wait for
// these.
func TestNoRoomForASecondCopy(t *testing.T) {
	inWorld(t, Options{MaxContent: len(long), MaxUnderWay: len(long)}, func(t *testing.T, w *world) {
		late, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		if !late.asked(haveLong) {
			t.Fatal("the holder was not asked")
		}
		whole, original := w.holder(haveLong, `{}`), w.visitor(wantLong, `{}`)
		after(DefaultAskTimeout)
		if !whole.asked(haveLong) {
			t.Fatal("the other holder was not asked")
		}
		parts := cut([]byte(long))
		late.pushPart(haveLong, parts[0])
		synctest.Wait()
		original.take()
		whole.answer(haveLong, long, longHash)
		original.hears(wholeLong)
		for _, b := range parts[1:] {
			after(DefaultAskTimeout)
			late.pushPart(haveLong, b)
		}
		v.reads(wantLong, long)
	})
}

// TestAnAnswerPutOffEndsTheFlight: the other holders need not send what would be put off as well.
func TestAnAnswerPutOffEndsTheFlight(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{MaxContent: len(long), MaxUnderWay: len(long), Observer: seen}, func(t *testing.T, w *world) {
		if !w.relay.budget.take(1) {
			t.Fatal("no room at all")
		}
		holders := []*client{w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts)}
		w.visitor(wantLong, optingForParts)
		w.visitor(wantLong, `{}`)
		asked := 0
		for range 2 {
			for _, h := range holders {
				if h.asked(haveLong) {
					asked++
					h.pushPart(haveLong, cut([]byte(long))[0])
				}
			}
		}
		if asked != 1 {
			t.Errorf("%d holders were asked", asked)
		}
		w.relay.budget.give(1)
	})
	if !slices.Equal(seen.outcomes, []Outcome{PutOff}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// TestBudget is taken by many at once, and never exceeded.
func TestBudget(t *testing.T) {
	seen := new(recorder)
	b := budget{limit: 10, observer: seen}
	if !b.take(10) || b.take(1) || b.has(1) || !b.has(0) || !b.take(0) {
		t.Error("the limit is not the limit")
	}
	b.give(10)
	synctest.Test(t, func(t *testing.T) {
		for range 8 {
			go func() {
				for range 1000 {
					if b.take(3) {
						b.give(3)
					}
				}
			}()
		}
		synctest.Wait()
	})
	if b.used.Load() != 0 || seen.underWay != 0 {
		t.Errorf("%d, and %d for the observer, are left", b.used.Load(), seen.underWay)
	}
}

// TestRoomForOnePage there always is.
func TestRoomForOnePage(t *testing.T) {
	if o := (Options{MaxContent: 100, MaxUnderWay: 1}).withDefaults(); o.MaxUnderWay != 100 {
		t.Errorf("room for %d bytes", o.MaxUnderWay)
	}
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
