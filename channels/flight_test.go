package channels

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A recorder is an Observer that remembers.
type recorder struct {
	mu        sync.Mutex
	members   map[Kind]int
	outcomes  []Outcome
	took      []time.Duration
	delivered []int
	waited    []time.Duration
	underWay  int
	most      int // that it ever was
}

func (r *recorder) Member(kind Kind, delta int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members == nil {
		r.members = map[Kind]int{}
	}
	r.members[kind] += delta
}

func (r *recorder) Asked(outcome Outcome, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes = append(r.outcomes, outcome)
	r.took = append(r.took, took)
}

func (r *recorder) Delivered(visitors, _ int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delivered = append(r.delivered, visitors)
}

func (r *recorder) Waited(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waited = append(r.waited, d)
}

func (r *recorder) UnderWay(delta int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.underWay += delta
	r.most = max(r.most, r.underWay)
}

// bytes returns how many are under way.
func (r *recorder) bytes() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.underWay
}

func TestRequestsShareAFlight(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(have, `{}`)
		visitors := []*client{w.visitor(want, `{}`), w.visitor(want, `{}`), w.visitor(want, `{}`)}
		for _, v := range visitors {
			v.request(want, hiHash)
		}
		h.hears(push(1, have, eventRequest, `{}`))
		h.answer(have, hi, hiHash)
		for _, v := range visitors {
			if got := v.events(want); !slices.Equal(got, []string{eventContent}) {
				t.Errorf("a visitor heard %q", got)
			}
		}
	})
}

// TestContentOnceInEachJoin: a visitor gets content once, however often it is answered, until it joins again.
func TestContentOnceInEachJoin(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.holder(have, `{}`), w.visitor(want, `{}`)
		h.answer(have, hi, hiHash)
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		late := w.visitor(want, `{}`)
		h.answer(have, hi, hiHash)
		h.answer(have, hi, hiHash)
		v.hears()
		late.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		v.request(want, hiHash)
		h.answer(have, hi, hiHash)
		v.hears()
		v.join(want, `{}`)
		v.take()
		h.answer(have, hi, hiHash)
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
	})
}

// TestFrozenHoldersArePassedOver: each holder has 1.5 s, and then another one is asked, until all were.
func TestFrozenHoldersArePassedOver(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		const n = 5
		var holders []*client
		for range n {
			holders = append(holders, w.holder(have, `{}`))
		}
		v := w.visitor(want, `{}`)
		w.drop()
		v.request(want, hiHash)
		for i := range n {
			if got := countAsked(holders, have); got != 1 {
				t.Fatalf("in slot %d, %d holders were asked", i, got)
			}
			after(1499 * time.Millisecond)
			if got := countAsked(holders, have); got != 0 {
				t.Fatalf("in slot %d another holder was asked too early", i)
			}
			v.request(want, hiHash) // joins the flight
			after(time.Millisecond)
		}
		after(time.Hour)
		if got := countAsked(holders, have); got != 0 {
			t.Error("somebody was asked twice in a flight")
		}
		v.request(want, hiHash)
		if got := countAsked(holders, have); got != 1 {
			t.Errorf("the next flight asked %d holders", got)
		}
	})
	if !slices.Equal(seen.outcomes[:5], slices.Repeat([]Outcome{TimedOut}, 5)) || seen.took[0] != DefaultAskTimeout {
		t.Errorf("the asks ended %q after %v", seen.outcomes, seen.took)
	}
}

// TestAFrozenHolderCostsOneVisitor its time, not each: it is asked after those that answer, until it answers again.
func TestAFrozenHolderCostsOneVisitor(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		var holders []*client
		for range 5 {
			holders = append(holders, w.holder(have, `{}`))
		}
		v := w.visitor(want, `{}`)
		w.drop()
		v.request(want, hiHash)
		frozen := slices.IndexFunc(holders, func(h *client) bool { return h.asked(have) })
		after(DefaultAskTimeout)
		answer := func() {
			for i, h := range holders {
				if h.asked(have) {
					if i == frozen {
						t.Fatal("the frozen holder was asked before the others")
					}
					h.answer(have, hi, hiHash)
				}
			}
		}
		answer()
		for range 50 {
			w.visitor(want, `{}`).request(want, hiHash)
			answer()
		}
		for i, h := range holders {
			if i != frozen {
				h.hangUp()
			}
		}
		holders[frozen].take()
		w.visitor(want, `{}`).request(want, hiHash)
		if !holders[frozen].asked(have) {
			t.Fatal("the frozen holder was not asked when it was the last one")
		}
		holders[frozen].answer(have, hi, hiHash) // and is as good as any again
		w.holder(have, `{}`)
		asked := 0
		for range 60 {
			v := w.visitor(want, `{}`)
			v.request(want, hiHash)
			if holders[frozen].asked(have) {
				asked++
			}
			v.hangUp()
			w.drop()
		}
		if asked == 0 { // by chance: once in 2^60
			t.Error("a holder that answered again is not asked")
		}
	})
}

// TestALateAnswerIsWelcome: it serves who waits, and ends the flight; whoever is asked meanwhile has been overtaken.
func TestALateAnswerIsWelcome(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		holders := []*client{w.holder(have, `{}`), w.holder(have, `{}`), w.holder(have, `{}`)}
		v := w.visitor(want, `{}`)
		w.drop()
		v.request(want, hiHash)
		first := slices.IndexFunc(holders, func(h *client) bool { return h.asked(have) })
		after(2 * time.Second)
		w.drop()
		holders[first].answer(have, hi, hiHash)
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		after(time.Hour)
		if got := countAsked(holders, have); got != 0 {
			t.Error("the flight went on after its content")
		}
	})
	if !slices.Equal(seen.outcomes, []Outcome{TimedOut, Overtaken}) {
		t.Errorf("the asks ended %q", seen.outcomes)
	}
	if !slices.Equal(seen.waited, []time.Duration{2 * time.Second}) {
		t.Errorf("the visitor waited %v", seen.waited)
	}
}

// TestLiarsAndLeaversCostNoTime: another holder is asked at once.
func TestLiarsAndLeaversCostNoTime(t *testing.T) {
	for outcome, fail := range map[Outcome]func(*client){
		Wrong:    func(h *client) { h.answer(have, "not it", hiHash) },
		Gone:     func(h *client) { h.hangUp() },
		TooLarge: func(h *client) { h.answer(have, strings.Repeat("x", 101), hiHash) },
	} {
		seen := new(recorder)
		inWorld(t, Options{Observer: seen, MaxContent: 100}, func(t *testing.T, w *world) {
			const n = 5
			var holders []*client
			for range n {
				holders = append(holders, w.holder(have, `{}`))
			}
			v := w.visitor(want, `{}`)
			w.drop()
			v.request(want, hiHash)
			for i := range n {
				asked := slices.IndexFunc(holders, func(h *client) bool { return h.asked(have) })
				if asked < 0 {
					t.Fatalf("%s: nobody was asked after %d", outcome, i)
				}
				if i == n-1 {
					holders[asked].answer(have, hi, hiHash)
					break
				}
				fail(holders[asked])
				holders = slices.Delete(holders, asked, asked+1)
			}
			v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		})
		if want := append(slices.Repeat([]Outcome{outcome}, 4), Answered); !slices.Equal(seen.outcomes, want) {
			t.Errorf("the asks ended %q, want %q", seen.outcomes, want)
		}
		if !slices.Equal(seen.waited, []time.Duration{0}) {
			t.Errorf("%s: the visitor waited %v", outcome, seen.waited)
		}
	}
}

// TestNobodyWaits: the last visitor takes the flight along, and a new one starts a new flight.
func TestNobodyWaits(t *testing.T) {
	seen := new(recorder)
	inWorld(t, Options{Observer: seen}, func(t *testing.T, w *world) {
		holders := []*client{w.holder(have, `{}`), w.holder(have, `{}`)}
		v := w.visitor(want, `{}`)
		w.drop()
		v.request(want, hiHash)
		v.send(want, protocol.EventLeave, `{}`)
		after(time.Hour)
		if n := countAsked(holders, have); n != 1 {
			t.Errorf("%d holders were asked", n)
		}
		v.join(want, `{}`)
		v.request(want, hiHash)
		if n := countAsked(holders, have); n != 1 {
			t.Errorf("%d holders were asked in the new flight", n)
		}
	})
	if seen.outcomes[0] != Dropped {
		t.Errorf("the first ask ended %q", seen.outcomes[0])
	}
	for kind, n := range seen.members {
		if n != 0 {
			t.Errorf("%d members of %s are left", n, kind)
		}
	}
}

// TestWithoutAHolderARequestIsDropped: the original's visitor asks again itself.
func TestWithoutAHolderARequestIsDropped(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		v := w.visitor(want, `{}`)
		v.request(want, hiHash)
		h := w.holder(have, `{}`)
		h.hears()
		after(time.Hour)
		h.hears()
		v.request(want, hiHash)
		h.hears(push(1, have, eventRequest, `{}`))
	})
}

// TestTooLargeIsNotACrash: a holder with too much stays, is not asked again, and nobody gets what it sent, even if it is
// the right content.
func TestTooLargeIsNotACrash(t *testing.T) {
	page := strings.Repeat("é", 50) + "x" // 101 bytes
	hash := hashOf(page)
	inWorld(t, Options{MaxContent: 100}, func(t *testing.T, w *world) {
		h, v := w.holder(topicHave+hash, `{}`), w.visitor(topicWant+hash, `{}`)
		v.request(topicWant+hash, hash)
		h.take()
		h.answer(topicHave+hash, page, hash)
		h.hears()
		v.hears()
		v.request(topicWant+hash, hash)
		h.hears()
		w.relay.options.MaxContent = 101 // what follows is the limit itself
		h.answer(topicHave+hash, page, hash)
		v.hears(broadcast(topicWant+hash, eventContent, `{"content":"`+page+`"}`))
	})
}

// TestEightMegabytes: one page of the largest size, to visitors who share the one frame of it.
func TestEightMegabytes(t *testing.T) {
	page := strings.Repeat("0123456é", DefaultMaxContent/9)
	page += strings.Repeat("x", DefaultMaxContent-len(page))
	hash := hashOf(page)
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(topicHave+hash, `{}`)
		var visitors []*client
		for range 50 {
			visitors = append(visitors, w.visitor(topicWant+hash, `{}`))
		}
		h.answer(topicHave+hash, page, hash)
		var shared *byte
		for _, v := range visitors {
			frames := v.take()
			if len(frames) != 1 || len(frames[0].Bytes()) < DefaultMaxContent {
				t.Fatalf("a visitor got %d frames", len(frames))
			}
			if first := &frames[0].Bytes()[0]; shared == nil {
				shared = first
			} else if shared != first {
				t.Fatal("two visitors got the page in two copies")
			}
		}
		h.answer(topicHave+hash, page+"x", hash)
		h.hears() // over the limit: no crash
		synctest.Wait()
	})
}
