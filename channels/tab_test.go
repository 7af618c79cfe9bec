package channels

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

const token = "a_token-of-16-up"

// saying returns a join payload with a token.
func saying(payload, token string) string {
	return strings.TrimSuffix(payload, "}") + fmt.Sprintf(`,"tab_token":%q}`, token)
}

var (
	optingTab      = saying(optingIn, token)
	optingTabParts = saying(optingForParts, token)
)

// TestATabThatComesBack is counted once. Its channel of before ends as one that a duplicate join replaces, and the others
// hear what they hear then.
func TestATabThatComesBack(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		original, curious := w.holder(have, `{}`), w.holder(have, optingIn)
		old := w.holder(have, optingTab)
		w.drop()
		after(3 * time.Second)
		back := w.dial(protocol.V2)
		back.join(have, optingTab)
		there := state{Holders: 3, Peak: 3, Age: 3}
		back.hears(reply(1, have, welcomed(there)), count(have, 3), stands(have, there))
		old.hears(closed(1, have))
		original.hears(count(have, 3))
		curious.hears(count(have, 3), stands(have, there))
		old.hangUp()
		original.hears()
		back.hangUp()
		original.hears(count(have, 2))
	})
}

// TestTheLifeOfATabThatComesBack goes on, also if nobody else has the page.
func TestTheLifeOfATabThatComesBack(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(have, optingTab)
		w.visitor(want, `{}`)
		h.answer(have, hi, hiHash)
		for i := range 5 {
			after(time.Minute)
			w.holder(have, optingTab)
			if got, want := w.relay.state(hiHash), (state{Holders: 1, Peak: 1, Age: 60 * (i + 1), Passed: 1}); got != want {
				t.Fatalf("the page stands at %+v, want %+v", got, want)
			}
		}
		if seen.members[KindHave] != 1 {
			t.Errorf("%d holders for the observer", seen.members[KindHave])
		}
	})
	if seen.members[KindHave] != 0 || seen.members[KindWant] != 0 {
		t.Errorf("members at the end: %v", seen.members)
	}
}

// TestAGhostIsNotAsked: whoever waits for its answer has it from the tab that is back, at once.
func TestAGhostIsNotAsked(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		old, v := w.holder(have, optingTab), w.visitor(want, optingIn)
		if !old.asked(have) {
			t.Fatal("the holder was not asked")
		}
		back := w.holder(have, optingTab)
		back.answer(have, hi, hiHash)
		if got := v.events(want); got[len(got)-1] != eventContent {
			t.Errorf("the visitor heard %q", got)
		}
		old.hears(closed(1, have))
		for range 20 {
			w.visitor(want, optingIn)
			back.answer(have, hi, hiHash)
			synctest.Wait()
		}
		old.hears()
	})
	if want := append([]Outcome{Gone}, slices.Repeat([]Outcome{Answered}, 21)...); !slices.Equal(seen.outcomes, want) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// TestTheAnswerOfAGhost is freed, and the tab that is back is asked anew.
func TestTheAnswerOfAGhost(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		old, v := w.holder(haveLong, optingTabParts), w.visitor(wantLong, optingForParts)
		old.pushPart(haveLong, cut([]byte(long))[0])
		back := w.dial(protocol.V2)
		back.join(haveLong, optingTabParts)
		w.answered(back)
		v.reads(wantLong, long)
	})
	if seen.bytes() != 0 || seen.most != len(long) || !slices.Equal(seen.outcomes, []Outcome{Gone, Answered}) {
		t.Errorf("%d bytes are under way, %d were at most, the asks ended %q", seen.bytes(), seen.most, seen.outcomes)
	}
}

// TestWhatAGhostStillSays is no answer, though it may come before its channel has heard that it is one.
func TestWhatAGhostStillSays(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen, MaxContent: len(long)}, func(t *testing.T, w *world) {
		r, socket := w.relay, new(deaf)
		old, now := newHolder(longHash, socket), newHolder(longHash, new(deaf))
		old.tab, now.tab = tabID{token, new(phoenix.Connection)}, tabID{token, new(phoenix.Connection)}
		r.hold(old)
		v := w.visitor(wantLong, optingForParts)
		r.hold(now)
		if socket.sent != 1 {
			t.Errorf("its channel was told %d times", socket.sent)
		}
		if err := r.receive(old, cut([]byte(long))[0]); err != nil || seen.bytes() != 0 {
			t.Errorf("%d bytes are under way: %v", seen.bytes(), err)
		}
		tooLong := cut([]byte(long + "x"))[0]
		if err := r.receive(old, tooLong); err != nil || r.state(longHash).TooLarge != 0 {
			t.Errorf("the page stands at %+v: %v", r.state(longHash), err)
		}
		if r.chosen(old) || !r.chosen(now) {
			t.Error("it takes part in the lottery")
		}
		if err := r.answer(old, longHash, quoted(long)); err != nil { // it is the page all the same
			t.Error(err)
		}
		v.reads(wantLong, long)
		r.release(old, false)
		if s := r.state(longHash); s != (state{Holders: 1, Peak: 1, Passed: 1}) {
			t.Errorf("the page stands at %+v", s)
		}
		r.release(now, true)
	})
}

// TestAVisitorThatComesBack waits once, and is given the page once.
func TestAVisitorThatComesBack(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		old, other := w.visitor(want, optingTab), w.visitor(want, optingIn)
		w.drop()
		back := w.dial(protocol.V2)
		back.join(want, optingTab)
		there := state{Waiting: 2}
		back.hears(reply(1, want, welcomed(there)), stands(want, there))
		other.hears(stands(want, there))
		old.hears(closed(1, want))
		h := w.holder(have, optingIn)
		w.drop()
		h.answer(have, hi, hiHash)
		content := broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`)
		back.hears(content)
		other.hears(content)
		old.hears()
		h.hears(stands(have, state{Holders: 1, Peak: 1, Passed: 2}), push(1, have, eventServed, `{"visitors":2}`))
	})
}

// TestAReceiverThatComesBack gets the parcel from its beginning. No holder need send it again, though the ghost was the
// last one to receive it.
func TestAReceiverThatComesBack(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h, old := w.holder(haveLong, optingForParts), w.visitor(wantLong, optingTabParts)
		h.answerInParts(haveLong, long)
		w.drop()
		back := w.dial(protocol.V2)
		back.join(wantLong, optingTabParts)
		back.reads(wantLong, long)
		if h.asked(haveLong) {
			t.Error("a holder was asked for what is there")
		}
		old.hears(closed(1, wantLong))
		after(2 * ackTimeout)
		old.hears()
		if s := w.relay.state(longHash); s.Waiting != 0 || s.Passed != 1 {
			t.Errorf("the page stands at %+v", s)
		}
	})
	if seen.bytes() != 0 || seen.most != len(long) || len(seen.waited) != 1 {
		t.Errorf("%d bytes are under way, %d were at most, %d have waited", seen.bytes(), seen.most, len(seen.waited))
	}
}

// TestAVisitorThatComesBackWithoutParts leaves the parcel that nobody else receives.
func TestAVisitorThatComesBackWithoutParts(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		h := w.holder(haveLong, optingForParts)
		w.visitor(wantLong, optingTabParts)
		h.answerInParts(haveLong, long)
		h.take()
		back := w.dialOver("longpoll", protocol.V2)
		back.join(wantLong, optingTabParts)
		w.answered(h)
		if got := back.texts(); !sameJSON(got[len(got)-1], wholeLong) {
			t.Errorf("came %.80q", got)
		}
		if seen.bytes() != 0 {
			t.Errorf("%d bytes are under way", seen.bytes())
		}
	})
}

// TestATabHasOneConnection: what it had on the page over another one is over, be it the other side of it.
func TestATabHasOneConnection(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		waited := w.visitor(want, optingTab)
		h := w.dial(protocol.V2)
		h.join(have, optingTab)
		h.hears(reply(1, have, welcomed(state{Holders: 1, Peak: 1})), count(have, 1), stands(have, state{Holders: 1, Peak: 1}))
		waited.take()
		original := w.holder(have, `{}`)
		w.drop()
		waits := w.dial(protocol.V2)
		waits.join(want, optingTab)
		there := state{Holders: 1, Waiting: 1, Peak: 2}
		waits.hears(reply(1, want, welcomed(there)), stands(want, there))
		h.hears(closed(1, have))
		original.hears(count(have, 1), push(1, have, eventRequest, `{}`))
		waited.hears()
	})
}

// TestTheFlightOfAVisitorThatHasThePage ends: it needs no answer any more.
func TestTheFlightOfAVisitorThatHasThePage(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		other := w.holder(have, `{}`)
		w.visitor(want, optingTab)
		if !other.asked(have) {
			t.Fatal("the holder was not asked")
		}
		w.holder(have, optingTab)
		after(time.Hour)
		other.hears(count(have, 2))
	})
	if !slices.Equal(seen.outcomes, []Outcome{Dropped}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
}

// TestTheLastHolderMayBeAGhost: then nobody has the page.
func TestTheLastHolderMayBeAGhost(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		w.holder(have, optingTab)
		after(time.Minute)
		v := w.dial(protocol.V2)
		v.join(want, optingTab)
		v.hears(reply(1, want, welcomed(state{Waiting: 1})), stands(want, state{Waiting: 1}))
	})
}

// TestWhoIsNoGhost: who has another token or none, who is on another page, and the same tab on both sides of one.
func TestWhoIsNoGhost(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		both := w.holder(have, optingTab)
		both.join(want, optingTab)
		both.join(have, optingTab) // a duplicate join as any
		w.holder(have, saying(optingIn, token+"x"))
		w.holder(have, optingIn)
		w.holder(have, `{"tab_token":"`+token+`"}`) // without opting in it is nothing
		w.holder(topicHave+"another", optingTab)
		w.visitor(topicWant+"another page", optingTab)
		if s := w.relay.state(hiHash); s.Holders != 4 || s.Waiting != 1 {
			t.Errorf("the page stands at %+v", s)
		}
		if got := both.events(have); slices.Contains(got[1:], protocol.EventError) {
			t.Errorf("the tab heard %q", got)
		}
	})
}

// TestBadTokens are refused, on every topic, with a reason, and leave nothing.
func TestBadTokens(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		for _, bad := range []string{
			`""`, `null`, `5`, `true`, `[]`, `{}`, `"` + token[1:] + `"`, `"` + strings.Repeat("x", 65) + `"`, `"` + token + `!"`,
			`"` + token + ` "`, `"` + token + `é"`, `["` + token + `"]`, `"` + token + `\u0000"`, `"` + strings.Repeat("x", 1<<20) + `"`,
		} {
			for _, topic := range []string{have, want, topicAll} {
				c := w.dial(protocol.V2)
				c.join(topic, `{"ephemeral":1,"tab_token":`+bad+`}`)
				c.hears(fmt.Sprintf(`["1","1",%q,"phx_reply",{"status":"error","response":{"reason":"tab_token is not 16 to 64 of A-Z, a-z, 0-9, - and _"}}]`, topic))
			}
		}
		for _, good := range []string{token, strings.Repeat("-", 64), `AZaz09_-AZaz09_\u002d`} {
			c := w.dial(protocol.V2)
			for _, topic := range []string{have, want, topicAll} {
				c.join(topic, `{"ephemeral":1,"tab_token":"`+good+`"}`)
				if got := c.events(topic); len(got) == 0 || got[0] != protocol.EventReply {
					t.Errorf("%s: heard %q", good, got)
				}
			}
		}
		if seen.members[KindHave] != 3 || seen.members[KindWant] != 3 || seen.members[KindAll] != 3 {
			t.Errorf("members: %v", seen.members)
		}
	})
	for kind, n := range seen.members {
		if n != 0 {
			t.Errorf("%d members of %s are left", n, kind)
		}
	}
}

// TestTokensAreNobodyElses: they are in no frame and, with Phoenix's own filter, in no log.
func TestTokensAreNobodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w := newWorld(t, Options{Logger: logger})
		w.endpoint = phoenix.NewEndpoint(phoenix.Config{Logger: logger})
		for range 3 {
			w.dial(protocol.V2).join(have, optingTab)
			w.dial(protocol.V2).join(want, optingTab)
			w.dial(protocol.V2).join(topicAll, optingTab)
			w.dial(protocol.V2).join(have, saying(optingIn, token+"!"))
			synctest.Wait()
		}
		for _, c := range w.clients {
			for _, f := range c.take() {
				if bytes.Contains(f.Bytes(), []byte(token)) {
					t.Errorf("sent: %s", f.Bytes())
				}
			}
		}
		w.end()
		if text := log.String(); strings.Contains(text, token) || !strings.Contains(text, "FILTERED") {
			t.Errorf("logged: %s", text)
		}
	})
}
