package phoenix_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// An intercepted broadcast becomes a push, with the channel's join_ref (PROTOCOL.md §3.5); others go past the channel.
func TestIntercept(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		a, b := w.dial(protocol.V2), w.dial(protocol.V2)
		a.says(join("1", "t"))
		b.says(join("7", "t"))
		a.take()
		b.take()
		a.says(message("1", "2", "t", "broadcast secret", `{"x":1}`))
		a.hears(pushed("1", "t", "secret", `{"for":"\"1\""}`))
		b.hears(pushed("7", "t", "secret", `{"for":"\"7\""}`))
		a.says(message("1", "3", "t", "broadcast_from secret", `{"x":1}`))
		a.hears()
		b.hears(pushed("7", "t", "secret", `{"for":"\"7\""}`))
		for _, event := range []string{"drop", "Secret"} {
			if err := w.endpoint.Broadcast("t", event, nil); err != nil {
				w.Fatalf("%v", err)
			}
		}
		a.hears(fastlane("t", "Secret", "{}"))
		b.hears(fastlane("t", "Secret", "{}"))
		if calls := g.take(); len(calls) != 5 {
			t.Errorf("HandleOut was called for %q", calls)
		}
	})
}

// An intercepted broadcast waits its turn in the mailbox, where others overtake it.
func TestInterceptOfABusyChannel(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"), message("1", "2", "t", "sleep 1s", "{}"))
		c.take()
		for _, event := range []string{"burst", "plain"} {
			if err := w.endpoint.Broadcast("t", event, nil); err != nil {
				w.Fatalf("%v", err)
			}
		}
		c.hears(fastlane("t", "plain", "{}"))
		after(time.Second)
		c.hears(ok("1", "2", "t", "{}"), pushed("1", "t", "burst", "{}"))
	})
}

func TestHandleOutEndsTheChannel(t *testing.T) {
	for event, hears := range map[string]string{"stop": closed("1", "t"), "fail": crashed("1", "t")} {
		g := new(guestbook)
		inWorld(t, g.room, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", "t"))
			c.take()
			if err := w.endpoint.Broadcast("t", event, nil); err != nil {
				w.Fatalf("%v", err)
			}
			c.hears(hears)
			if got := g.endings(); len(got) != 1 {
				t.Errorf("Terminate was told %v", got)
			}
		})
	}
}

// A channel that reads bytes out of a broadcast it intercepts may push what the broadcast itself could not be.
func TestInterceptOfWhatCannotBeWritten(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V1)
		c.says(`{"topic":"t","event":"phx_join","payload":{},"ref":"1"}`)
		c.take()
		if err := w.endpoint.Broadcast("t", "secret", protocol.Binary([]byte{1})); err != nil {
			t.Errorf("the broadcast failed: %v", err)
		}
		c.hears(`{"topic":"t","event":"secret","payload":{"for":"\"1\""},"ref":null}`)
	})
}

// PROTOCOL.md §4.8: broadcasts of other topics come to HandleInfo, each time it subscribed.
func TestSubscribe(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"), message("1", "2", "t", "subscribe news", "{}"), message("1", "3", "t", "subscribe news", "{}"))
		c.take()
		cast := func() {
			t.Helper()
			if err := w.endpoint.Broadcast("news", "e", map[string]int{"x": 1}); err != nil {
				w.Fatalf("%v", err)
			}
		}
		cast()
		c.hears(pushed("1", "t", "overheard", `{"x":1}`), pushed("1", "t", "overheard", `{"x":1}`))
		if calls := g.take(); len(calls) != 2 || calls[0] != `info news e {"x":1}` {
			t.Errorf("HandleInfo was called for %q", calls)
		}
		c.says(message("1", "4", "t", "unsubscribe news", "{}"), message("1", "5", "t", "unsubscribe news", "{}"), message("1", "6", "t", "unsubscribe never", "{}"))
		c.take()
		cast()
		c.hears()
		c.says(message("1", "7", "t", "subscribe news", "{}"), message("1", "8", "t", "phx_leave", "{}"))
		c.take()
		if n := w.endpoint.Bus().Count("news"); n != 0 {
			t.Errorf("%d subscriptions outlive the channel", n)
		}
	})
}

// To its own topic: HandleOut, beside the client's own copy, and for every event.
func TestSubscribeToItsOwnTopic(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"), message("1", "2", "t", "subscribe t", "{}"))
		c.take()
		for _, event := range []string{"plain", "burst"} {
			if err := w.endpoint.Broadcast("t", event, nil); err != nil {
				w.Fatalf("%v", err)
			}
			c.take()
		}
		// "plain" once by the subscription, "burst" by it and by the interception.
		if calls, want := g.take(), []string{"out plain {}", "out burst {}", "out burst {}"}; !slices.Equal(calls, want) {
			t.Errorf("callbacks: %q, want %q", calls, want)
		}
		// broadcast_from leaves out the channel, its subscription included.
		c.says(message("1", "3", "t", "broadcast_from plain", "{}"))
		c.hears()
		if calls := g.take(); len(calls) != 0 {
			t.Errorf("callbacks: %q", calls)
		}
	})
}

// overhearer has HandleInfo but intercepts nothing.
type overhearer struct{ plain }

func (o *overhearer) HandleInfo(_ *phoenix.Socket, msg any) error {
	o.book.write(fmt.Sprintf("%T", msg))
	return nil
}

func TestSubscribeToItsOwnTopicWithoutHandleOut(t *testing.T) {
	g := new(guestbook)
	inWorld(t, func() phoenix.Channel { return &overhearer{plain{book: g}} }, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"), message("1", "2", "t", "subscribe t", "{}"), message("1", "3", "t", "broadcast e", "{}"))
		c.hears(joined("1", "t"), ok("1", "2", "t", "{}"), fastlane("t", "e", "{}"))
		if calls := g.take(); !slices.Equal(calls, []string{"protocol.Broadcast"}) {
			t.Errorf("callbacks: %q", calls)
		}
	})
}

// Subscribing in Join works, whatever becomes of the join; what comes before the reply is handled behind it.
func TestSubscribeInJoin(t *testing.T) {
	for _, err := range []error{nil, phoenix.Reject(nil), errors.New("broken")} {
		g := new(guestbook)
		var w *world
		channel := func() phoenix.Channel { return &subscriber{room{plain{book: g}}, err, &w} }
		inWorld(t, channel, func(world *world) {
			w = world
			c := w.dial(protocol.V2)
			c.says(join("1", "t"))
			if err == nil {
				c.hears(joined("1", "t"), pushed("1", "t", "overheard", `{}`))
				return
			}
			c.take()
			if calls := g.take(); len(calls) != 0 {
				t.Errorf("callbacks: %q", calls)
			}
			if n := w.endpoint.Bus().Count("news"); n != 0 {
				t.Errorf("%d subscriptions outlive the channel", n)
			}
		})
	}
}

type subscriber struct {
	room
	err error
	w   **world
}

func (c *subscriber) Join(s *phoenix.Socket, _ protocol.Payload) (any, error) {
	if err := s.Subscribe("news"); err != nil {
		return nil, err
	}
	if err := (*c.w).endpoint.Broadcast("news", "early", nil); err != nil {
		return nil, err
	}
	return nil, c.err
}

func TestHandleInfo(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"))
		c.take()
		s := g.socket("t")
		if !s.Send(map[string]int{"n": 1}) {
			t.Error("Send returned false")
		}
		c.hears(pushed("1", "t", "info", `{"msg":{"n":1}}`))
		s.Send(func(s *phoenix.Socket) error { return s.Broadcast("told", nil) })
		c.hears(fastlane("t", "told", "{}"))
		s.Send(phoenix.Stop(phoenix.ErrNormal))
		c.hears(closed("1", "t"))
		if s.Send("late") {
			t.Error("Send to an ended channel returned true")
		}
		c.says(join("2", "t"))
		c.take()
		g.socket("t").Send(errors.New("broken"))
		c.hears(crashed("2", "t"))
	})
}

// Messages to a channel without HandleInfo are logged, and that is all.
func TestUnhandledInfo(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"))
		c.take()
		w.logs()
		if !g.socket("t").Send(time.Second) {
			t.Error("Send returned false")
		}
		c.hears()
		if logs := w.logs(); !strings.Contains(logs, "level=WARN") || !strings.Contains(logs, "time.Duration") {
			t.Errorf("logged:\n%s", logs)
		}
		c.says(message("1", "2", "t", "ok", "{}"))
		c.hears(ok("1", "2", "t", "{}"))
	})
}

// Sends of one goroutine are handled in their order, and one at a time.
func TestSendKeepsItsOrder(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"))
		c.take()
		s, at, running := g.socket("t"), 0, false
		for i := range 500 {
			s.Send(func(*phoenix.Socket) error {
				if running || at != i {
					t.Errorf("message %d came as %d, while another was handled: %v", i, at, running)
				}
				running = true
				at++
				running = false
				return nil
			})
		}
		synctest.Wait()
		if at != 500 {
			t.Errorf("%d messages were handled", at)
		}
	})
}
