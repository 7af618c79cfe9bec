package channels

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnswersThatStall are given up after 5 s: the bytes are freed, the holder is told, another one is asked.
func TestAnswersThatStall(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		first := w.holder(haveLong, optingForParts)
		v := w.visitor(wantLong, optingForParts)
		second := w.holder(haveLong, optingForParts)
		w.drop()
		parts := cut([]byte(long))
		first.pushPart(haveLong, parts[0])
		after(partTimeout - 1) // slow, and not frozen
		first.pushPart(haveLong, parts[1])
		w.drop()
		after(partTimeout - 1)
		first.hears()
		if seen.bytes() != len(long) {
			t.Errorf("%d bytes are under way", seen.bytes())
		}
		after(1)
		first.hears(push(1, haveLong, eventEnough, `{}`))
		if seen.bytes() != 0 {
			t.Errorf("%d bytes are under way when all is given up", seen.bytes())
		}
		first.pushPart(haveLong, parts[2]) // was on its way
		first.hears()
		if len(second.pushes(eventRequest)) == 0 {
			t.Fatal("the other holder was not asked")
		}
		second.answerInParts(haveLong, long)
		v.reads(wantLong, long)
	})
	if !slices.Equal(seen.outcomes, []Outcome{TimedOut, Answered}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// TestASlowAnswerIsNotTheOnlyOne: after 10 s another holder is asked as well, and who is first there has answered.
func TestASlowAnswerIsNotTheOnlyOne(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		slow := w.holder(haveLong, optingForParts)
		v := w.visitor(wantLong, optingForParts)
		others := []*client{w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts)}
		w.drop()
		parts := cut([]byte(long))
		next := 0
		drip := func() {
			slow.pushPart(haveLong, parts[next])
			next++
		}
		drip()
		var second *client
		for range 2 {
			after(slowAnswer/2 - 1)
			if n := countAsked(others, haveLong); n != 0 {
				t.Fatalf("%d others were asked early", n)
			}
			drip()
		}
		after(2)
		asked := slices.IndexFunc(others, func(h *client) bool { return len(h.pushes(eventRequest)) > 0 })
		if asked < 0 {
			t.Fatal("nobody else was asked after 10 s")
		}
		second = others[asked]
		slow.take()
		second.answerInParts(haveLong, long)
		if got := slow.pushes(eventEnough); len(got) != 1 {
			t.Errorf("the slow holder was told %q", got)
		}
		v.reads(wantLong, long)
		drip()
		slow.take()
		if seen.bytes() != 0 {
			t.Errorf("%d bytes are under way at the end", seen.bytes())
		}
	})
	if !slices.Equal(seen.outcomes, []Outcome{Answered, Overtaken}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// TestWhoComesDuringASlowAnswer is asked within 10 s, though all were asked when the first 10 s were over.
func TestWhoComesDuringASlowAnswer(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		slow, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		drip := slow.dripping(cut([]byte(long)))
		drip(5)
		good := w.holder(haveLong, optingForParts)
		drip(3)
		w.answered(good)
		v.reads(wantLong, long)
	})
}

// TestWhoWasDeclinedIsAskedAgain when the answer that came before its own proves to be slow.
func TestWhoWasDeclinedIsAskedAgain(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		slow, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		good := w.holder(haveLong, optingForParts)
		after(DefaultAskTimeout)
		parts := cut([]byte(long))
		drip := slow.dripping(parts)
		drip(0)
		good.pushPart(haveLong, parts[0])
		if got := good.pushes(eventEnough); len(got) != 1 {
			t.Fatalf("the good holder was told %q", got)
		}
		drip(2)
		after(2 * time.Second)
		w.answered(good)
		v.reads(wantLong, long)
	})
	if !slices.Equal(seen.outcomes, []Outcome{TimedOut, Overtaken, Answered}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// dripping has a holder begin to answer. What it returns has it send so many parts more, one each 4 s.
func (c *client) dripping(parts [][]byte) func(n int) {
	c.pushPart(haveLong, parts[0])
	return func(n int) {
		for range n {
			after(4 * time.Second)
			parts = parts[1:]
			c.pushPart(haveLong, parts[0])
		}
		synctest.Wait()
	}
}

// TestASlowHolderCostsOneVisitor its time, not each: it is asked after the others, until an answer of it is complete.
func TestASlowHolderCostsOneVisitor(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		slow := w.holder(haveLong, optingForParts)
		v := w.visitor(wantLong, optingForParts)
		other := w.holder(haveLong, optingForParts)
		parts := cut([]byte(long))
		for _, b := range parts[:3] {
			slow.pushPart(haveLong, b)
			after(4 * time.Second)
		}
		w.answered(other)
		v.reads(wantLong, long)
		w.comesAfter(slow, other)
		other.hangUp()
		synctest.Wait()
		v = w.visitor(wantLong, optingForParts)
		w.answered(slow)
		v.reads(wantLong, long)
		w.holder(haveLong, optingForParts)
		asked := 0
		for range 60 {
			slow.take()
			v := w.visitor(wantLong, optingForParts)
			asked += btoi(slow.asked(haveLong))
			v.hangUp()
			synctest.Wait()
		}
		if asked == 0 { // by chance: once in 2^60
			t.Error("a holder that has answered is not asked")
		}
	})
}

// answered checks that a holder has been asked for the long page, and has it answer.
func (w *world) answered(h *client) {
	w.Helper()
	if !h.asked(haveLong) {
		w.Fatalf("a holder was not asked")
	}
	h.answerInParts(haveLong, long)
}

// comesAfter checks that of two holders of the long page only the better one is asked, which has answered the last time.
func (w *world) comesAfter(late, better *client) {
	w.Helper()
	for range 20 { // by chance: once in 2^20
		late.take()
		v := w.visitor(wantLong, optingForParts)
		if late.asked(haveLong) {
			w.Fatalf("a holder that was too slow is asked before the other one")
		}
		w.answered(better)
		v.reads(wantLong, long)
	}
}

// TestFewSlowAnswersAtOnce: three, and the page is as good as ever when one of them stops.
func TestFewSlowAnswersAtOnce(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		frozen, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		var holders []*client
		for range 5 {
			holders = append(holders, w.holder(haveLong, optingForParts))
		}
		parts := cut([]byte(long))
		begun := map[*client]int{}
		for second := range 36 {
			for _, h := range holders {
				n, ok := begun[h]
				if len(h.pushes(eventRequest)) > 0 || ok && second%4 == 0 {
					h.pushPart(haveLong, parts[n])
					begun[h]++
				}
			}
			after(time.Second)
		}
		if len(begun) != maxArrivals {
			t.Fatalf("%d holders were asked", len(begun))
		}
		frozen.pushPart(haveLong, parts[0]) // it thaws
		if got := frozen.pushes(eventEnough); len(got) != 1 {
			t.Error("a fourth answer was not sent enough")
		}
		for h := range begun {
			h.hangUp()
			break
		}
		after(slowAnswer)
		for _, h := range holders {
			if _, ok := begun[h]; !ok && len(h.pushes(eventRequest)) > 0 {
				h.answerInParts(haveLong, long)
			}
		}
		v.reads(wantLong, long)
	})
}

// TestALateAnswerInParts is welcome, and who is asked meanwhile is told that it is enough.
func TestALateAnswerInParts(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		holders := []*client{w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts)}
		v := w.visitor(wantLong, optingForParts)
		first := slices.IndexFunc(holders, func(h *client) bool { return h.asked(haveLong) })
		late, other := holders[first], holders[1-first]
		after(DefaultAskTimeout)
		parts := cut([]byte(long))
		late.pushPart(haveLong, parts[0])
		w.drop()
		other.pushPart(haveLong, parts[0])
		other.hears(push(1, haveLong, eventEnough, `{}`))
		for _, b := range parts[1:] {
			late.pushPart(haveLong, b)
		}
		v.reads(wantLong, long)
	})
	if !slices.Equal(seen.outcomes, []Outcome{TimedOut, Overtaken}) || seen.bytes() != 0 {
		t.Errorf("the asks ended %q, %d bytes are under way", seen.outcomes, seen.bytes())
	}
}

// TestWhoStallsComesAfterTheOthers, as one that does not begin.
func TestWhoStallsComesAfterTheOthers(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		stalls, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		other := w.holder(haveLong, optingForParts)
		stalls.pushPart(haveLong, cut([]byte(long))[0])
		after(partTimeout)
		w.answered(other)
		v.reads(wantLong, long)
		w.comesAfter(stalls, other)
	})
}

// TestALateAnswerThatFails takes no time from who has been asked after it.
func TestALateAnswerThatFails(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		late, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		others := []*client{w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts)}
		after(DefaultAskTimeout)
		if n := countAsked(others, haveLong); n != 1 {
			t.Fatalf("%d others were asked", n)
		}
		late.pushPart(haveLong, cut([]byte(long))[0])
		late.hangUp()
		after(DefaultAskTimeout - 1)
		if n := countAsked(others, haveLong); n != 0 {
			t.Error("a third holder was asked while the second one had time")
		}
		after(1)
		if n := countAsked(others, haveLong); n != 1 {
			t.Errorf("%d others were asked when it had none", n)
		}
		v.hangUp()
	})
}

// TestWhoAnswersIsNotAsked: a late answer that is slow has others asked, and not the one that it comes from.
func TestWhoAnswersIsNotAsked(t *testing.T) {
	for _, pick := range []func(int) int{func(int) int { return 0 }, func(n int) int { return n - 1 }} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			w.relay.intn = pick
			late, other := w.holder(haveLong, optingForParts), w.holder(haveLong, optingForParts)
			v := w.visitor(wantLong, `{}`)
			v.request(wantLong, longHash)
			after(2 * DefaultAskTimeout) // both have been asked, and the flight is over
			w.drop()
			parts := cut([]byte(long))
			for _, b := range parts[:4] {
				late.pushPart(haveLong, b)
				after(slowAnswer / 3)
			}
			if got := late.pushes(eventRequest); len(got) != 0 {
				t.Error("a holder was asked that is answering")
			}
			if got := other.pushes(eventRequest); len(got) != 1 {
				t.Errorf("the other holder was asked %d times", len(got))
			}
			for _, b := range parts[4:] {
				late.pushPart(haveLong, b)
			}
			v.hears(wholeLong)
		})
	}
}
