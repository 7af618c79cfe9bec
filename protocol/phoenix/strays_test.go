package phoenix_test

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// inSmallWorld runs a test in a world whose connections may have so many channels.
func inSmallWorld(t *testing.T, limit int, test func(w *world, g *guestbook)) {
	t.Helper()
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, MaxChannels: limit}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) { test(w, g) })
}

// Who joins a busy channel's topic again and again is stopped where who joins as many topics is.
func TestAbandonedChannelsCount(t *testing.T) {
	inSmallWorld(t, 3, func(w *world, _ *guestbook) {
		c := w.dial(protocol.V2)
		for _, ref := range []string{"1", "2", "3"} {
			c.says(join(ref, "a"), message(ref, "s", "a", "sleep 1m", "{}"))
			if got := c.texts(); len(got) == 0 || !sameJSON(got[0], joined(ref, "a")) {
				t.Errorf("heard %q", got)
			}
		}
		before := time.Now()
		c.says(join("4", "a"))
		if took := time.Since(before); took != 5*time.Second {
			t.Errorf("the join took %v", took)
		}
		c.hears(failed("4", "4", "a", "too many channels joined"), closed("3", "a"))
		other := w.dial(protocol.V2)
		other.says(join("1", "a"))
		other.hears(joined("1", "a"))
		after(time.Minute)
		for _, topic := range []string{"a", "b", "c"} {
			c.says(join("5", topic))
			c.hears(joined("5", topic))
		}
		c.says(join("6", "d"))
		c.hears(failed("6", "6", "d", "too many channels joined"))
	})
}

// A join waits for a callback that is about to return, however it does.
func TestAJoinWaitsForAnAbandonedChannel(t *testing.T) {
	for _, event := range []string{"sleep 1s", "sleep_fail 1s", "sleep_panic 1s", "sleep_goexit 1s"} {
		inSmallWorld(t, 1, func(w *world, _ *guestbook) {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"), message("1", "s", "a", event, "{}"))
			c.take()
			before := time.Now()
			c.says(join("2", "a"))
			if took := time.Since(before); took != time.Second {
				t.Errorf("%s: the join took %v", event, took)
			}
			c.hears(joined("2", "a"), closed("1", "a"))
			c.says(join("3", "a")) // nothing is abandoned any more
			c.hears(joined("3", "a"), closed("2", "a"))
		})
	}
}

// A channel that was awaited in vain counts, too.
func TestAbandonedTrappersCount(t *testing.T) {
	inSmallWorld(t, 1, func(w *world, _ *guestbook) {
		c := w.dial(protocol.V2)
		c.says(join("1", "trap"), message("1", "2", "trap", "sleep 1m", "{}"))
		c.take()
		before := time.Now()
		c.says(join("3", "trap"))
		if took := time.Since(before); took != 10*time.Second {
			t.Errorf("the join took %v", took)
		}
		c.hears(failed("3", "3", "trap", "too many channels joined"), closed("1", "trap"))
		after(time.Minute)
		c.says(join("4", "trap"), message("4", "5", "trap", "word goexit", "{}"))
		c.hears(joined("4", "trap"), ok("4", "5", "trap", "{}"))
		c.says(join("6", "trap"), join("7", "trap"))
		c.hears(joined("6", "trap"), closed("4", "trap"), joined("7", "trap"), closed("6", "trap"))
	})
}

// So do channels that were left and take their time to end.
func TestLeftChannelsCount(t *testing.T) {
	inSmallWorld(t, 2, func(w *world, _ *guestbook) {
		c := w.dial(protocol.V2)
		for _, topic := range []string{"a", "b"} {
			c.says(join("1", topic), message("1", "2", topic, "word sleep", "{}"), message("1", "3", topic, "phx_leave", "{}"))
		}
		c.take()
		before := time.Now()
		c.says(join("1", "c"))
		if took := time.Since(before); took != time.Second {
			t.Errorf("the join took %v", took)
		}
		c.hears(joined("1", "c"))
		c.says(join("1", "d"))
		c.hears(joined("1", "d"))
	})
}

// At the limit, a join behind a channel's last word is let in: its goroutine may not have gone yet.
func TestAJoinAtTheLimitRightBehindAnAnswer(t *testing.T) {
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).plain}}, MaxChannels: 1}
	w := newWorld(t, u, phoenix.Config{})
	c := w.dial(protocol.V2)
	heard := func() (first, last string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return string(c.frames[0].Bytes()), string(c.frames[len(c.frames)-1].Bytes())
	}
	for i := range 1000 {
		ref := strconv.Itoa(i)
		event := []string{"ok", "phx_leave"}[i%2]
		c.says(join(ref, "a"), message(ref, "x", "a", event, "{}"))
		first, last := heard()
		if !sameJSON(first, joined(ref, "a")) {
			t.Fatalf("the join was answered %s", first)
		}
		for want := []string{ok(ref, "x", "a", "{}"), closed(ref, "a")}[i%2]; !sameJSON(last, want); _, last = heard() {
			runtime.Gosched()
		}
		c.mu.Lock()
		c.frames = nil
		c.mu.Unlock()
	}
	c.hangUp(nil)
	<-c.session.Done()
}
