package channels

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

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
