package phoenix_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// flood is how many messages a flood has.
const flood = 200

// unanswered is a message of a flood, of one length whatever its number.
func unanswered(i int, payload string) string {
	return message("1", fmt.Sprintf("%03d", i), "a", "noreply", payload)
}

// inBusyWorld gives the test a client whose channel "a" (join_ref "1") sleeps for a second from now on, and whose flood
// sends messages with this payload to it until the test ends or the connection does, counting those that Message took.
func inBusyWorld(t *testing.T, l phoenix.MailboxLimits, payload string, test func(w *world, g *guestbook, c *client, taken *atomic.Int64)) {
	t.Helper()
	inFloodedWorld(t, l, func(i int) string { return unanswered(i, payload) }, test)
}

// inFloodedWorld is inBusyWorld with any messages.
func inFloodedWorld(t *testing.T, l phoenix.MailboxLimits, flooding func(i int) string, test func(w *world, g *guestbook, c *client, taken *atomic.Int64)) {
	t.Helper()
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: l}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dialAs(protocol.V2, &phoenix.Connection{ID: "flooder"})
		c.says(join("1", "a"), message("1", "sleep", "a", "sleep 1s", "{}"))
		c.take()
		var taken atomic.Int64
		stop := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if c.message([]byte(flooding(i)), false) != nil {
					return
				}
				if taken.Add(1) == flood {
					return
				}
			}
		}()
		synctest.Wait()
		test(w, g, c, &taken)
		close(stop)
	})
}

func TestAFloodIsBoundedInMessages(t *testing.T) {
	for limit, want := range map[int]int64{0: 128, 1: 1, 10: 10} {
		inBusyWorld(t, phoenix.MailboxLimits{Messages: limit}, "{}", func(w *world, g *guestbook, c *client, taken *atomic.Int64) {
			if got := taken.Load(); got != want {
				t.Errorf("limit %d: %d messages were taken, want %d", limit, got, want)
			}
			if n, _ := g.socket("a").Waiting(); int64(n) != want {
				t.Errorf("limit %d: %d messages wait, want %d", limit, n, want)
			}
			after(time.Second) // the channel wakes up, and so does the reader
			if got := taken.Load(); got != flood {
				t.Errorf("limit %d: only %d messages were taken in the end", limit, got)
			}
			c.hears(ok("1", "sleep", "a", "{}"))
		})
	}
}

func TestAFloodIsBoundedInBytes(t *testing.T) {
	payload := `"` + strings.Repeat("x", 998) + `"`
	size := len(unanswered(0, payload))
	for limit, want := range map[int]int64{0: 128, 1: 1, size: 1, size + 1: 2, 10 * size: 10} {
		inBusyWorld(t, phoenix.MailboxLimits{Bytes: limit}, payload, func(w *world, g *guestbook, c *client, taken *atomic.Int64) {
			if got := taken.Load(); got != want {
				t.Errorf("limit %d: %d messages were taken, want %d", limit, got, want)
			}
			if _, bytes := g.socket("a").Waiting(); int64(bytes) != want*int64(size) {
				t.Errorf("limit %d: %d bytes wait, want %d", limit, bytes, want*int64(size))
			}
			after(time.Second)
			if got := taken.Load(); got != flood {
				t.Errorf("limit %d: only %d messages were taken in the end", limit, got)
			}
			if n, bytes := g.socket("a").Waiting(); n != 0 || bytes != 0 {
				t.Errorf("limit %d: %d messages of %d bytes wait in an empty mailbox", limit, n, bytes)
			}
		})
	}
}

// The default of 1 MiB is what bounds messages of 100 kB.
func TestAFloodOfLargeMessages(t *testing.T) {
	inBusyWorld(t, phoenix.MailboxLimits{}, `"`+strings.Repeat("x", 100_000)+`"`, func(w *world, g *guestbook, _ *client, taken *atomic.Int64) {
		if got := taken.Load(); got != 11 {
			t.Errorf("%d messages were taken, want 11", got)
		}
		after(time.Second)
	})
}

// Whatever of a message is large: its names and refs are kept as long as it waits, and a payload, of however few bytes,
// keeps all that came with it.
func TestAFloodOfMessagesWithSmallPayloads(t *testing.T) {
	large := `"` + strings.Repeat("x", 100_000) + `"`
	for name, form := range map[string]string{
		"event":           `["1","2","a",` + large + `,{}]`,
		"ref":             `["1",` + large + `,"a","noreply",{}]`,
		"ignored element": `["1","2","a","noreply",{},` + large + `]`,
		"white space":     `["1","2","a","noreply",{}` + strings.Repeat(" ", 100_000) + `]`,
	} {
		t.Run(name, func(t *testing.T) {
			inFloodedWorld(t, phoenix.MailboxLimits{}, func(int) string { return form }, func(_ *world, _ *guestbook, _ *client, taken *atomic.Int64) {
				if got := taken.Load(); got != 11 {
					t.Errorf("%d messages were taken, want 11", got)
				}
				after(time.Second)
			})
		})
	}
}

// Leaves that a channel has no time for count, too.
func TestAFloodOfLeaves(t *testing.T) {
	form := `["1","2","a","phx_leave","` + strings.Repeat("x", 100_000) + `"]`
	inFloodedWorld(t, phoenix.MailboxLimits{}, func(int) string { return form }, func(_ *world, _ *guestbook, _ *client, taken *atomic.Int64) {
		if got := taken.Load(); got != 11 {
			t.Errorf("%d messages were taken, want 11", got)
		}
		after(time.Second)
	})
}

// What waits is handled in its order, the messages of the blocked reader behind it.
func TestAFloodKeepsItsOrder(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Messages: 3}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "0", "a", "sleep 1s", "{}"))
		want := []string{joined("1", "a"), ok("1", "0", "a", "{}")}
		for i := range 50 {
			want = append(want, ok("1", fmt.Sprint(i+2), "a", "{}"))
		}
		go func() {
			for i := range 50 {
				c.says(message("1", fmt.Sprint(i+2), "a", "ok", "{}"))
			}
		}()
		after(time.Second)
		c.hears(want...)
	})
}

// The reader must not wait for a channel when its connection is to end.
func TestABlockedReaderIsFreed(t *testing.T) {
	for name, end := range map[string]func(w *world, c *client){
		"disconnect": func(w *world, _ *client) {
			if err := w.endpoint.Disconnect("flooder"); err != nil {
				w.Errorf("%v", err)
			}
		},
		"drain": func(w *world, _ *client) { go func() { _ = w.endpoint.Shutdown(w.background()) }() },
	} {
		t.Run(name, func(t *testing.T) {
			inBusyWorld(t, phoenix.MailboxLimits{}, "{}", func(w *world, g *guestbook, c *client, taken *atomic.Int64) {
				end(w, c)
				synctest.Wait()
				c.reading.take()
				over := c.over
				c.reading.give()
				if !over {
					t.Error("the reader still waits")
				}
				if n, _ := g.socket("a").Waiting(); n > 128 {
					t.Errorf("%d messages wait: what came behind the end was queued", n)
				}
				after(time.Second)
				if got := g.endings(); len(got) != 1 {
					t.Errorf("Terminate was told %v", got)
				}
			})
		})
	}
}

// A channel that ends frees who waits for it, too: what is left is unmatched.
func TestAnEndFreesABlockedReader(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Messages: 2}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		go c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"), message("1", "3", "a", "return broken", "{}"),
			message("1", "4", "a", "ok", "{}"), message("1", "5", "a", "ok", "{}"), message("1", "6", "a", "ok", "{}"))
		after(time.Second)
		frames := c.texts()
		if len(frames) < 3 || !sameJSON(frames[2], crashed("1", "a")) {
			w.Fatalf("heard %q", frames)
		}
		for _, f := range frames[3:] { // 4 was lost with the channel; 5 and 6 came before the crash was told, or behind it
			if !sameJSON(f, failed("", "5", "a", "unmatched topic")) && !sameJSON(f, failed("", "6", "a", "unmatched topic")) {
				t.Errorf("heard %s", f)
			}
		}
	})
}

// Also when it ends in the very callback for which the mailbox waits.
func TestACrashFreesABlockedReader(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Messages: 1}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		go c.says(join("1", "a"), message("1", "2", "a", "sleep_fail 1s", "{}"), message("1", "3", "a", "ok", "{}"), message("1", "4", "a", "ok", "{}"),
			`[null,"5","phoenix","heartbeat",{}]`)
		after(time.Second)
		frames := c.texts()
		for _, want := range []string{joined("1", "a"), crashed("1", "a"), ok("", "5", "phoenix", "{}")} { // the last two in any order
			if !slices.ContainsFunc(frames, func(f string) bool { return sameJSON(f, want) }) || len(frames) != 3 {
				w.Fatalf("heard %q, and not %s", frames, want)
			}
		}
	})
}

// Leaves wait for room like every other message.
func TestALeaveBehindAFlood(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Messages: 1}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		go c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"), message("1", "3", "a", "phx_leave", "{}"), `[null,"4","phoenix","heartbeat",{}]`)
		synctest.Wait()
		c.hears(joined("1", "a"), ok("", "4", "phoenix", "{}"))
		after(time.Second)
		c.hears(ok("1", "2", "a", "{}"), ok("1", "3", "a", "{}"), closed("1", "a"))
	})
}

// The server's own messages cannot wait: a channel that is too busy for them ends, as a crash.
func TestInternalOverflow(t *testing.T) {
	for name, send := range map[string]func(w *world, s *phoenix.Socket){
		"Send": func(_ *world, s *phoenix.Socket) { s.Send("x") },
		"intercepted broadcast": func(w *world, _ *phoenix.Socket) {
			if err := w.endpoint.Broadcast("a", "burst", nil); err != nil {
				w.Errorf("%v", err)
			}
		},
		"subscription": func(w *world, _ *phoenix.Socket) {
			if err := w.endpoint.Broadcast("news", "e", nil); err != nil {
				w.Errorf("%v", err)
			}
		},
	} {
		for _, limit := range []int{0, 5} {
			t.Run(fmt.Sprint(name, limit), func(t *testing.T) {
				g := new(guestbook)
				u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Internal: limit}}
				inWorldOf(t, u, phoenix.Config{}, func(w *world) {
					c := w.dial(protocol.V2)
					c.says(join("1", "a"), message("1", "2", "a", "subscribe news", "{}"), message("1", "3", "a", "sleep 1s", "{}"), message("1", "4", "a", "ok", "{}"))
					c.take()
					room := limit
					if room == 0 {
						room = 4096
					}
					s := g.socket("a")
					for range room {
						send(w, s)
					}
					if s.Send("probe") {
						t.Error("Send returned true although it was the one too many")
					}
					for range 3 * room {
						send(w, s)
					}
					after(time.Second)
					c.hears(ok("1", "3", "a", "{}"), crashed("1", "a"))
					if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrMailboxFull) {
						t.Errorf("Terminate was told %v", got)
					}
				})
			})
		}
	}
}

// Broadcasts count by their size, too: of large ones there are never as many as of small ones. What is sent to the
// channel alone is its application's to bound.
func TestInternalOverflowByBytes(t *testing.T) {
	large := protocol.JSON([]byte(`{"text":"` + strings.Repeat("x", 989) + `"}`)) // 1000 bytes
	for name, topic := range map[string]string{"intercepted broadcast": "a", "subscription": "news"} {
		t.Run(name, func(t *testing.T) {
			g := new(guestbook)
			u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Bytes: 1000}}
			inWorldOf(t, u, phoenix.Config{}, func(w *world) {
				c := w.dial(protocol.V2)
				busy := func(ref string) {
					c.says(message("1", ref, "a", "sleep 1s", "{}"))
					synctest.Wait()
				}
				burst := func(n int) {
					for range n {
						if err := w.endpoint.Broadcast(topic, "burst", large); err != nil {
							t.Error(err)
						}
					}
				}
				c.says(join("1", "a"), message("1", "2", "a", "subscribe news", "{}"))
				for _, ref := range []string{"3", "4"} { // the second time, the first is forgotten
					c.take()
					busy(ref)
					burst(64)
					after(time.Second)
					if got := c.take(); len(got) != 1+64 {
						t.Fatalf("%d frames, want the reply and all the broadcasts", len(got))
					}
				}
				busy("5")
				burst(65)
				after(time.Second)
				c.hears(ok("1", "5", "a", "{}"), crashed("1", "a"))
				if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrMailboxFull) {
					t.Errorf("Terminate was told %v", got)
				}
			})
		})
	}
}

// No limit is so high that it becomes a low one.
func TestMailboxWithoutAPracticalLimit(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Messages: math.MaxInt, Bytes: math.MaxInt, Internal: math.MaxInt}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"), message("1", "3", "a", "ok", "{}"))
		if err := w.endpoint.Broadcast("a", "burst", nil); err != nil {
			t.Error(err)
		}
		after(time.Second)
		c.hears(joined("1", "a"), ok("1", "2", "a", "{}"), ok("1", "3", "a", "{}"), pushed("1", "a", "burst", "{}"))
	})
}

// Up to the limit nothing is lost, and the client's own messages do not count.
func TestInternalUpToTheLimit(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Internal: 5}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"))
		for i := range 20 {
			c.says(message("1", fmt.Sprint(i+10), "a", "noreply", "{}"))
		}
		c.take()
		for range 5 {
			if !g.socket("a").Send("x") {
				t.Error("Send returned false")
			}
		}
		after(time.Second)
		info := pushed("1", "a", "info", `{"msg":"x"}`)
		c.hears(ok("1", "2", "a", "{}"), info, info, info, info, info)
	})
}

// The end of its connection reaches a channel whose mailbox is full.
func TestTheEndFindsRoomInAFullMailbox(t *testing.T) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}, Mailbox: phoenix.MailboxLimits{Internal: 3}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"))
		c.take()
		for range 3 {
			g.socket("a").Send("x")
		}
		c.hangUp(nil)
		after(time.Second)
		if got := g.endings(); len(got) != 1 || !errors.Is(got[0], phoenix.ErrClosed) {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

// A mailbox borrows a goroutine only while it has work.
func TestAnIdleChannelOwnsNoGoroutine(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V2)
		before := goroutines()
		for i := range 50 {
			c.says(join(fmt.Sprint(i), fmt.Sprint("topic ", i)), message(fmt.Sprint(i), "x", fmt.Sprint("topic ", i), "ok", "{}"))
		}
		c.take()
		if n := goroutines(); n != before {
			t.Errorf("%d goroutines for 50 idle channels", n-before)
		}
	})
}
