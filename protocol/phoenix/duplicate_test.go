package phoenix_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// PROTOCOL.md §4.5: the new join's reply, then the old one's phx_close, then what the new one says.
func TestDuplicateJoin(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "word bye", "{}"))
		c.take()
		c.says(join("3", "a"), message("3", "4", "a", "push", "{}"), message("1", "5", "a", "push", "{}"))
		c.hears(joined("3", "a"), closed("1", "a"), pushed("3", "a", "pushed", "{}"))
		if got := g.endings(); len(got) != 0 {
			t.Errorf("Terminate was told %v, but does not trap exits", got)
		}
		if n := w.endpoint.Bus().Count("a"); n != 1 {
			t.Errorf("%d subscriptions, want 1", n)
		}
		if logs := w.logs(); !strings.Contains(logs, "level=DEBUG msg=\"a duplicate join") {
			t.Errorf("the log does not tell:\n%s", logs)
		}
		// The state is the new one's: its fields are fresh.
		c.says(message("3", "6", "a", "stop normal", "{}"))
		c.hears(closed("3", "a"))
	})
}

// What the new channel says in its Join comes behind what the old one had to say.
func TestDuplicateJoinThatSpeaks(t *testing.T) {
	channel, _ := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) { return nil, s.Push("hello", nil) })
	inWorld(t, func() phoenix.Channel { return &trappingJoiner{channel().(*watchedJoiner)} }, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), join("2", "a"))
		c.hears(joined("1", "a"), pushed("1", "a", "hello", "{}"),
			joined("2", "a"),
			pushed("1", "a", "last push", "{}"), fastlane("a", "last broadcast", "{}"), fastlane("a", "prepared", "{}"), closed("1", "a"),
			pushed("2", "a", "hello", "{}"))
	})
}

type trappingJoiner struct{ *watchedJoiner }

func (trappingJoiner) TrapExit() bool { return true }

func TestDuplicateJoinV1(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V1)
		c.says(`{"topic":"a","event":"phx_join","payload":{},"ref":"1"}`, `{"topic":"a","event":"phx_join","payload":{},"ref":"2"}`)
		c.hears(`{"topic":"a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}`,
			`{"topic":"a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"2"}`,
			`{"topic":"a","event":"phx_close","payload":{},"ref":null}`)
		c.says(`{"topic":"b","event":"phx_join","payload":{},"ref":"3","join_ref":"3"}`, `{"topic":"b","event":"phx_join","payload":{},"ref":"4","join_ref":"4"}`)
		c.hears(`{"topic":"b","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"3"}`,
			`{"topic":"b","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"4"}`,
			`{"topic":"b","event":"phx_close","payload":{},"ref":"3"}`)
	})
}

// A callback that runs cannot be stopped: what it says is discarded, and what it waits for as well.
func TestDuplicateJoinOfABusyChannel(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"), message("1", "3", "a", "push", "{}"), message("1", "4", "a", "stop normal", "{}"))
		c.hears(joined("1", "a"))
		old := g.socket("a")
		c.says(join("5", "a"), message("5", "6", "a", "ok", "{}"))
		c.hears(joined("5", "a"), closed("1", "a"), ok("5", "6", "a", "{}"))
		for name, err := range map[string]error{
			"Push": old.Push("e", nil), "Broadcast": old.Broadcast("e", nil), "BroadcastFrom": old.BroadcastFrom("e", nil),
			"PushFastlane": old.PushFastlane(aFastlane()), "Subscribe": old.Subscribe("elsewhere"),
		} {
			if !errors.Is(err, phoenix.ErrEnded) {
				t.Errorf("%s of the old channel returned %v", name, err)
			}
		}
		if old.Send("x") {
			t.Error("the old channel takes messages")
		}
		after(2 * time.Second)
		c.hears()
		if got := g.endings(); len(got) != 0 {
			t.Errorf("Terminate was told %v", got)
		}
		if n := w.endpoint.Bus().Count("elsewhere") + w.endpoint.Bus().Count("a"); n != 1 {
			t.Errorf("%d subscriptions, want the new channel's own", n)
		}
	})
}

func TestDuplicateJoinOfATrappingChannel(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "trap"), message("1", "2", "trap", "word bye", "{}"))
		c.take()
		c.says(join("3", "trap"), message("3", "4", "trap", "ok", "{}"))
		c.hears(joined("3", "trap"),
			pushed("1", "trap", "last push", `{"word":"bye"}`), fastlane("trap", "last broadcast", `{"word":"bye"}`),
			closed("1", "trap"),
			ok("3", "4", "trap", "{}"))
		if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrDuplicateJoin) {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

// The join waits for the callback that runs, and for Terminate behind it, not for what else the mailbox holds.
func TestDuplicateJoinOfATrappingBusyChannel(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "trap"), message("1", "2", "trap", "word bye", "{}"),
			message("1", "3", "trap", "sleep 4s", "{}"), message("1", "4", "trap", "push", "{}"))
		c.take()
		go c.says(join("5", "trap"), `[null,"6","phoenix","heartbeat",{}]`)
		after(time.Second)
		// The old channel is its topic's subscriber yet, but what it hears comes behind the new reply.
		if err := w.endpoint.Broadcast("trap", "meanwhile", nil); err != nil {
			w.Fatalf("%v", err)
		}
		after(3*time.Second - 1)
		c.hears()
		after(1)
		c.hears(joined("5", "trap"),
			fastlane("trap", "meanwhile", "{}"), ok("1", "3", "trap", "{}"),
			pushed("1", "trap", "last push", `{"word":"bye"}`), fastlane("trap", "last broadcast", `{"word":"bye"}`),
			closed("1", "trap"), ok("", "6", "phoenix", "{}"))
		if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrDuplicateJoin) {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

func TestDuplicateJoinGivesUpAfterFiveSeconds(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "trap"), message("1", "2", "trap", "word bye", "{}"), message("1", "3", "trap", "sleep 10s", "{}"))
		c.take()
		go c.says(join("4", "trap"))
		after(5*time.Second - 1)
		c.hears()
		after(1)
		c.hears(joined("4", "trap"), closed("1", "trap"))
		if logs := w.logs(); !strings.Contains(logs, "abandoned") {
			t.Errorf("the log does not tell:\n%s", logs)
		}
		if n := w.endpoint.Bus().Count("trap"); n != 1 {
			t.Errorf("%d subscriptions, want the new channel's own", n)
		}
		after(5 * time.Second)
		c.hears()
		if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrDuplicateJoin) {
			t.Errorf("Terminate was told %v", got)
		}
		for _, note := range g.take() {
			if note != phoenix.ErrEnded.Error() {
				t.Errorf("Terminate was told %q when it spoke", note)
			}
		}
	})
}

// A channel in the middle of leaving is replaced like any other, and what its leave asked for is lost with it.
func TestDuplicateJoinOfALeavingChannel(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"), message("1", "3", "a", "phx_leave", "{}"))
		c.take()
		c.says(join("4", "a"), message("4", "5", "a", "ok", "{}"))
		c.hears(joined("4", "a"), closed("1", "a"), ok("4", "5", "a", "{}"))
		after(time.Second)
		c.hears()
	})
}

// A channel whose Terminate runs behind phx_close is off its topic already: a join finds nobody.
func TestJoinWhileTerminateRuns(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "word sleep", "{}"), message("1", "3", "a", "phx_leave", "{}"))
		c.take()
		c.says(join("4", "a"))
		c.hears(joined("4", "a"))
		after(time.Second)
		c.says(message("4", "5", "a", "ok", "{}"))
		c.hears(ok("4", "5", "a", "{}"))
	})
}

// One whose Terminate runs before phx_error is on its topic yet: the join makes it phx_close.
func TestDuplicateJoinOfACrashingChannel(t *testing.T) {
	for _, topic := range []string{"a", "trap"} {
		g := new(guestbook)
		inWorld(t, g.room, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", topic), message("1", "2", topic, "word sleep", "{}"), message("1", "3", topic, "return broken", "{}"))
			c.take()
			go c.says(join("4", topic))
			if topic == "trap" {
				synctest.Wait()
				c.hears()
				after(time.Second)
			}
			c.hears(joined("4", topic), closed("1", topic))
			after(time.Second)
			c.hears()
			if got := g.endings(); len(got) != 1 {
				t.Errorf("%s: Terminate was told %v", topic, got)
			}
		})
	}
}

// A join may fail although it has replaced a channel: the client hears of both.
func TestDuplicateJoinThatFails(t *testing.T) {
	for _, how := range []struct {
		err    error
		reason string
	}{
		{phoenix.Reject(map[string]string{"reason": "denied"}), "denied"},
		{errors.New("broken"), "join crashed"},
	} {
		first := true
		channel, _ := joining(func(*phoenix.Socket, protocol.Payload) (any, error) {
			if first {
				first = false
				return nil, nil
			}
			return nil, how.err
		})
		inWorld(t, channel, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"))
			c.take()
			c.says(join("2", "a"), message("2", "3", "a", "ok", "{}"))
			c.hears(failed("2", "2", "a", how.reason), closed("1", "a"), failed("", "3", "a", "unmatched topic"))
			if n := w.endpoint.Bus().Count("a"); n != 0 {
				t.Errorf("%d subscriptions are left", n)
			}
		})
	}
}

// The channel's own end may come between the lookup and the join: its client is not told twice.
func TestDuplicateJoinOfAChannelThatJustEnded(t *testing.T) {
	for event, hears := range map[string]string{"stop normal": closed("1", "a"), "return broken": crashed("1", "a")} {
		g := new(guestbook)
		inWorld(t, g.room, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"), message("1", "2", "a", event, "{}"))
			c.hears(joined("1", "a"), hears)
			ref := protocol.StringRef("3")
			c.session.JoinOver(protocol.Message{JoinRef: ref, Ref: ref, Topic: "a", Event: protocol.EventJoin}, g.socket("a"))
			c.hears(joined("3", "a"))
		})
	}
}

// A late answer belongs to the join in which it was asked for.
func TestAsyncReplyDoesNotOutliveItsJoin(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "async 1s", `{"n":1}`))
		c.take()
		c.says(join("3", "a"), message("3", "4", "a", "async 1s", `{"n":2}`))
		c.hears(joined("3", "a"), closed("1", "a"))
		after(time.Second)
		c.hears(ok("3", "4", "a", `{"n":2}`))
		if notes := g.take(); len(notes) != 1 || notes[0] != phoenix.ErrEnded.Error() {
			t.Errorf("the late answer returned %q", notes)
		}
	})
}

type badTrapper struct{ room }

func (*badTrapper) TrapExit() bool { panic("in TrapExit") }

func TestTrapExitPanics(t *testing.T) {
	g := new(guestbook)
	inWorld(t, func() phoenix.Channel { return &badTrapper{room{plain{book: g}}} }, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), join("2", "a"))
		c.hears(joined("1", "a"), joined("2", "a"), closed("1", "a"))
		if got := g.endings(); len(got) != 0 {
			t.Errorf("Terminate was told %v", got)
		}
	})
}
