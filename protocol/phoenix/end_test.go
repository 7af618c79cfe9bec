package phoenix_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// The ways in which a channel of the test "a" with join_ref "1" ends; every one is asked for by a message with ref "9".
// The frames are those of PROTOCOL.md §4.7's table, "last words" standing for what Terminate says.
var ends = []struct {
	event    string
	graceful bool
	reply    bool
	reason   error  // errors.Is of what Terminate is told
	crash    string // or the text of the *CrashError
}{
	{event: "stop normal", graceful: true, reason: phoenix.ErrNormal},
	{event: "stop shutdown", graceful: true, reason: phoenix.ErrShutdown},
	{event: "stop detail", graceful: true, reason: phoenix.ErrShutdown},
	{event: "stop nil", graceful: true, reason: phoenix.ErrNormal},
	{event: "stop other", reason: errOther},
	{event: "stop_reply normal", graceful: true, reply: true, reason: phoenix.ErrNormal},
	{event: "stop_reply shutdown", graceful: true, reply: true, reason: phoenix.ErrShutdown},
	{event: "stop_reply other", reply: true, reason: errOther},
	{event: "return broken", crash: "broken"},
	{event: "no rule", crash: phoenix.ErrNoClause.Error()},
	{event: "panic ouch", crash: "panic: ouch"},
	{event: "panic_error ouch", crash: "ouch"},
	{event: "panic_stop normal", crash: "stop: normal"},
	{event: "panic_runtime", crash: "nil pointer"},
	{event: "goexit", crash: "ended its goroutine"},
}

func TestEnds(t *testing.T) {
	for _, end := range ends {
		t.Run(end.event, func(t *testing.T) {
			g := new(guestbook)
			inWorld(t, g.room, func(w *world) {
				c, neighbour := w.dial(protocol.V2), w.dial(protocol.V2)
				c.says(join("1", "a"), join("2", "b"), message("1", "3", "a", "word bye", "{}"))
				neighbour.says(join("1", "a"))
				c.take()
				neighbour.take()
				c.says(message("1", "9", "a", end.event, `{"x":1}`))

				var want []string
				if end.reply {
					want = append(want, ok("1", "9", "a", `{"x":1}`))
				}
				words := []string{pushed("1", "a", "last push", `{"word":"bye"}`), fastlane("a", "last broadcast", `{"word":"bye"}`)}
				if end.graceful {
					want = append(append(want, closed("1", "a")), words...)
				} else {
					want = append(append(want, words...), crashed("1", "a"))
				}
				c.hears(want...)
				neighbour.hears(words[1])

				// The channel is gone, alone.
				c.says(message("1", "10", "a", "ok", "{}"), message("2", "11", "b", "ok", "{}"))
				c.hears(failed("", "10", "a", "unmatched topic"), ok("2", "11", "b", "{}"))
				c.says(message("1", "12", "a", "phx_leave", "{}"), join("13", "a"))
				c.hears(ok("1", "12", "a", "{}"), joined("13", "a"))
				if n := w.endpoint.Bus().Count("a"); n != 2 {
					t.Errorf("%d subscriptions to the topic, want 2", n)
				}
				checkReason(t, g, end.reason, end.crash, end.event)
				logs := w.logs()
				if got := strings.Contains(logs, "a channel ended with an error"); got == end.graceful {
					t.Errorf("logged as an error: %v\n%s", got, logs)
				}
				if strings.HasPrefix(end.event, "panic") && !strings.Contains(logs, "room_test.go") {
					t.Errorf("the log shows no stack:\n%s", logs)
				}
			})
		})
	}
}

func checkReason(t *testing.T, g *guestbook, reason error, crash, event string) {
	t.Helper()
	got := g.endings()
	if len(got) != 1 {
		t.Fatalf("Terminate was called %d times: %v", len(got), got)
	}
	if reason != nil && !errors.Is(got[0], reason) {
		t.Errorf("Terminate was told %q, want %q", got[0], reason)
	}
	var c *phoenix.CrashError
	if crash == "" {
		if errors.As(got[0], &c) {
			t.Errorf("Terminate was told of a crash: %v", got[0])
		}
		return
	}
	if !errors.As(got[0], &c) || !strings.Contains(c.Err.Error(), crash) {
		t.Fatalf("Terminate was told %q, want a crash by %q", got[0], crash)
	}
	if hasStack := len(c.Stack) > 0; hasStack != strings.HasPrefix(event, "panic") {
		t.Errorf("the crash has a stack: %v", hasStack)
	}
}

func TestShutdownDetailReachesTerminate(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		w.dial(protocol.V2).says(join("1", "a"), message("1", "2", "a", "stop detail", "{}"))
		w.clients[0].take()
		if got := g.endings(); len(got) != 1 || got[0].Error() != "shutdown: a detail" {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

func TestPanicsAreReachableByErrorsAs(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		w.dial(protocol.V2).says(join("1", "a"), message("1", "2", "a", "panic_runtime", "{}"))
		w.clients[0].take()
		var r runtime.Error
		if got := g.endings(); len(got) != 1 || !errors.As(got[0], &r) {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

// V1 clients that give no join_ref get none back (D1).
func TestEndsV1(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V1)
		for i, end := range []struct{ event, hears string }{
			{"stop normal", `{"topic":"a","event":"phx_close","payload":{},"ref":null}`},
			{"panic ouch", `{"topic":"a","event":"phx_error","payload":{"reason":"channel_crash"},"ref":null}`},
		} {
			c.says(fmt.Sprintf(`{"topic":"a","event":"phx_join","payload":{},"ref":"%d"}`, i), fmt.Sprintf(`{"topic":"a","event":%q,"payload":{},"ref":"9"}`, end.event))
			c.hears(fmt.Sprintf(`{"topic":"a","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"%d"}`, i), end.hears)
		}
	})
}

// PROTOCOL.md §4.6: reply, phx_close, and behind it what Terminate says.
func TestLeaveOrder(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "word bye", "{}"), message("1", "3", "a", "phx_leave", `{"any":"thing"}`))
		c.hears(joined("1", "a"), ok("1", "2", "a", "{}"),
			ok("1", "3", "a", "{}"), closed("1", "a"),
			pushed("1", "a", "last push", `{"word":"bye"}`), fastlane("a", "last broadcast", `{"word":"bye"}`))
		if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrLeft) {
			t.Errorf("Terminate was told %v", got)
		}
		if n := w.endpoint.Bus().Count("a"); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

// The second of two leaves sent at once is lost with the channel; one sent later is answered by the connection.
func TestLeaveTwice(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"),
			message("1", "3", "a", "phx_leave", "{}"), message("1", "4", "a", "phx_leave", "{}"))
		after(1e9)
		c.hears(joined("1", "a"), ok("1", "2", "a", "{}"), ok("1", "3", "a", "{}"), closed("1", "a"))
		c.says(message("1", "5", "a", "phx_leave", "{}"))
		c.hears(ok("1", "5", "a", "{}"))
	})
}

// What waits behind a crash is lost with the channel, without an answer.
func TestMessagesBehindACrashAreLost(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"),
			message("1", "3", "a", "return broken", "{}"), message("1", "4", "a", "echo", "{}"), message("1", "5", "a", "phx_leave", "{}"))
		after(1e9)
		c.hears(joined("1", "a"), ok("1", "2", "a", "{}"), crashed("1", "a"))
	})
}

// Other topics of the connection do not wait for a busy channel (PROTOCOL.md §4.1).
func TestABusyChannelBlocksOnlyItself(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), join("2", "b"), message("1", "3", "a", "sleep 1s", "{}"),
			message("1", "4", "a", "ok", "{}"), message("2", "5", "b", "ok", "{}"), `[null,"6","phoenix","heartbeat",{}]`)
		frames := c.texts() // those of b and of the connection itself are in no order
		for _, want := range []string{joined("1", "a"), joined("2", "b"), ok("2", "5", "b", "{}"), ok("", "6", "phoenix", "{}")} {
			if !slices.ContainsFunc(frames, func(f string) bool { return sameJSON(f, want) }) || len(frames) != 4 {
				w.Fatalf("heard %q, and not %s", frames, want)
			}
		}
		after(1e9)
		c.hears(ok("1", "3", "a", "{}"), ok("1", "4", "a", "{}"))
	})
}

// A Terminate that fails itself does not keep the channel alive, nor change what the client sees.
func TestTerminateFails(t *testing.T) {
	for _, how := range []string{"panic", "goexit"} {
		for _, end := range []struct{ event, hears string }{
			{"phx_leave", ok("1", "3", "a", "{}") + "\n" + closed("1", "a")},
			{"stop normal", closed("1", "a")},
			{"return broken", crashed("1", "a")},
			{"goexit", crashed("1", "a")},
		} {
			t.Run(how+" at "+end.event, func(t *testing.T) {
				g := new(guestbook)
				inWorld(t, g.room, func(w *world) {
					c := w.dial(protocol.V2)
					c.says(join("1", "a"), message("1", "2", "a", "word "+how, "{}"))
					c.take()
					c.says(message("1", "3", "a", end.event, "{}"))
					c.hears(lines(end.hears)...)
					c.says(message("1", "4", "a", "ok", "{}"))
					c.hears(failed("", "4", "a", "unmatched topic"))
					if n := w.endpoint.Bus().Count("a"); n != 0 {
						t.Errorf("%d subscriptions are left", n)
					}
					if got := g.endings(); len(got) != 1 {
						t.Errorf("Terminate was called %d times", len(got))
					}
					if logs := w.logs(); how == "panic" && !strings.Contains(logs, "in Terminate") {
						t.Errorf("the panic is not logged:\n%s", logs)
					}
				})
			})
		}
		t.Run(how+" at the end of the connection", func(t *testing.T) {
			g := new(guestbook)
			inWorld(t, g.room, func(w *world) {
				c := w.dial(protocol.V2)
				c.says(join("1", "a"), message("1", "2", "a", "word "+how, "{}"), join("3", "b"))
				c.take()
				c.hangUp(nil)
				c.hears()
				if got := g.endings(); len(got) != 2 {
					t.Errorf("Terminate was called %d times", len(got))
				}
				if n := w.endpoint.Bus().Count("a"); n != 0 {
					t.Errorf("%d subscriptions are left", n)
				}
			})
		})
	}
}

// After a crash there is no message to answer any more.
func TestNoRefInTerminate(t *testing.T) {
	var noRef error
	g := new(guestbook)
	inWorld(t, func() phoenix.Channel { return &refTaker{room: room{plain{book: g}}, err: &noRef} }, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "panic ouch", "{}"))
		c.take()
		if !errors.Is(noRef, phoenix.ErrNoRef) {
			t.Errorf("Ref returned %v", noRef)
		}
	})
}

type refTaker struct {
	room
	err *error
}

func (r *refTaker) Terminate(s *phoenix.Socket, _ error) { _, *r.err = s.Ref() }

// AtEnd comes behind Terminate, once, or at once for a channel that has ended.
func TestAtEnd(t *testing.T) {
	for _, event := range []string{"phx_leave", "return broken", "goexit", "phx_join"} {
		g := new(guestbook)
		inWorld(t, g.room, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"), message("1", "2", "a", "word sleep", "{}"))
			c.take()
			s := g.socket("a")
			var n atomic.Int32
			s.AtEnd(func() { n.Add(1) })
			c.says(message("1", "3", "a", event, "{}"))
			c.take()
			if n.Load() != 0 && event != "phx_join" {
				t.Errorf("%s: AtEnd came before Terminate had returned", event)
			}
			after(1e9)
			if n.Load() != 1 {
				t.Errorf("%s: AtEnd was called %d times", event, n.Load())
			}
			s.AtEnd(func() { n.Store(10) })
			if n.Load() != 10 {
				t.Errorf("%s: AtEnd did not call at once", event)
			}
			c.take()
		})
	}
}

// A subscribingBus calls undoing once, when the next subscription is undone.
type subscribingBus struct {
	pubsub.Bus
	undoing func()
}

func (b *subscribingBus) Subscribe(topic string, s pubsub.Subscriber) pubsub.Subscription {
	return &undoneSubscription{b.Bus.Subscribe(topic, s), b}
}

type undoneSubscription struct {
	pubsub.Subscription
	bus *subscribingBus
}

func (s *undoneSubscription) Unsubscribe() {
	s.Subscription.Unsubscribe()
	if f := s.bus.undoing; f != nil {
		s.bus.undoing = nil
		f()
	}
}

// Whoever subscribes a channel while its end is under way must not leave a subscription behind.
func TestSubscribeDuringTheEnd(t *testing.T) {
	for name, end := range map[string]func(c *client){
		"leave":      func(c *client) { c.says(message("1", "2", "a", "phx_leave", "{}")) },
		"crash":      func(c *client) { c.says(message("1", "2", "a", "panic", "{}")) },
		"connection": func(c *client) { c.hangUp(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			g := new(guestbook)
			bus := &subscribingBus{Bus: pubsub.NewLocal()}
			u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}}
			inWorldOf(t, u, phoenix.Config{Bus: bus}, func(w *world) {
				c := w.dial(protocol.V2)
				c.says(join("1", "a"))
				c.take()
				bus.undoing = func() { _ = g.socket("a").Subscribe("news") }
				end(c)
				c.take()
				if n := bus.Count("news"); n != 0 {
					t.Errorf("%d subscriptions of a channel that has ended", n)
				}
			})
		})
	}
}
