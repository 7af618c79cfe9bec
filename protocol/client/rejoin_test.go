package client

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A channel that crashes is joined again, with a new join_ref, by phoenix.js' table.
func TestCrash(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.HeartbeatInterval = -1
		c := s.open(o)
		l := s.link()
		ch := l.join(c, "room", "1")
		push := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "boom", nil) })
		l.hears(`["1","2","room","boom",{}]`)
		l.says(framed("1", "", "room", "before", `{}`), framed("1", "1", "room", "phx_error", `{"reason":"channel_crash"}`))
		if _, err := push.result(); !errors.Is(err, ErrCrashed) {
			t.Errorf("the push that was not answered: %v, want ErrCrashed", err)
		}
		expect(t, ch, "before {}", `phx_error {"reason":"channel_crash"}`, nothing)
		after(time.Second - 1)
		l.hears()
		after(1)
		l.hears(`["3","3","room","phx_join",{}]`)
		// What is left of the old join is not heard.
		l.says(framed("1", "", "room", "old", `{}`), framed("", "", "room", "early", `{}`))
		l.says(ok("3", "3", "room", `{"again":true}`), framed("3", "", "room", "new", `{}`), framed("", "", "room", "broadcast", `{}`))
		expect(t, ch, `phx_join {"again":true}`, "new {}", "broadcast {}", nothing)
		if got := ch.Response().String(); got != `{"again":true}` {
			t.Errorf("the response is %s", got)
		}
		// It starts the table anew.
		l.says(framed("3", "3", "room", "phx_error", `{}`))
		after(time.Second)
		l.hears(`["4","4","room","phx_join",{}]`)
	})
}

// Joins that fail again and again: 1, 2, 5, 10, 10 s.
func TestRejoinRefused(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.HeartbeatInterval = -1
		c := s.open(o)
		l := s.link()
		ch := l.join(c, "room", "1")
		l.says(framed("1", "1", "room", "phx_error", `{}`))
		expect(t, ch, "phx_error {}")
		ref := 1
		for _, wait := range []time.Duration{1, 2, 5, 10, 10} {
			after(wait*time.Second - 1)
			l.hears()
			after(1)
			ref++
			text := string(rune('0' + ref))
			l.hears(`["` + text + `","` + text + `","room","phx_join",{}]`)
			l.says(replied(text, text, "room", "error", `{"reason":"banned"}`))
			expect(t, ch, `phx_error {"reason":"banned"}`, nothing)
		}
	})
}

// Over a new connection channels rejoin at once, and the table begins anew.
func TestRejoinAfterReconnect(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		l.says(framed("1", "1", "room", "phx_error", `{}`))
		for _, wait := range []time.Duration{1, 2, 5} {
			after(wait * time.Second)
			ref := strings.Split(l.took()[0], `"`)[1]
			l.says(replied(ref, ref, "room", "error", `{}`))
		}
		l.breaks()
		after(10 * time.Millisecond)
		l = s.link()
		l.hears(`["5","5","room","phx_join",{}]`)
		l.says(replied("5", "5", "room", "error", `{}`))
		after(time.Second - 1)
		l.hears()
		after(1)
		l.hears(`["6","6","room","phx_join",{}]`)
		expect(t, ch, slices.Repeat([]string{"phx_error {}"}, 5)...)
	})
}

// A rejoin that is not answered is taken back before the next.
func TestRejoinTimeout(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.HeartbeatInterval = -1
		c := s.open(o)
		l := s.link()
		ch := l.join(c, "room", "1")
		l.says(framed("1", "1", "room", "phx_error", `{}`))
		after(time.Second)
		l.hears(`["2","2","room","phx_join",{}]`)
		after(DefaultTimeout)
		l.hears(`["2","3","room","phx_leave",{}]`)
		expect(t, ch, "phx_error {}", `phx_error {"reason":"the join was not answered in time"}`, nothing)
		l.says(ok("2", "2", "room", `{}`), framed("2", "", "room", "late", `{}`))
		expect(t, ch, nothing)
		after(2 * time.Second)
		l.hears(`["4","4","room","phx_join",{}]`)
		l.says(ok("4", "4", "room", `{}`))
		expect(t, ch, "phx_join {}", nothing)
		after(time.Minute)
		l.hears() // no timer of the joins before is left
	})
}

// phx_close ends a channel for good.
func TestServerCloses(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		push := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "stop", nil) })
		l.hears(`["1","2","room","stop",{}]`)
		l.says(framed("1", "", "room", "last", `{}`), framed("1", "1", "room", "phx_close", `{}`), framed("1", "", "room", "after", `{}`))
		if _, err := push.result(); !errors.Is(err, ErrChannelClosed) {
			t.Errorf("the push that was not answered: %v, want ErrChannelClosed", err)
		}
		expect(t, ch, "last {}", ErrChannelClosed.Error(), ErrChannelClosed.Error())
		if err := ch.Send(t.Context(), "more", nil); !errors.Is(err, ErrChannelClosed) {
			t.Errorf("Send: %v, want ErrChannelClosed", err)
		}
		l.breaks()
		after(time.Second)
		s.link().hears() // and is not joined again
	})
}

// Frames with another join_ref are dropped, whatever they are; those without one are not (PROTOCOL.md §7.2).
func TestStaleFrames(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		push := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "echo", nil) })
		l.hears(`["1","2","room","echo",{}]`)
		l.says(
			framed("0", "", "room", "event", `{}`),
			framed("0", "0", "room", "phx_error", `{}`),
			framed("0", "0", "room", "phx_close", `{}`),
			ok("0", "2", "room", `{"wrong":1}`),
			framed("", "", "other topic", "event", `{}`),
			ok("1", "77", "room", `{"nobody":"asked"}`),
		)
		l.saysBytes("\x00\x01\x04\x050roomeventstale")
		if push.returned() {
			t.Fatal("a stale reply was taken")
		}
		l.says(framed("1", "", "room", "mine", `{}`), framed("", "", "room", "everybody's", `{}`), `["",null,"room","empty",{}]`)
		l.saysBytes("\x00\x01\x04\x041roompush\x01")
		l.saysBytes("\x00\x00\x04\x04roompush\x02")
		l.saysBytes("\x02\x04\x09roombroadcast\x03")
		expect(t, ch, "mine {}", "everybody's {}", "empty {}", "push (1 bytes)", "push (1 bytes)", "broadcast (1 bytes)", nothing)
		l.says(ok("", "2", "room", `{"right":1}`))
		if p, err := push.result(); err != nil || p.String() != `{"right":1}` {
			t.Errorf("Push = %s, %v", p, err)
		}
	})
}

// Version 1.0.0 shows the join's ref in phx_error and phx_close only, as their ref; null is for the present join.
func TestVersion1(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.Version, o.HeartbeatInterval = "1.0.0", -1
		c := s.open(o)
		l := s.link()
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		l.hears(`{"join_ref":"1","ref":"1","topic":"room","event":"phx_join","payload":{}}`)
		l.says(`{"topic":"room","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}`)
		ch, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		l.says(`{"topic":"room","event":"phx_error","payload":{},"ref":"0"}`, `{"topic":"room","event":"phx_close","payload":{},"ref":"0"}`,
			`{"topic":"room","event":"hello","payload":{"a":1},"ref":null}`)
		expect(t, ch, `hello {"a":1}`, nothing)
		if err := ch.Send(t.Context(), "bytes", protocol.Binary([]byte{1})); !errors.Is(err, protocol.ErrUnencodable) {
			t.Errorf("Send of bytes: %v, want ErrUnencodable", err)
		}
		l.says(`{"topic":"room","event":"phx_error","payload":{},"ref":null}`)
		expect(t, ch, `phx_error {}`, nothing)
		after(time.Second)
		l.hears(`{"join_ref":"3","ref":"3","topic":"room","event":"phx_join","payload":{}}`)
		l.says(`{"topic":"room","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"3"}`)
		l.says(`{"topic":"room","event":"phx_close","payload":{},"ref":"3"}`)
		expect(t, ch, `phx_join {}`, ErrChannelClosed.Error())
	})
}
