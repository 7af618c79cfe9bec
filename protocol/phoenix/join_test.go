package phoenix_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A joiner is a channel whose Join is a function.
type joiner struct {
	plain
	join func(s *phoenix.Socket, p protocol.Payload) (any, error)
}

func (j *joiner) Join(s *phoenix.Socket, p protocol.Payload) (any, error) {
	j.book.enter(s)
	return j.join(s, p)
}

// A watchedJoiner is a joiner whose end is noted, and that says something then.
type watchedJoiner struct{ joiner }

func (j *watchedJoiner) HandleInfo(s *phoenix.Socket, msg any) error {
	return s.Push("info", map[string]any{"msg": msg})
}

func (j *watchedJoiner) Terminate(s *phoenix.Socket, reason error) {
	j.book.mu.Lock()
	j.book.reasons = append(j.book.reasons, reason)
	j.book.mu.Unlock()
	for _, err := range []error{s.Push("last push", nil), s.Broadcast("last broadcast", nil), s.PushFastlane(aFastlane())} {
		j.book.write(fmt.Sprint(err))
	}
	j.book.write(fmt.Sprint(s.Send("to myself")))
}

func aFastlane() *phoenix.Fastlane {
	f, err := phoenix.NewFastlane("a", "prepared", nil)
	if err != nil {
		panic(err)
	}
	return f
}

// joining returns routes to watched joiners, and where they leave word.
func joining(join func(s *phoenix.Socket, p protocol.Payload) (any, error)) (func() phoenix.Channel, *guestbook) {
	g := new(guestbook)
	return func() phoenix.Channel {
		return &watchedJoiner{joiner{plain: plain{book: g}, join: join}}
	}, g
}

// PROTOCOL.md §4.4, step 4.
func TestJoinOutcomes(t *testing.T) {
	reject := phoenix.Reject
	tests := []struct {
		name      string
		response  any
		err       error
		status    string
		want      string
		v1        string // "" where it is as for V2
		terminate error  // what Terminate is told at once; nil if nothing
	}{
		{name: "nothing", status: "ok", want: `{}`},
		{name: "object", response: map[string]int{"a": 1}, status: "ok", want: `{"a":1}`},
		{name: "string", response: "text", status: "ok", want: `"text"`},
		{name: "list", response: []any{1, nil, "x"}, status: "ok", want: `[1,null,"x"]`},
		{name: "null", response: protocol.JSON([]byte("null")), status: "ok", want: `null`},
		{name: "payload as written", response: protocol.JSON([]byte(`{"n":1.50}`)), status: "ok", want: `{"n":1.50}`},
		{name: "rejected", err: reject(map[string]string{"reason": "denied"}), status: "error", want: `{"reason":"denied"}`, terminate: phoenix.ErrShutdown},
		{name: "rejected with nothing", err: reject(nil), status: "error", want: `{}`, terminate: phoenix.ErrShutdown},
		{name: "rejected with a string", err: reject("no"), status: "error", want: `"no"`, terminate: phoenix.ErrShutdown},
		{name: "rejected, wrapped", err: fmt.Errorf("not today: %w", reject("no")), status: "error", want: `"no"`, terminate: phoenix.ErrShutdown},
		{name: "rejected with what is not JSON", err: reject(func() {}), status: "error", want: `{"reason":"join crashed"}`, terminate: phoenix.ErrShutdown},
		{name: "error", err: errors.New("broken"), status: "error", want: `{"reason":"join crashed"}`},
		{name: "stop", err: phoenix.Stop(phoenix.ErrNormal), status: "error", want: `{"reason":"join crashed"}`},
		{name: "response that is not JSON", response: make(chan int), status: "error", want: `{"reason":"join crashed"}`, terminate: protocol.ErrUnencodable},
		{name: "rejected with bytes", err: reject(protocol.Binary([]byte("x"))), status: "error", want: "\x01\x01\x01\x01\x0511aerrorx", v1: `{"reason":"join crashed"}`, terminate: phoenix.ErrShutdown},
	}
	for _, tt := range tests {
		for _, s := range []protocol.Serializer{protocol.V1, protocol.V2} {
			t.Run(fmt.Sprint(tt.name, "/", s), func(t *testing.T) {
				channel, g := joining(func(*phoenix.Socket, protocol.Payload) (any, error) { return tt.response, tt.err })
				inWorld(t, channel, func(w *world) {
					c := w.dial(s)
					want := fmt.Sprintf(`["1","1","a","phx_reply",{"status":%q,"response":%s}]`, tt.status, tt.want)
					if strings.HasPrefix(tt.want, "\x01") {
						want = tt.want
					}
					after := failed("", "2", "a", "unmatched topic")
					if s == protocol.V1 {
						response := tt.want
						if tt.v1 != "" {
							response = tt.v1
						}
						want = fmt.Sprintf(`{"topic":"a","event":"phx_reply","payload":{"status":%q,"response":%s},"ref":"1"}`, tt.status, response)
						after = `{"topic":"a","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"2"}`
						c.says(`{"topic":"a","event":"phx_join","payload":{},"ref":"1"}`)
					} else {
						c.says(join("1", "a"))
					}
					if got := c.texts(); len(got) != 1 || got[0] != want && !sameJSON(got[0], want) {
						w.Fatalf("heard %q, want %q", got, want)
					}
					got := g.endings()
					if tt.terminate == nil && len(got) != 0 || tt.terminate != nil && (len(got) != 1 || !errors.Is(got[0], tt.terminate)) {
						t.Errorf("Terminate was told %v, want %v", got, tt.terminate)
					}
					if tt.status == "ok" {
						return
					}
					if entries := g.take(); tt.terminate != nil && !slices.Equal(entries, []string{
						phoenix.ErrNotJoined.Error(), phoenix.ErrNotJoined.Error(), phoenix.ErrNotJoined.Error(), "false",
					}) {
						t.Errorf("a channel that never was could speak: %q", entries)
					}
					if s == protocol.V1 {
						c.says(`{"topic":"a","event":"ok","payload":{},"ref":"2"}`)
					} else {
						c.says(message("1", "2", "a", "ok", "{}"))
					}
					c.hears(after)
					if n := w.endpoint.Bus().Count("a"); n != 0 {
						t.Errorf("%d subscriptions are left", n)
					}
				})
			})
		}
	}
}

func TestJoinPanics(t *testing.T) {
	for name, panics := range map[string]func(){
		"string":      func() { panic("ouch") },
		"error":       func() { panic(errors.New("ouch")) },
		"runtime":     func() { var none *plain; none.word = "" },
		"nil":         func() { panic(nil) },
		"a rejection": func() { panic(phoenix.Reject(map[string]string{"reason": "sneaky"})) },
		"a stop":      func() { panic(phoenix.Stop(phoenix.ErrNormal)) },
	} {
		t.Run(name, func(t *testing.T) {
			channel, g := joining(func(*phoenix.Socket, protocol.Payload) (any, error) { panics(); return nil, nil })
			inWorld(t, channel, func(w *world) {
				c := w.dial(protocol.V2)
				c.says(join("1", "a"))
				c.hears(failed("1", "1", "a", "join crashed"))
				if got := g.endings(); len(got) != 0 {
					t.Errorf("Terminate was told %v", got)
				}
				if logs := w.logs(); !strings.Contains(logs, "join_test.go") {
					t.Errorf("the log shows no stack:\n%s", logs)
				}
			})
		})
	}
}

// A factory that fails is a channel that cannot start (PROTOCOL.md §4.4).
func TestJoinCannotStart(t *testing.T) {
	for name, channel := range map[string]func() phoenix.Channel{
		"panic": func() phoenix.Channel { panic("no channel today") },
		"nil":   func() phoenix.Channel { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, channel, func(w *world) {
				c := w.dial(protocol.V2)
				c.says(join("1", "a"), join("2", "a"))
				c.hears(failed("1", "1", "a", "join crashed"), failed("2", "2", "a", "join crashed"))
			})
		})
	}
}

// interceptor fails when it is asked what it intercepts, behind a join that went well.
type interceptor struct{ watchedJoiner }

func (*interceptor) Intercept() []string { panic("in Intercept") }
func (*interceptor) HandleOut(*phoenix.Socket, string, protocol.Payload) error {
	return nil
}

// What Join has begun, Terminate must be able to end, also when the join fails behind it.
func TestJoinFailsBehindJoin(t *testing.T) {
	g := new(guestbook)
	join1 := func(*phoenix.Socket, protocol.Payload) (any, error) { return nil, nil }
	inWorld(t, func() phoenix.Channel { return &interceptor{watchedJoiner{joiner{plain{book: g}, join1}}} }, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"))
		c.hears(failed("1", "1", "a", "join crashed"))
		var crash *phoenix.CrashError
		if got := g.endings(); len(got) != 1 || !errors.As(got[0], &crash) {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

// What is said to the client in Join, by the channel or by others who know it
// already, comes behind the reply; others cannot be spoken to yet.
func TestSpeakingInJoin(t *testing.T) {
	var errs []error
	channel, _ := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) {
		_, noRef := s.Ref()
		errs = []error{s.Broadcast("e", nil), s.BroadcastFrom("e", nil)}
		if !errors.Is(noRef, phoenix.ErrNoRef) {
			errs = append(errs, noRef)
		}
		if err := s.Push("first", nil); err != nil {
			return nil, err
		}
		pushed := make(chan error)
		go func() { pushed <- s.PushFastlane(aFastlane()) }()
		return nil, <-pushed
	})
	inWorld(t, channel, func(w *world) {
		listener := w.dial(protocol.V2)
		c := w.dial(protocol.V2)
		c.says(join("1", "a"))
		c.hears(joined("1", "a"), pushed("1", "a", "first", "{}"), `[null,null,"a","prepared",{}]`)
		listener.hears()
		for i, err := range errs {
			if !errors.Is(err, phoenix.ErrNotJoined) {
				t.Errorf("call %d returned %v", i, err)
			}
		}
		if len(errs) != 2 {
			t.Errorf("Ref returned %v", errs[2:])
		}
	})
}

// What was said in a join that failed is not sent, then or later.
func TestSpeakingInAJoinThatFails(t *testing.T) {
	var socket *phoenix.Socket
	channel, _ := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) {
		socket = s
		if err := s.Push("first", nil); err != nil {
			return nil, err
		}
		return nil, phoenix.Reject(map[string]string{"reason": "no"})
	})
	inWorld(t, channel, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"))
		c.hears(failed("1", "1", "a", "no"))
		if err := socket.Push("late", nil); !errors.Is(err, phoenix.ErrEnded) {
			t.Errorf("a push after the failed join returned %v", err)
		}
		c.hears()
	})
}

// Send is the way to do something right behind the join, and keeps its order.
func TestSendInJoin(t *testing.T) {
	channel, _ := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) {
		for i := range 3 {
			if !s.Send(i) {
				return nil, errors.New("Send returned false")
			}
		}
		return map[string]bool{"welcome": true}, nil
	})
	inWorld(t, channel, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "ok", "{}"))
		c.hears(ok("1", "1", "a", `{"welcome":true}`),
			pushed("1", "a", "info", `{"msg":0}`), pushed("1", "a", "info", `{"msg":1}`), pushed("1", "a", "info", `{"msg":2}`),
			ok("1", "2", "a", "{}"))
	})
}

// PROTOCOL.md §4.4: a slow join delays everything behind it on its connection, which is answered in order then.
func TestSlowJoinBlocksItsConnection(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c, other := w.dial(protocol.V2), w.dial(protocol.V2)
		c.says(join("1", "quick"))
		c.take()
		go c.says(join("2", "room:slow"), `[null,"3","phoenix","heartbeat",{}]`, message("2", "4", "room:slow", "ok", "{}"))
		synctest.Wait()
		c.hears()
		other.says(join("1", "a"))
		other.hears(joined("1", "a"))
		// Other channels' pushes go out meanwhile (DESIGN.md §3.6).
		if err := w.endpoint.Broadcast("quick", "e", nil); err != nil {
			w.Fatalf("%v", err)
		}
		c.hears(fastlane("quick", "e", "{}"))
		after(time.Second - 1)
		c.hears()
		after(1)
		c.hears(joined("2", "room:slow"), ok("", "3", "phoenix", "{}"), ok("2", "4", "room:slow", "{}"))
	})
}

// What is said right behind phx_join waits for it: events, and the leave of a client that timed out.
func TestMessagesRightBehindAJoin(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		go c.says(join("1", "room:slow"), message("1", "2", "room:slow", "echo", `{"a":1}`), message("1", "3", "room:slow", "phx_leave", "{}"))
		after(time.Second)
		c.hears(joined("1", "room:slow"), ok("1", "2", "room:slow", `{"a":1}`), ok("1", "3", "room:slow", "{}"), closed("1", "room:slow"))
		go c.says(join("4", "room:slow"), message("4", "5", "room:slow", "phx_leave", "{}"))
		after(time.Second)
		c.hears(joined("4", "room:slow"), ok("4", "5", "room:slow", "{}"), closed("4", "room:slow"))
		if n := w.endpoint.Bus().Count("room:slow"); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

// The payload of a join may be any JSON value, or bytes.
func TestJoinPayloads(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		for i, payload := range []string{`{}`, `{"a":{"b":[1,2.50]}}`, `null`, `"text"`, `[]`, `1e400`} {
			ref := fmt.Sprint(i)
			topic := fmt.Sprintf("t%d:params", i)
			c.says(message(ref, ref, topic, "phx_join", payload))
			c.hears(ok(ref, ref, topic, payload))
		}
		if err := c.message([]byte("\x00\x01\x01\x08\x0899b:paramsphx_join\xff\x00"), true); err != nil {
			w.Fatalf("%v", err)
		}
		if got := c.texts(); len(got) != 1 || got[0] != "\x01\x01\x01\x08\x0299b:paramsok\xff\x00" {
			t.Errorf("heard %q", got)
		}
	})
}

// A Join that ends its goroutine, as t.FailNow does, takes the connection's reader with it, but leaves nothing behind.
func TestJoinEndsItsGoroutine(t *testing.T) {
	channel, _ := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) {
		if err := s.Subscribe("news"); err != nil {
			return nil, err
		}
		runtime.Goexit()
		return nil, nil
	})
	inWorld(t, channel, func(w *world) {
		c := w.dial(protocol.V2)
		ended := false
		go func() {
			defer func() { ended = true }()
			c.says(join("1", "a"))
		}()
		synctest.Wait()
		if n := w.endpoint.Bus().Count("news"); !ended || n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

// A response that panics when it is marshaled ends the join alone, like a panic in Join itself.
func TestJoinWithAResponseThatPanics(t *testing.T) {
	channel, g := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) {
		if s.Topic() == "deny" {
			return nil, phoenix.Reject(explosive{})
		}
		return explosive{}, nil
	})
	inWorld(t, channel, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), join("2", "deny"), `[null,"3","phoenix","heartbeat",{}]`)
		c.hears(failed("1", "1", "a", "join crashed"), failed("2", "2", "deny", "join crashed"), ok("", "3", "phoenix", "{}"))
		if got := g.endings(); len(got) != 2 || !errors.As(got[0], new(*phoenix.CrashError)) || got[1] != phoenix.ErrShutdown {
			t.Errorf("Terminate was told %v", got)
		}
	})
}

type explosive struct{}

func (explosive) MarshalJSON() ([]byte, error) { panic("in MarshalJSON") }
