package channels

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func TestPause(t *testing.T) {
	for n, want := range map[int]time.Duration{
		0: 0, 1: 0, 19: 0, 20: 4 * time.Millisecond, 1000: 200 * time.Millisecond, 5000: time.Second, 1_000_000: time.Second,
	} {
		if got := pause(n); got != want {
			t.Errorf("pause(%d) = %v, want %v", n, got, want)
		}
	}
}

// counts returns the numbers of the visitors_count frames since the last time.
func (c *client) counts(topic string) (numbers []int) {
	c.w.Helper()
	for _, text := range c.texts() {
		var frame [5]any
		if err := json.Unmarshal([]byte(text), &frame); err != nil {
			c.w.Fatalf("%s: %v", text, err)
		}
		if frame[2] == topic && frame[3] == eventCount {
			numbers = append(numbers, int(frame[4].(map[string]any)["count"].(float64)))
		}
	}
	return numbers
}

// TestFewHearEveryNumber: below 20 nothing is held back, not even within one instant.
func TestFewHearEveryNumber(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		first := w.holder(have, `{}`)
		for n := 2; n < 20; n++ {
			w.holder(have, `{}`)
			if got := first.counts(have); len(got) != 1 || got[0] != n {
				t.Fatalf("at the %d. join came %v", n, got)
			}
		}
	})
}

// TestCrowdIsCountedNowAndThen: n joins must not cost n² frames, and the last number is exact.
func TestCrowdIsCountedNowAndThen(t *testing.T) {
	const crowd = 500
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		first := w.holder(have, `{}`)
		var others []*client
		for range crowd - 1 { // one instant
			c := w.dial(protocol.V2)
			c.join(have, `{}`)
			others = append(others, c)
		}
		got := first.counts(have)
		if len(got) != 18 || got[17] != 19 { // from 20 on there is a pause, and the 19th was told just now
			t.Fatalf("in one instant came %v", got)
		}
		after(pause(crowd))
		if got := first.counts(have); len(got) != 1 || got[0] != crowd {
			t.Fatalf("after the pause came %v", got)
		}
		after(time.Hour)
		if got := first.counts(have); len(got) != 0 {
			t.Fatalf("when all was quiet came %v", got)
		}
		for _, c := range others {
			if got := c.counts(have); len(got) == 0 || got[len(got)-1] != crowd {
				t.Fatalf("another holder heard %v at last", got)
			}
		}
		// The first of two changes is told at once, the second one held back; after a pause nothing is.
		others[0].hangUp()
		if got := first.counts(have); len(got) != 1 || got[0] != crowd-1 {
			t.Fatalf("at the first leave came %v", got)
		}
		others[1].hangUp()
		if got := first.counts(have); len(got) != 0 {
			t.Fatalf("at the second leave came %v", got)
		}
		after(pause(crowd-2) - 1)
		if got := first.counts(have); len(got) != 0 {
			t.Fatalf("before the pause was over came %v", got)
		}
		after(1)
		if got := first.counts(have); len(got) != 1 || got[0] != crowd-2 {
			t.Fatalf("after the pause came %v", got)
		}
	})
}

// TestTheLeaverHearsItsNumber at its place between the other frames, though the others have to wait for theirs.
func TestTheLeaverHearsItsNumber(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		var holders []*client
		for range 30 {
			holders = append(holders, w.holder(have, `{}`))
		}
		after(time.Second)
		w.drop()
		holders[0].hangUp() // takes the free place
		if got := holders[9].counts(have); len(got) != 1 || got[0] != 29 {
			t.Fatalf("at the first leave came %v", got)
		}
		w.drop()
		holders[1].send(have, protocol.EventLeave, `{}`)
		holders[1].hears(`["1","2","`+have+`","phx_reply",{"status":"ok","response":{}}]`, closed(1, have), count(have, 28))
		holders[2].answer(have, "not it", hiHash)
		holders[2].hears(count(have, 27), crashed(1, have))
		holders[9].hears()
		after(time.Second)
		holders[9].hears(count(have, 27))
	})
}

// TestWhenACrowdShrinks the shorter pause holds at once: the last leave is not told late.
func TestWhenACrowdShrinks(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		var holders []*client
		for range 22 {
			holders = append(holders, w.holder(have, `{}`))
		}
		after(time.Second)
		w.drop()
		for _, h := range holders[:3] { // 21 at once, 20 held back, 19 at once
			h.hangUp()
		}
		if got := holders[9].counts(have); len(got) != 2 || got[0] != 21 || got[1] != 19 {
			t.Fatalf("came %v", got)
		}
		after(time.Hour)
		holders[9].hears()
	})
}
