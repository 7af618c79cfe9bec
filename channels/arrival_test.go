package channels

import (
	"encoding/binary"
	"fmt"
	"slices"
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
