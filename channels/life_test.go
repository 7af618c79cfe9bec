package channels

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// TestTheLifeOfAPage: it begins with the first holder, ends with the last one, and nothing is left of it then.
func TestTheLifeOfAPage(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		life := func(want state) {
			t.Helper()
			synctest.Wait()
			if got := w.relay.state(hiHash); got.Age != want.Age || got.Peak != want.Peak || got.Passed != want.Passed {
				t.Fatalf("the page stands at %+v, want %+v", got, want)
			}
		}
		waiting := w.visitor(want, `{}`)
		after(time.Minute)
		life(state{})
		a := w.holder(have, `{}`)
		life(state{Peak: 1})
		after(1500 * time.Millisecond)
		life(state{Age: 1, Peak: 1})
		b, c := w.holder(have, `{}`), w.holder(have, optingIn)
		a.hangUp()
		b.hangUp()
		c.answer(have, hi, hiHash)
		life(state{Age: 1, Peak: 3, Passed: 1})
		c.answer(have, hi, hiHash) // to nobody
		after(time.Hour)
		life(state{Age: 3601, Peak: 3, Passed: 1})
		w.visitor(want, `{}`)
		w.visitor(want, `{}`)
		c.answer(have, hi, hiHash)
		life(state{Age: 3601, Peak: 3, Passed: 3})
		d := w.visitor(want, optingIn)
		d.hangUp()
		c.hangUp()
		life(state{})
		d = w.dial(protocol.V2)
		d.join(have, optingIn)
		if got := d.texts()[0]; !sameJSON(got, reply(1, have, welcomed(state{Holders: 1, Peak: 1}))) {
			t.Errorf("the first one of a new life was answered %s", got)
		}
		waiting.take()
	})
}

// TestWhoHasTooMuchKeepsNoPageAlive: nobody can be given it.
func TestWhoHasTooMuchKeepsNoPageAlive(t *testing.T) {
	inWorld(t, Options{MaxContent: 100}, func(t *testing.T, w *world) {
		h := w.holder(have, optingIn)
		after(time.Minute)
		h.answer(have, strings.Repeat("x", 101), hiHash)
		h.take()
		if s := w.relay.state(hiHash); s != (state{TooLarge: 1}) {
			t.Errorf("the page stands at %+v", s)
		}
	})
}

// TestHandOversAreNoMoreThanTheLife: what is on its way when the last holder leaves arrives, and counts for no life.
func TestHandOversAreNoMoreThanTheLife(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		v := w.orphaned()
		other := w.visitor(wantLong, `{}`)
		v.reads(wantLong, long)
		if s := w.relay.state(longHash); s != (state{Waiting: 1}) {
			t.Errorf("the page stands at %+v", s)
		}
		other.take()
	})
}

// TestHandOversAreTold like the count: at once to few.
func TestHandOversAreTold(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, other := w.holder(have, optingIn), w.holder(have, optingIn)
		for passed := 1; passed < 4; passed++ {
			w.visitor(want, `{}`)
			other.take()
			h.answer(have, hi, hiHash)
			other.hears(stands(have, state{Holders: 2, Peak: 2, Passed: passed}))
		}
	})
}

// TestTimeAloneIsNoNews: nothing is sent because a second has passed.
func TestTimeAloneIsNoNews(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(have, optingIn)
		h.take()
		after(time.Hour)
		w.relay.request("another")
		h.answer(have, hi, hiHash) // to nobody
		h.hears()
	})
}

// TestOnAll whoever opts in is told the limit, and others nothing.
func TestOnAll(t *testing.T) {
	inWorld(t, Options{MaxContent: 1234}, func(t *testing.T, w *world) {
		for payload, response := range map[string]string{
			`{}`: `{}`, optingIn: `{"ephemeral":1,"max_content":1234}`, optingForParts: `{"ephemeral":1,"max_content":1234}`,
			`null`: `{}`, `{"ephemeral":0}`: `{}`,
		} {
			c := w.dial(protocol.V2)
			c.join(topicAll, payload)
			c.hears(reply(1, topicAll, response))
			c.send(topicAll, "nonsense", `[]`)
			c.hears()
		}
	})
}

// TestTheNumbersOfALifeAreAlwaysThere, also when they are 0: a client need not guess what an older server would leave out.
func TestTheNumbersOfALifeAreAlwaysThere(t *testing.T) {
	for _, v := range []any{state{}, welcome{}} {
		var got map[string]any
		if err := json.Unmarshal(encode(v).Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"holders", "waiting", "age", "peak", "passed"} {
			if _, ok := got[name]; !ok {
				t.Errorf("%T is without %s: %v", v, name, got)
			}
		}
		if _, ok := got["part"]; ok {
			t.Errorf("%T offers parts: %v", v, got)
		}
	}
}
