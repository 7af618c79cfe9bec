package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func TestJoin(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room:1", map[string]int{"a": 1}) })
		s.link().hears(`["1","1","room:1","phx_join",{"a":1}]`)
		if p.returned() {
			t.Fatal("Join returned before the server answered")
		}
		s.link().says(ok("1", "1", "room:1", `{"hello":"ann"}`))
		ch, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		if ch.Topic() != "room:1" || ch.Response().String() != `{"hello":"ann"}` {
			t.Errorf("the channel is on %s, the response %s", ch.Topic(), ch.Response())
		}
		expect(t, ch, nothing)
	})
}

// A join that failed for the first time is not tried again, and leaves nothing behind.
func TestJoinRefused(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		s.link().hears(`["1","1","room","phx_join",{}]`)
		s.link().says(replied("1", "1", "room", "error", `{"reason":"denied"}`))
		_, err := p.result()
		refused, isReply := errors.AsType[*ReplyError](err)
		if !isReply || refused.Topic != "room" || refused.Event != "phx_join" || refused.Status != "error" ||
			refused.Response.String() != `{"reason":"denied"}` {
			t.Fatalf("Join: %v", err)
		}
		if !strings.Contains(err.Error(), `{"reason":"denied"}`) {
			t.Errorf("the error does not say why: %v", err)
		}
		after(45 * time.Second)
		if len(c.channels) != 0 || len(c.calls) > 1 {
			t.Errorf("%d channels and %d calls are left", len(c.channels), len(c.calls))
		}
		// The same topic can be joined then. A heartbeat took a ref meanwhile.
		s.link().took()
		s.link().join(c, "room", "3")
	})
}

// The reply to a join that nothing serves has no join_ref.
func TestJoinUnmatched(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		s.link().says(replied("", "1", "room", "error", `{"reason":"unmatched topic"}`))
		if _, err := p.result(); err == nil || !strings.Contains(err.Error(), "unmatched topic") {
			t.Errorf("Join: %v", err)
		}
	})
}

// A server that does not answer is told to leave, in case it still lets the client in (PROTOCOL.md §7.2).
func TestJoinTimeout(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		s.link().hears(`["1","1","room","phx_join",{}]`)
		after(DefaultTimeout - 1)
		if p.returned() {
			t.Fatal("Join gave up too early")
		}
		after(1)
		if _, err := p.result(); !errors.Is(err, ErrTimeout) {
			t.Errorf("Join: %v, want ErrTimeout", err)
		}
		s.link().hears(`["1","2","room","phx_leave",{}]`)
		s.link().says(ok("1", "1", "room", `{}`), ok("1", "2", "room", `{}`), framed("1", "1", "room", "phx_close", `{}`))
		s.link().join(c, "room", "3") // nothing of it disturbs the next join
	})
}

func TestJoinCancelled(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		ctx, cancel := context.WithCancelCause(t.Context())
		p := begin(t, func() (*Channel, error) { return c.Join(ctx, "room", nil) })
		s.link().hears(`["1","1","room","phx_join",{}]`)
		why := errors.New("changed my mind")
		cancel(why)
		if _, err := p.result(); err != why {
			t.Errorf("Join: %v, want the context's cause", err)
		}
		s.link().hears(`["1","2","room","phx_leave",{}]`)
	})
}

// While there is no connection, Join waits for one, within its time.
func TestJoinWaitsForTheConnection(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		s.setDown(errors.New("no server"))
		s.link().breaks()
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		q := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "late", nil) })
		after(5 * time.Second)
		if p.returned() {
			t.Fatal("Join returned without a connection")
		}
		s.setDown(nil)
		after(4500 * time.Millisecond) // the tenth attempt is after 9.26 s
		for _, text := range s.link().took() {
			if strings.Contains(text, "room") {
				ref := strings.Split(text, `"`)[1]
				s.link().says(ok(ref, ref, "room", `{}`))
			}
		}
		if _, err := p.result(); err != nil {
			t.Errorf("Join: %v", err)
		}
		after(500 * time.Millisecond)
		if _, err := q.result(); !errors.Is(err, ErrTimeout) {
			t.Errorf("Join without an answer: %v, want ErrTimeout", err)
		}
	})
}

// A join whose connection is lost before the answer is sent again over the next one.
func TestJoinSurvivesAReconnect(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		s.link().hears(`["1","1","room","phx_join",{}]`)
		s.link().breaks()
		after(10 * time.Millisecond)
		s.link().hears(`["2","2","room","phx_join",{}]`)
		s.link().says(ok("2", "2", "room", `{}`))
		ch, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		expect(t, ch, nothing)
	})
}

// A payload that is a function is asked for each join.
func TestJoinPayloads(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		n := 0
		payload := func() any { n++; return map[string]int{"n": n} }
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", payload) })
		s.link().hears(`["1","1","room","phx_join",{"n":1}]`)
		s.link().says(ok("1", "1", "room", `{}`))
		if _, err := p.result(); err != nil {
			t.Fatal(err)
		}
		s.link().breaks()
		after(10 * time.Millisecond)
		s.link().hears(`["2","2","room","phx_join",{"n":2}]`)
	})
}

func TestJoinPayloadThatIsNone(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		if _, err := c.Join(t.Context(), "room", func() {}); !errors.Is(err, protocol.ErrUnencodable) {
			t.Errorf("Join with a function: %v, want ErrUnencodable", err)
		}
		if _, err := c.Join(t.Context(), "\xff", nil); !errors.Is(err, protocol.ErrUnencodable) {
			t.Errorf("Join with a topic that is not UTF-8: %v, want ErrUnencodable", err)
		}
		s.link().hears()
		if len(c.channels) != 0 {
			t.Errorf("%d channels are left", len(c.channels))
		}
	})
}

// Joining a topic again leaves it first, as phoenix.js does since 1.5.
func TestJoinReplaces(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		first := s.link().join(c, "room", "1")
		push := begin(t, func() (protocol.Payload, error) { return first.Push(t.Context(), "echo", nil) })
		s.link().hears(`["1","2","room","echo",{}]`)
		p := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		s.link().hears(`["1","3","room","phx_leave",{}]`, `["4","4","room","phx_join",{}]`)
		if _, err := push.result(); !errors.Is(err, ErrReplaced) {
			t.Errorf("the push of the channel replaced: %v, want ErrReplaced", err)
		}
		s.link().says(ok("1", "3", "room", `{}`), framed("1", "1", "room", "phx_close", `{}`), ok("4", "4", "room", `{}`),
			framed("1", "", "room", "old", `{}`), framed("4", "", "room", "new", `{}`))
		second, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		expect(t, first, ErrReplaced.Error())
		expect(t, second, "new {}", nothing)
		if err := first.Leave(t.Context()); err != nil {
			t.Errorf("Leave of the channel replaced: %v", err)
		}
		s.link().hears() // it must not take the new one along
	})
}
