package channels

import (
	"flag"
	"math"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// TestTheOnlyHolderAlwaysWins: with one holder the chance is 1.
func TestTheOnlyHolderAlwaysWins(t *testing.T) {
	inWorld(t, Options{Ask: Lottery}, func(t *testing.T, w *world) {
		h, v := w.holder(have, `{}`), w.visitor(want, `{}`)
		for range 1000 {
			v.request(want, hiHash)
			h.hears(push(1, have, eventRequest, `{}`))
		}
	})
}

// TestTheLottery: each of n holders is asked with the chance 1/n, independently of the others. See deviation for the
// bounds.
func TestTheLottery(t *testing.T) {
	const rounds = 4000
	for _, n := range []int{2, 5} {
		inWorld(t, Options{Ask: Lottery}, func(t *testing.T, w *world) {
			w.relay.float = rand.New(rand.NewPCG(3, uint64(n))).Float64
			var holders []*client
			for range n {
				holders = append(holders, w.holder(have, `{}`))
			}
			v := w.visitor(want, `{}`)
			w.drop()
			asked := make([]int, n)
			together := make([]int, n+1) // rounds by how many were asked
			for range rounds {
				v.request(want, hiHash)
				synctest.Wait()
				k := 0
				for i, h := range holders {
					h.mu.Lock()
					asked[i] += len(h.frames)
					k += len(h.frames)
					h.frames = nil
					h.mu.Unlock()
				}
				together[k]++
			}
			p := 1 / float64(n)
			for i, got := range asked {
				if want := rounds * p; math.Abs(float64(got)-want) > deviation(rounds) {
					t.Errorf("n=%d: holder %d was asked %d times in %d rounds, want about %.0f", n, i, got, rounds, want)
				}
			}
			for k, got := range together {
				want := rounds * binomial(n, k) * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
				if math.Abs(float64(got)-want) > deviation(rounds) {
					t.Errorf("n=%d: %d were asked in %d rounds, want about %.0f", n, k, got, want)
				}
			}
		})
	}
}

func binomial(n, k int) float64 {
	b := 1.0
	for i := range k {
		b = b * float64(n-i) / float64(i+1)
	}
	return b
}

// TestLotteryAsksForTheEager: who opted in need not ask, whatever the draws.
func TestLotteryAsksForTheEager(t *testing.T) {
	inWorld(t, Options{Ask: Lottery}, func(t *testing.T, w *world) {
		var unlucky atomic.Bool
		unlucky.Store(true)
		w.relay.float = func() float64 {
			if unlucky.Load() {
				return 0.5 // of two holders: just not
			}
			return 0.4999
		}
		v := w.visitor(want, optingIn)
		a, b := w.holder(have, `{}`), w.holder(have, `{}`)
		w.drop()
		for range 10 {
			after(askAgain)
		}
		a.hears()
		b.hears()
		unlucky.Store(false)
		after(askAgain)
		a.hears(push(1, have, eventRequest, `{}`))
		b.hears(push(1, have, eventRequest, `{}`))
		a.answer(have, hi, hiHash)
		b.answer(have, hi, hiHash)
		if got := v.events(want); len(got) == 0 || got[len(got)-1] != eventContent {
			t.Errorf("the visitor heard %q", got)
		}
		v.hears()
		after(time.Hour)
		a.hears()
	})
}

// TestTheLotteryIsAmongThoseThatCanBeAsked: who is barred is not drawn, and takes no chance from the others.
func TestTheLotteryIsAmongThoseThatCanBeAsked(t *testing.T) {
	inWorld(t, Options{Ask: Lottery, MaxContent: 100}, func(t *testing.T, w *world) {
		barred, other, v := w.holder(have, `{}`), w.holder(have, `{}`), w.visitor(want, `{}`)
		barred.answer(have, strings.Repeat("x", 101), hiHash)
		w.drop()
		for range 100 {
			v.request(want, hiHash)
			barred.hears()
			other.hears(push(1, have, eventRequest, `{}`))
		}
		other.hangUp()
		w.drop()
		v.request(want, hiHash)
		barred.hears()
	})
}

// TestLotteryBroadcasts: every request goes to the topic, where anybody on the bus can hear it.
func TestLotteryBroadcasts(t *testing.T) {
	inWorld(t, Options{Ask: Lottery}, func(t *testing.T, w *world) {
		heard := 0
		s := w.endpoint.Subscribe(have, func(b protocol.Broadcast) {
			if b.Event == eventRequest && b.Payload.String() == `{}` {
				heard++
			}
		})
		defer s.Unsubscribe()
		h, v := w.holder(have, `{}`), w.visitor(want, `{}`)
		for range 3 {
			v.request(want, hiHash)
		}
		synctest.Wait()
		if heard != 3 {
			t.Errorf("%d broadcasts", heard)
		}
		h.hangUp()
		synctest.Wait()
		v.request(want, hiHash)
		synctest.Wait()
		if heard != 3 {
			t.Error("a request that nobody can answer was broadcast")
		}
	})
}

func TestAskModeIsAFlag(t *testing.T) {
	var mode AskMode
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(discard{})
	flags.TextVar(&mode, "ask", OneDraw, "")
	if err := flags.Parse([]string{"--ask=lottery"}); err != nil || mode != Lottery {
		t.Errorf("%v, %v", mode, err)
	}
	if err := flags.Parse([]string{"--ask=one"}); err != nil || mode != OneDraw {
		t.Errorf("%v, %v", mode, err)
	}
	if err := flags.Parse([]string{"--ask=all"}); err == nil {
		t.Error("another word was taken")
	}
	if got := AskMode(7).String(); got != "AskMode(7)" {
		t.Error(got)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
