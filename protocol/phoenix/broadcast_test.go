package phoenix_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// PROTOCOL.md §4.9, in both serializers at once.
func TestBroadcastFamily(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.plain, func(w *world) {
		a, b, old := w.dial(protocol.V2), w.dial(protocol.V2), w.dial(protocol.V1)
		a.says(join("1", "t"), join("2", "other"))
		b.says(join("1", "t"))
		old.says(`{"topic":"t","event":"phx_join","payload":{},"ref":"1"}`)
		a.take()
		b.take()
		old.take()
		inV1 := func(event string) string {
			return fmt.Sprintf(`{"topic":"t","event":%q,"payload":{"x":1},"ref":null}`, event)
		}
		inV2 := func(event string) string { return fastlane("t", event, `{"x":1}`) }

		a.says(message("1", "3", "t", "broadcast all", `{"x":1}`))
		a.hears(inV2("all"))
		b.hears(inV2("all"))
		old.hears(inV1("all"))

		a.says(message("1", "4", "t", "broadcast_from others", `{"x":1}`))
		a.hears()
		b.hears(inV2("others"))
		old.hears(inV1("others"))

		payload := map[string]int{"x": 1}
		socket := g.socket("other")
		for _, call := range []struct {
			event string
			cast  func(event string) error
		}{
			{"endpoint", func(event string) error { return w.endpoint.Broadcast("t", event, payload) }},
			{"local", func(event string) error { return w.endpoint.LocalBroadcast("t", event, payload) }},
			{"stranger", func(event string) error { return w.endpoint.BroadcastFrom(socket, "t", event, payload) }},
		} {
			if err := call.cast(call.event); err != nil {
				t.Errorf("%s: %v", call.event, err)
			}
			a.hears(inV2(call.event))
			b.hears(inV2(call.event))
			old.hears(inV1(call.event))
		}
		if err := w.endpoint.Broadcast("nobody", "e", nil); err != nil {
			t.Errorf("a broadcast to nobody: %v", err)
		}
	})
}

func TestBroadcastFromASocket(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.plain, func(w *world) {
		a, b := w.dial(protocol.V2), w.dial(protocol.V2)
		a.says(join("1", "t"))
		a.take()
		from := g.socket("t")
		b.says(join("1", "t"))
		b.take()
		if err := w.endpoint.BroadcastFrom(from, "t", "e", nil); err != nil {
			w.Fatalf("%v", err)
		}
		a.hears()
		b.hears(fastlane("t", "e", "{}"))
	})
}

// What one channel says reaches its client in that order, broadcasts among pushes (PROTOCOL.md §4.13).
func TestOrderOfWhatAChannelSays(t *testing.T) {
	inWorld(t, func() phoenix.Channel {
		return &answerer{func(s *phoenix.Socket) error {
			return errors.Join(s.Broadcast("1", nil), s.Push("2", nil), s.Broadcast("3", nil), s.PushFastlane(aFastlane()), s.Push("5", nil))
		}}
	}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "go", "{}"))
		c.hears(joined("1", "a"), fastlane("a", "1", "{}"), pushed("1", "a", "2", "{}"), fastlane("a", "3", "{}"),
			fastlane("a", "prepared", "{}"), pushed("1", "a", "5", "{}"), ok("1", "2", "a", `"at last"`))
	})
}

// What cannot be written is an error for who says it, and, where that is returned, a crash.
func TestWhatCannotBeSaid(t *testing.T) {
	long := strings.Repeat("x", 256)
	binary := protocol.Binary([]byte{1})
	for _, tt := range []struct {
		name    string
		event   string
		payload any
		v1, v2  bool // can be said
	}{
		{"object", "e", struct{ A int }{1}, true, true},
		{"nil", "e", nil, true, true},
		{"list", "e", []int{1}, true, false},
		{"null", "e", protocol.JSON([]byte("null")), true, false},
		{"string", "e", "text", true, false},
		{"bytes", "e", binary, false, true},
		{"bytes of a long event", long, binary, false, false},
		{"a long event", long, nil, true, true},
		{"not JSON", "e", func() {}, false, false},
		{"not UTF-8", "\xff", nil, false, false},
	} {
		for s, can := range map[protocol.Serializer]bool{protocol.V1: tt.v1, protocol.V2: tt.v2} {
			t.Run(fmt.Sprint(tt.name, "/", s), func(t *testing.T) {
				g := new(guestbook)
				inWorld(t, g.plain, func(w *world) {
					c := w.dial(s)
					if s == protocol.V1 {
						c.says(`{"topic":"a","event":"phx_join","payload":{},"ref":"1"}`)
					} else {
						c.says(join("1", "a"))
					}
					c.take()
					socket := g.socket("a")
					prepared, err := phoenix.NewFastlane("a", tt.event, tt.payload)
					if err == nil {
						err = socket.PushFastlane(prepared)
					}
					for name, err := range map[string]error{
						"Push":          socket.Push(tt.event, tt.payload),
						"Broadcast":     socket.Broadcast(tt.event, tt.payload),
						"PushFastlane":  err,
						"the endpoint":  w.endpoint.Broadcast("a", tt.event, tt.payload),
						"LocalBrodcast": w.endpoint.LocalBroadcast("a", tt.event, tt.payload),
					} {
						if can && err != nil || !can && !errors.Is(err, protocol.ErrUnencodable) {
							t.Errorf("%s returned %v", name, err)
						}
					}
					if got := len(c.take()); can && got != 5 || !can && got != 0 {
						t.Errorf("%d frames came", got)
					}
				})
			})
		}
	}
}

// One prepared broadcast is encoded once per serializer, and its bytes are shared by all to whom it is pushed.
func TestFastlaneSharesItsBytes(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.plain, func(w *world) {
		f := aFastlane()
		var sockets []*phoenix.Socket
		for range 2 {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"))
			c.take()
			sockets = append(sockets, g.socket("a"))
		}
		old := w.dial(protocol.V1)
		old.says(`{"topic":"a","event":"phx_join","payload":{},"ref":"1"}`)
		old.take()
		for _, s := range append(sockets, g.socket("a")) {
			if err := s.PushFastlane(f); err != nil {
				w.Fatalf("%v", err)
			}
		}
		first, second := w.clients[0].take(), w.clients[1].take()
		if len(first) != 1 || len(second) != 1 || &first[0].Bytes()[0] != &second[0].Bytes()[0] {
			t.Error("two clients of one version were sent different bytes")
		}
		if text := string(first[0].Bytes()); !sameJSON(text, fastlane("a", "prepared", "{}")) {
			t.Errorf("heard %s", text)
		}
		old.hears(`{"topic":"a","event":"prepared","payload":{},"ref":null}`)
	})
}

// A broadcast is encoded once too: its bytes are shared by its recipients.
func TestBroadcastSharesItsBytes(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		for range 3 {
			w.dial(protocol.V2).says(join("1", "a"))
			w.clients[len(w.clients)-1].take()
		}
		if err := w.endpoint.Broadcast("a", "e", nil); err != nil {
			w.Fatalf("%v", err)
		}
		var bytes []*byte
		for _, c := range w.clients {
			for _, f := range c.take() {
				bytes = append(bytes, &f.WebSocket()[0])
			}
		}
		if len(bytes) != 3 || bytes[0] != bytes[1] || bytes[1] != bytes[2] {
			t.Errorf("the bytes are at %v", bytes)
		}
	})
}

func TestEndpointSubscribe(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		var got []string
		listen := func(b protocol.Broadcast) {
			got = append(got, b.Topic+" "+b.Event+" "+b.Payload.String())
		}
		first, second := w.endpoint.Subscribe("a", listen), w.endpoint.Subscribe("a", listen)
		for _, event := range []string{"one", "two", "three"} {
			if err := w.endpoint.Broadcast("a", event, map[string]int{"x": 1}); err != nil {
				t.Error(err)
			}
			switch event {
			case "one":
				second.Unsubscribe()
				second.Unsubscribe()
			case "two":
				first.Unsubscribe()
			}
		}
		want := []string{`a one {"x":1}`, `a one {"x":1}`, `a two {"x":1}`}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}
