package channels

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

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
