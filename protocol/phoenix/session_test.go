package phoenix_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// background is a context of the bubble's own.
func (w *world) background() context.Context { return context.Background() }

// goroutines counts those of the house.
func goroutines() (n int) {
	buf := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "phoenix.(*Socket).run") {
			n++
		}
	}
	return n
}

// What the transports say of an end, and what channels are told.
func TestCloseReasons(t *testing.T) {
	malformed := fmt.Errorf("websocket: the handler failed: %w", protocol.ErrMalformed)
	for _, tt := range []struct{ cause, want error }{
		{nil, phoenix.ErrClosed},
		{errors.New("connection reset by peer"), phoenix.ErrClosed},
		{&websocket.CloseError{Code: 1001}, phoenix.ErrClosed},
		{websocket.ErrClosed, phoenix.ErrClosed},
		{&websocket.ProtocolError{Code: 1002, Err: errors.New("reserved bits")}, phoenix.ErrClosed},
		{websocket.ErrIdle, phoenix.ErrTimeout},
		{fmt.Errorf("wrapped: %w", websocket.ErrIdle), phoenix.ErrTimeout},
		{websocket.ErrSlow, phoenix.ErrSlow},
		{longpoll.ErrInactive, phoenix.ErrInactive},
		{longpoll.ErrSlow, phoenix.ErrSlow},
		{longpoll.ErrClosed, phoenix.ErrClosed},
		{malformed, phoenix.ErrMalformed},
	} {
		if got := phoenix.CloseReason(tt.cause); got != tt.want {
			t.Errorf("%v is told as %v, want %v", tt.cause, got, tt.want)
		}
		g := new(guestbook)
		inWorld(t, g.room, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"), message("1", "2", "a", "word bye", "{}"), join("3", "b"))
			c.take()
			c.hangUp(tt.cause)
			synctest.Wait()
			got := g.endings()
			if len(got) != 2 || got[0] != tt.want || got[1] != tt.want {
				t.Errorf("%v: Terminate was told %v", tt.cause, got)
			}
			// The frames of its end are nobody's any more, but must do no harm.
			for _, f := range c.texts() {
				if strings.Contains(f, "phx_") {
					t.Errorf("a client that is gone was sent %s", f)
				}
			}
			if n := w.endpoint.Bus().Count("a") + w.endpoint.Bus().Count("b"); n != 0 {
				t.Errorf("%d subscriptions are left", n)
			}
		})
	}
}

func TestMalformedEndsTheChannels(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"))
		c.take()
		err := c.message([]byte("{"), false)
		if !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("Message returned %v", err)
		}
		// Whatever the transport makes of it.
		c.hangUp(websocket.ErrClosed)
		c.hears()
		if got := g.endings(); len(got) != 1 || got[0] != phoenix.ErrMalformed {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

// What the client had sent before it went is handled first, then comes the end.
func TestTheEndComesBehindWhatWaits(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		listener := w.dial(protocol.V2)
		listener.says(join("1", "a"))
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "sleep 1s", "{}"), message("1", "3", "a", "broadcast goodbye", "{}"))
		listener.take()
		c.hangUp(nil)
		after(time.Second)
		listener.hears(fastlane("a", "goodbye", "{}"))
		if got := g.endings(); len(got) != 1 {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

// PROTOCOL.md §4.11.
func TestDisconnect(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		first := w.dialAs(protocol.V2, &phoenix.Connection{ID: "user:1"})
		second := w.dialAs(protocol.V1, &phoenix.Connection{ID: "user:1"})
		other := w.dialAs(protocol.V2, &phoenix.Connection{ID: "user:2"})
		anonymous := w.dial(protocol.V2)
		for _, c := range []*client{first, other, anonymous} {
			c.says(join("1", "a"), message("1", "2", "a", "word bye", "{}"))
			c.take()
		}
		// Other events on the topic are none of its business, and never reach the client.
		if err := w.endpoint.Broadcast("user:1", "Disconnect", nil); err != nil {
			t.Error(err)
		}
		first.closedWith()
		first.hears()
		if err := w.endpoint.Disconnect("user:1"); err != nil {
			t.Error(err)
		}
		first.closedWith(1001)
		second.closedWith(1001)
		other.closedWith()
		anonymous.closedWith()
		if got := g.endings(); len(got) != 1 || got[0] != phoenix.ErrDisconnected {
			t.Errorf("Terminate was told %v", got)
		}
		if err := w.endpoint.Disconnect(""); err != nil {
			t.Error(err)
		}
		anonymous.closedWith()
		if n := w.endpoint.Bus().Count("user:1"); n != 0 {
			t.Errorf("%d subscriptions to the id are left", n)
		}
		// Any payload will do, and any broadcaster: a channel's client, for one (lab: broadcast_to).
		if err := w.endpoint.LocalBroadcast("user:2", "disconnect", []int{1}); err != nil {
			t.Error(err)
		}
		other.closedWith(1001)
	})
}

// A client may join a topic named as its id: the channel's broadcasts are its own, but "disconnect" is the connection's.
func TestATopicNamedAsTheID(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dialAs(protocol.V2, &phoenix.Connection{ID: "user:1"})
		c.says(join("1", "user:1"), message("1", "2", "user:1", "broadcast hello", "{}"))
		c.hears(joined("1", "user:1"), fastlane("user:1", "hello", "{}"))
		c.says(message("1", "3", "user:1", "broadcast disconnect", "{}"))
		c.closedWith(1001)
	})
}

// The first reason is the one that counts.
func TestDisconnectWhileDraining(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dialAs(protocol.V2, &phoenix.Connection{ID: "user:1"})
		c.says(join("1", "a"))
		c.take()
		c.reading.take() // the transport has yet to tell of the end
		if err := w.endpoint.Disconnect("user:1"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		go func() {
			if err := w.endpoint.Shutdown(w.background()); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		c.reading.give()
		synctest.Wait()
		if got := g.endings(); len(got) != 1 || got[0] != phoenix.ErrDisconnected {
			t.Errorf("Terminate was told %v", got)
		}
		if c.codes[0] != 1001 {
			t.Errorf("closed with %v", c.codes)
		}
	})
}

// Nothing that the client says behind the server's close is handled.
func TestNothingIsHeardBehindTheEnd(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dialAs(protocol.V2, &phoenix.Connection{ID: "user:1"})
		c.says(join("1", "a"))
		c.take()
		c.reading.take() // the transport has yet to tell of the end
		if err := w.endpoint.Disconnect("user:1"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		for _, text := range []string{message("1", "2", "a", "ok", "{}"), join("3", "b"), `[null,"4","phoenix","heartbeat",{}]`, `nonsense`} {
			if err := c.session.Message([]byte(text), false); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
		c.reading.give()
		c.hears()
		if s := g.socket("b"); s != nil {
			t.Error("a join was let in")
		}
	})
}

func TestDoneWaitsForAll(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		isDone := func() bool {
			synctest.Wait()
			select {
			case <-c.session.Done():
				return true
			default:
				return false
			}
		}
		c.says(join("1", "a"), message("1", "2", "a", "word sleep", "{}"), join("3", "b"), join("4", "c:deny"), join("5", "c:crash"),
			join("6", "b"), message("6", "7", "b", "phx_leave", "{}"))
		if isDone() {
			t.Error("done while the connection is open")
		}
		c.hangUp(nil)
		if isDone() {
			t.Error("done while Terminate runs")
		}
		after(time.Second)
		if !isDone() {
			t.Error("not done")
		}
	})
}

// PROTOCOL.md §4.4, step 2.
func TestMaxChannels(t *testing.T) {
	for limit, want := range map[int]int{0: 100, 3: 3} {
		g := new(guestbook)
		u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "t*", New: g.room}}, MaxChannels: limit}
		inWorldOf(t, u, phoenix.Config{}, func(w *world) {
			c := w.dial(protocol.V2)
			for i := range want {
				c.says(join(fmt.Sprint(i), fmt.Sprint("t", i)))
			}
			c.take()
			w.logs()
			c.says(join("x", "t-more"))
			c.hears(failed("x", "x", "t-more", "too many channels joined"))
			if logs := w.logs(); !strings.Contains(logs, "level=ERROR") || !strings.Contains(logs, fmt.Sprint("limit=", want)) {
				t.Errorf("logged:\n%s", logs)
			}
			if s := g.socket("t-more"); s != nil {
				t.Error("Join was called")
			}
			// No route goes before the limit.
			c.says(join("y", "unknown"))
			c.hears(failed("", "y", "unknown", "unmatched topic"))
			// A duplicate join is none more.
			c.says(join("z", "t0"))
			c.hears(joined("z", "t0"), closed("0", "t0"))
			// An end makes room.
			c.says(message("z", "l", "t0", "phx_leave", "{}"))
			c.take()
			c.says(join("n", "t-more"))
			c.hears(joined("n", "t-more"))
			// Another connection has a limit of its own.
			other := w.dial(protocol.V2)
			other.says(join("1", "t0"))
			other.hears(joined("1", "t0"))
		})
	}
}

func TestNoMaxChannels(t *testing.T) {
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).plain}}, MaxChannels: -1}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		for i := range 150 {
			c.says(join(fmt.Sprint(i), fmt.Sprint("t", i)))
		}
		for i, f := range c.texts() {
			if !sameJSON(f, joined(fmt.Sprint(i), fmt.Sprint("t", i))) {
				t.Errorf("heard %s", f)
			}
		}
	})
}

// A channel keeps its refs as well as its topic.
func TestMaxTopicLengthHoldsForRefs(t *testing.T) {
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).plain}}, MaxTopicLength: 10}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		for _, test := range []struct{ joinRef, ref string }{{"12345678", "1"}, {"1", "12345678"}, {"", "12345678"}} {
			c.says(message(test.joinRef, test.ref, "fits", "phx_join", "{}"), message("", "leave", "fits", "phx_leave", "{}"))
			if got := c.texts(); len(got) != 3 || !sameJSON(got[0], ok(test.joinRef, test.ref, "fits", "{}")) {
				t.Errorf("heard %q", got)
			}
		}
		for _, test := range []struct{ joinRef, ref string }{{"123456789", "1"}, {"1", "123456789"}, {"", "123456789"}} {
			c.says(message(test.joinRef, test.ref, "a", "phx_join", "{}"))
			c.hears(failed(test.joinRef, test.ref, "a", "ref too long"))
		}
		c.says(`[["1","2","3"],"1","a","phx_join",{}]`)
		c.hears(`[["1","2","3"],"1","a","phx_reply",{"status":"error","response":{"reason":"ref too long"}}]`)
	})
}

func TestMaxTopicLength(t *testing.T) {
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).plain}}, MaxTopicLength: 10}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "0123456789"), join("2", "0123456789a"), join("3", "ééééé"), join("4", "éééééa"))
		c.hears(joined("1", "0123456789"), failed("2", "2", "0123456789a", "topic too long"),
			joined("3", "ééééé"), failed("4", "4", "éééééa", "topic too long"))
	})
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", strings.Repeat("x", 100_000)))
		c.hears(joined("1", strings.Repeat("x", 100_000)))
	})
}

// PROTOCOL.md §4.2: the first route that matches, in the order in which they are declared.
func TestRoutes(t *testing.T) {
	var made []string
	route := func(pattern, name string) phoenix.Route {
		return phoenix.Route{Pattern: pattern, New: func() phoenix.Channel {
			made = append(made, name)
			return &plain{book: new(guestbook)}
		}}
	}
	u := &phoenix.UserSocket{Channels: []phoenix.Route{
		route("exact", "exact"), route("food*", "food"), route("foo*", "foo"), route("foo:never", "never"), route("room:*", "room"), route("", "empty"),
	}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		for topic, want := range map[string]string{
			"exact": "exact", "exact:1": "", "exac": "", "Exact": "", "food:1": "food", "food": "food", "foo": "foo", "foo:1": "foo", "foo:never": "foo",
			"room:": "room", "room:*": "room", "room": "", "a": "", "": "empty",
		} {
			made = nil
			w.logs()
			c.says(join("1", topic))
			if want == "" {
				c.hears(failed("", "1", topic, "unmatched topic"))
				if logs := w.logs(); !strings.Contains(logs, "level=WARN") {
					t.Errorf("%q: logged:\n%s", topic, logs)
				}
				continue
			}
			c.take()
			if len(made) != 1 || made[0] != want {
				t.Errorf("%q went to %v, want %s", topic, made, want)
			}
		}
	})
}

// What Phoenix's static assigns do, the route's closure does (PROTOCOL.md §11.49).
func TestARouteGivesItsChannelsWhatItWants(t *testing.T) {
	u := &phoenix.UserSocket{Channels: []phoenix.Route{
		{Pattern: "a", New: func() phoenix.Channel {
			return &joiner{plain{book: new(guestbook)}, func(s *phoenix.Socket, _ protocol.Payload) (any, error) {
				return map[string]any{"static": "yes", "assigns": s.Connection().Assigns}, nil
			}}
		}},
	}}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dialAs(protocol.V2, &phoenix.Connection{Assigns: "the connection's"})
		c.says(join("1", "a"))
		c.hears(ok("1", "1", "a", `{"static":"yes","assigns":"the connection's"}`))
	})
}
