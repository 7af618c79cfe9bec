package channels

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// TestAnswersInParts, to visitors of every kind.
func TestAnswersInParts(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		original, text, parts := w.visitor(wantLong, `{}`), w.visitor(wantLong, optingIn), w.visitor(wantLong, optingForParts)
		if !h.asked(haveLong) {
			t.Fatal("the holder was not asked")
		}
		w.drop()
		sent := 0
		for _, b := range cut([]byte(long)) {
			h.pushPart(haveLong, b)
			sent += len(b) - partHead
			if got := h.pushes(eventGot); !slices.Equal(got, []string{fmt.Sprintf(`{"bytes":%d}`, sent)}) {
				t.Fatalf("behind %d bytes the holder was told %q", sent, got)
			}
		}
		original.hears(wholeLong)
		if got := text.texts(); !sameJSON(got[len(got)-1], wholeLong) {
			t.Errorf("a visitor without parts heard last %.60q", got[len(got)-1])
		}
		parts.reads(wantLong, long)
		h.hears(stands(haveLong, state{Holders: 1, Peak: 1, Passed: 3}), push(1, haveLong, eventServed, `{"visitors":1}`))
		after(time.Hour)
		original.hears()
		parts.hears()
	})
	if !slices.Equal(seen.outcomes, []Outcome{Answered}) || len(seen.waited) != 3 {
		t.Errorf("the asks ended %q, %d visitors have waited", seen.outcomes, len(seen.waited))
	}
	if seen.bytes() != 0 || seen.most != len(long) {
		t.Errorf("%d bytes are under way at the end, %d were at most", seen.bytes(), seen.most)
	}
}

// TestShortAnswersInParts go to visitors as a whole; also one of no bytes.
func TestShortAnswersInParts(t *testing.T) {
	for _, page := range []string{"", "short", longPage(partSize)} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			hash := hashOf(page)
			h, v := w.holder(topicHave+hash, optingForParts), w.visitor(topicWant+hash, optingForParts)
			w.drop()
			var head [partHead]byte
			binary.BigEndian.PutUint32(head[4:], uint32(len(page)))
			h.pushPart(topicHave+hash, append(head[:], page...))
			frames := v.take()
			if last := frames[len(frames)-1]; string(last.Bytes()) != binaryBroadcast(topicWant+hash, eventContent, page) {
				t.Errorf("of a page of %d bytes came %.80q", len(page), last.Bytes())
			}
		})
	}
}

// TestProgressOfAnAnswer is told to those who get parts, at most every 200 ms, and then at last.
func TestProgressOfAnAnswer(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		v, other := w.visitor(wantLong, optingForParts), w.visitor(wantLong, optingIn)
		w.drop()
		parts := cut([]byte(long))
		arrived := func(n int) string { return fmt.Sprintf(`{"bytes":%d,"of":%d}`, n*partSize, len(long)) }
		h.pushPart(haveLong, parts[0])
		if got := v.pushes(eventProgress); !slices.Equal(got, []string{arrived(1)}) {
			t.Errorf("at once came %q", got)
		}
		for i := 1; i < 9; i += 2 {
			h.pushPart(haveLong, parts[i])
			after(progressPause / 2)
			h.pushPart(haveLong, parts[i+1])
			if got := v.pushes(eventProgress); len(got) != 0 {
				t.Errorf("before a pause was over came %q", got)
			}
			after(progressPause / 2)
			if got := v.pushes(eventProgress); !slices.Equal(got, []string{arrived(i + 2)}) {
				t.Errorf("after a pause came %q", got)
			}
		}
		after(time.Second)
		v.hears()
		other.hears()
	})
}

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
		for range 20 {
			slow.take()
			v := w.visitor(wantLong, optingForParts)
			if slow.asked(haveLong) {
				t.Fatal("the slow holder was asked before the other one")
			}
			w.answered(other)
			v.reads(wantLong, long)
		}
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

// TestAnswersThatNobodyNeeds are sent enough: unasked, and when nobody waits any more.
func TestAnswersThatNobodyNeeds(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		parts := cut([]byte(long))
		enough := push(1, haveLong, eventEnough, `{}`)
		h.take()
		h.pushPart(haveLong, parts[0])
		h.hears(enough)
		h.pushPart(haveLong, parts[1])
		h.hears() // was on its way

		v := w.visitor(wantLong, optingForParts)
		h.take()
		v.hangUp()
		h.take()
		h.pushPart(haveLong, parts[0]) // was on its way when nobody waited any more
		h.hears(enough)

		v = w.visitor(wantLong, optingForParts)
		h.take()
		h.pushPart(haveLong, parts[0])
		h.take()
		v.hangUp()
		if got := h.texts(); !slices.ContainsFunc(got, func(f string) bool { return sameJSON(f, enough) }) {
			t.Errorf("when nobody waits any more came %q", got)
		}
		if seen.bytes() != 0 {
			t.Errorf("%d bytes are under way", seen.bytes())
		}
	})
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
		for range 20 {
			stalls.take()
			v := w.visitor(wantLong, optingForParts)
			if stalls.asked(haveLong) {
				t.Fatal("the holder that stalled was asked first")
			}
			w.answered(other)
			v.reads(wantLong, long)
		}
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

// TestEveryAnswerIsAskedFor: who has answered is not listened to until it is asked again.
func TestEveryAnswerIsAskedFor(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		h.answerInParts(haveLong, long)
		v.reads(wantLong, long)
		original := w.visitor(wantLong, `{}`)
		h.take()
		h.pushPart(haveLong, cut([]byte(long))[0])
		h.hears(push(1, haveLong, eventEnough, `{}`))
		original.request(wantLong, longHash)
		w.answered(h)
		original.hears(wholeLong)
	})
}

// TestACompleteAnswerDoesNotStall, however long it takes to look at it.
func TestACompleteAnswerDoesNotStall(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		r, socket := w.relay, new(deaf)
		h := newHolder(longHash, socket)
		r.hold(h)
		v := w.visitor(wantLong, optingForParts)
		var a *arrival
		var c content
		for _, b := range cut([]byte(long)) {
			next, _ := parsePart(b)
			a, c = r.accept(h, next, true)
		}
		after(2 * partTimeout)
		r.deliver(h, longHash, c, a)
		v.reads(wantLong, long)
		r.release(h, true)
	})
	if !slices.Equal(seen.outcomes, []Outcome{Answered}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// TestTheWholeOvertakesTheParts: who sends the content as a whole serves those who wait for the parts of another.
func TestTheWholeOvertakesTheParts(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		v, original := w.visitor(wantLong, optingForParts), w.visitor(wantLong, `{}`)
		h.pushPart(haveLong, cut([]byte(long))[0])
		other := w.holder(haveLong, `{}`)
		w.drop()
		other.answer(haveLong, long, longHash)
		if got := h.pushes(eventEnough); len(got) != 1 {
			t.Errorf("the holder of the parts was told %q", got)
		}
		original.hears(wholeLong)
		v.reads(wantLong, long)
	})
	if seen.bytes() != 0 || seen.most != 2*len(long) {
		t.Errorf("%d bytes are under way at the end, %d were at most", seen.bytes(), seen.most)
	}
}

// TestBrokenAnswers cost the holder the answer and nothing else.
func TestBrokenAnswers(t *testing.T) {
	parts := cut([]byte(long))
	otherTotal := slices.Clone(parts[1])
	binary.BigEndian.PutUint32(otherTotal[4:], uint32(len(long)+1))
	tests := map[string][][]byte{
		"no head":          {{1, 2, 3}},
		"a short first":    {parts[0][:100]},
		"a gap":            {parts[0], parts[2]},
		"twice":            {parts[0], parts[0]},
		"no head later":    {parts[0], {}},
		"another total":    {parts[0], otherTotal},
		"a short part":     {parts[0], parts[1][:100]},
		"more than a part": {append(slices.Clone(parts[0]), 'x')},
	}
	for name, wrong := range tests {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
			h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
			w.drop()
			for _, b := range wrong {
				h.pushPart(haveLong, b)
			}
			if got := h.pushes(eventEnough); len(got) != 1 {
				t.Errorf("%s: told %d times that it is enough", name, len(got))
			}
			if seen.bytes() != 0 || !slices.Equal(seen.outcomes, []Outcome{Broken}) {
				t.Errorf("%s: %d bytes under way, the asks ended %q", name, seen.bytes(), seen.outcomes)
			}
			after(askAgain)
			h.hears(push(1, haveLong, eventRequest, `{}`))
			h.answerInParts(haveLong, long)
			v.reads(wantLong, long)
		})
	}
}

// TestWrongContentInParts ends the channel, as wrong content does: other bytes, and such as are no text.
func TestWrongContentInParts(t *testing.T) {
	noText := strings.Repeat("x", partSize-1) + "\xf0\x9f" + strings.Repeat("x", partSize)
	unfinished := strings.Repeat("x", 2*partSize) + "\xf0\x9f"
	for page, hash := range map[string]string{long + "x": longHash, noText: hashOf(noText), unfinished: hashOf(unfinished)} {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
			h, v := w.holder(topicHave+hash, optingForParts), w.visitor(topicWant+hash, optingForParts)
			w.drop()
			h.answerInParts(topicHave+hash, page)
			got := h.texts()
			if !sameJSON(got[len(got)-1], crashed(1, topicHave+hash)) {
				t.Errorf("heard last %q", got[len(got)-1])
			}
			if got, others := v.readAll(topicWant + hash); got != "" {
				t.Errorf("a visitor got %d bytes of it, and %q", len(got), others)
			}
			if seen.bytes() != 0 || !slices.Equal(seen.outcomes, []Outcome{Wrong}) {
				t.Errorf("%d bytes under way, the asks ended %q", seen.bytes(), seen.outcomes)
			}
		})
	}
}

// TestTheOriginalsHashOfParts is accepted as it is of a whole.
func TestTheOriginalsHashOfParts(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		hash := originalHash([]byte(long))
		if hash == longHash {
			t.Fatal("this page shows nothing")
		}
		h, v := w.holder(topicHave+hash, optingForParts), w.visitor(topicWant+hash, optingForParts)
		w.drop()
		h.answerInParts(topicHave+hash, long)
		v.reads(topicWant+hash, long)
	})
}

// TestTooLargeInParts is refused at the first part, before anything is kept, asked or not.
func TestTooLargeInParts(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{MaxContent: len(long) - 1, Observer: seen}, func(t *testing.T, w *world) {
		h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		w.drop()
		h.answerInParts(haveLong, long)
		refused := push(1, haveLong, eventRefused, fmt.Sprintf(`{"reason":"content too large","max_content":%d}`, len(long)-1))
		h.hears(refused, stands(haveLong, state{Waiting: 1, TooLarge: 1}))
		v.hears(stands(wantLong, state{Waiting: 1, TooLarge: 1}))
		h.answerInParts(haveLong, long)
		h.hears(refused)
		after(time.Hour)
		h.hears() // it is not asked again
	})
	if seen.most != 0 || !slices.Equal(seen.outcomes, []Outcome{TooLarge}) {
		t.Errorf("%d bytes were under way, the asks ended %q", seen.most, seen.outcomes)
	}
}

// TestWhoIsRefusedHasNotBeenAsked: an ask from before is no leave to begin, and who is barred stays so.
func TestWhoIsRefusedHasNotBeenAsked(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{MaxContent: len(long), Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		w.visitor(wantLong, optingForParts)
		after(DefaultAskTimeout)
		h.answerInParts(haveLong, long+"x")
		h.take()
		h.pushPart(haveLong, cut([]byte(long))[0])
		h.hears(push(1, haveLong, eventEnough, `{}`))
		after(time.Hour)
		h.hears() // it is not asked again
		if s := w.relay.state(longHash); s.Holders != 0 || s.TooLarge != 1 {
			t.Errorf("the page stands at %+v", s)
		}
	})
	if seen.most != 0 {
		t.Errorf("%d bytes were under way", seen.most)
	}
}

// TestLeavingInTheMidstOfAnAnswer frees it, and another holder is asked at once.
func TestLeavingInTheMidstOfAnAnswer(t *testing.T) {
	for name, leave := range map[string]func(*client){
		"hanging up": (*client).hangUp,
		"leaving":    func(c *client) { c.send(haveLong, protocol.EventLeave, `{}`) },
		"rejoining":  func(c *client) { c.join(haveLong, `{}`) },
	} {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
			first := w.holder(haveLong, optingForParts)
			v := w.visitor(wantLong, optingForParts)
			second := w.holder(haveLong, optingForParts)
			first.pushPart(haveLong, cut([]byte(long))[0])
			w.drop()
			leave(first)
			synctest.Wait()
			if seen.bytes() != 0 {
				t.Errorf("%s: %d bytes are under way", name, seen.bytes())
			}
			if len(second.pushes(eventRequest)) == 0 {
				t.Fatalf("%s: the other holder was not asked", name)
			}
			second.answerInParts(haveLong, long)
			v.reads(wantLong, long)
		})
	}
}

// TestTheLotteryOfParts: who is drawn may answer, and nobody is asked while it does.
func TestTheLotteryOfParts(t *testing.T) {
	inWorld(t, Options{Ask: Lottery}, func(t *testing.T, w *world) {
		h, v := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingForParts)
		parts := cut([]byte(long))
		if !h.asked(haveLong) {
			t.Fatal("the only holder was not drawn")
		}
		h.pushPart(haveLong, parts[0])
		h.take()
		v.request(wantLong, longHash)
		if h.asked(haveLong) {
			t.Error("a holder was asked that is answering")
		}
		for _, b := range parts[1:] {
			h.pushPart(haveLong, b)
		}
		v.reads(wantLong, long)
	})
}
