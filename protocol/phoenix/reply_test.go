package phoenix_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

func TestReplies(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"),
			message("1", "2", "a", "echo", `{"list":[[1,{"x":null}]]}`),
			message("1", "3", "a", "error", `{"why":"so"}`),
			message("1", "4", "a", "status custom", `{}`),
			message("1", "9", "a", "status", `{}`), // an empty one is a status like any other
			message("1", "5", "a", "ok", `{}`),
			message("1", "6", "a", "noreply", `{}`),
			message("1", "7", "a", "echo", `"text"`),
			message("1", "8", "a", "echo", `null`),
			message("1", "", "a", "echo", `[]`))
		c.hears(joined("1", "a"),
			ok("1", "2", "a", `{"list":[[1,{"x":null}]]}`),
			message("1", "3", "a", "phx_reply", `{"status":"error","response":{"why":"so"}}`),
			message("1", "4", "a", "phx_reply", `{"status":"custom","response":{}}`),
			message("1", "9", "a", "phx_reply", `{"status":"","response":{}}`),
			ok("1", "5", "a", `{}`),
			ok("1", "7", "a", `"text"`),
			ok("1", "8", "a", `null`),
			ok("1", "", "a", `[]`))
	})
}

// replier answers with whatever the test says.
type replier struct {
	plain
	reply phoenix.Reply
	err   error
}

func (r *replier) HandleIn(*phoenix.Socket, string, protocol.Payload) (phoenix.Reply, error) {
	return r.reply, r.err
}

// A reply that cannot be written is the channel's crash.
func TestReplyThatCannotBeEncoded(t *testing.T) {
	for name, r := range map[string]replier{
		"not JSON":            {reply: phoenix.OK(func() {})},
		"not JSON, at a stop": {reply: phoenix.OK(func() {}), err: phoenix.Stop(phoenix.ErrNormal)},
		"long status":         {reply: phoenix.Status(strings.Repeat("x", 256), protocol.Binary(nil))},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func() phoenix.Channel { c := r; c.book = new(guestbook); return &c }, func(w *world) {
				c := w.dial(protocol.V2)
				c.says(join("1", "a"), message("1", "2", "a", "anything", "{}"))
				c.hears(joined("1", "a"), crashed("1", "a"))
			})
		})
	}
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V1)
		c.says(`{"topic":"a","event":"phx_join","payload":{},"ref":"1"}`)
		c.take()
		// A V2 client has broadcast bytes, for which V1 has no form: the sender crashes (PROTOCOL.md §3.2).
		sender := w.dial(protocol.V2)
		sender.says(join("1", "a"))
		sender.take()
		if err := sender.message([]byte("\x00\x01\x01\x01\x0b12abroadcast b\xff"), true); err != nil {
			w.Fatalf("%v", err)
		}
		frames := sender.texts()
		if len(frames) == 0 || !sameJSON(frames[len(frames)-1], crashed("1", "a")) {
			t.Errorf("the sender heard %q", frames)
		}
		c.hears()
	})
}

// PROTOCOL.md §4.8: a ref may be answered when HandleIn has returned, and any number of times.
func TestReplyTo(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "async 2s", `{"n":2}`), message("1", "3", "a", "async 1s", `{"n":3}`), message("1", "4", "a", "ok", `{}`))
		c.hears(joined("1", "a"), ok("1", "4", "a", "{}"))
		after(time.Second)
		c.hears(ok("1", "3", "a", `{"n":3}`))
		after(time.Second)
		c.hears(ok("1", "2", "a", `{"n":2}`))
		c.says(message("1", "5", "a", "async 1s", "{}"), message("1", "6", "a", "phx_leave", "{}"))
		c.take()
		after(time.Second)
		c.hears()
		if notes := g.take(); len(notes) != 1 || notes[0] != phoenix.ErrEnded.Error() {
			t.Errorf("the answer behind the end returned %q", notes)
		}
		// Without a ref there is nothing to answer: the lab's channel crashes.
		c.says(join("7", "a"), message("7", "", "a", "async 1s", "{}"))
		c.hears(joined("7", "a"), crashed("7", "a"))
	})
}

func TestReplyToManyTimes(t *testing.T) {
	var zero error
	inWorld(t, func() phoenix.Channel {
		return &answerer{func(s *phoenix.Socket) error {
			ref, err := s.Ref()
			if err != nil {
				return err
			}
			zero = s.ReplyTo(phoenix.MessageRef{}, phoenix.OK(nil))
			if err := s.ReplyTo(ref, phoenix.NoReply); err != nil { // says nothing
				return err
			}
			for i := range 3 {
				if err := s.ReplyTo(ref, phoenix.Status("progress", i)); err != nil {
					return err
				}
			}
			if err := s.ReplyTo(ref, phoenix.OK(make(chan int))); !errors.Is(err, protocol.ErrUnencodable) {
				return errors.New("a channel was encoded")
			}
			return nil
		}}
	}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "go", "{}"))
		c.hears(joined("1", "a"),
			message("1", "2", "a", "phx_reply", `{"status":"progress","response":0}`),
			message("1", "2", "a", "phx_reply", `{"status":"progress","response":1}`),
			message("1", "2", "a", "phx_reply", `{"status":"progress","response":2}`),
			ok("1", "2", "a", `"at last"`))
		if !errors.Is(zero, phoenix.ErrNoRef) {
			t.Errorf("ReplyTo of nothing returned %v", zero)
		}
	})
}

// An answerer calls a function in HandleIn.
type answerer struct {
	f func(s *phoenix.Socket) error
}

func (*answerer) Join(*phoenix.Socket, protocol.Payload) (any, error) { return nil, nil }

func (a *answerer) HandleIn(s *phoenix.Socket, _ string, _ protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK("at last"), a.f(s)
}

// The ref is that of the message being handled, and of no other moment.
func TestRefOutsideOfHandleIn(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), message("1", "2", "a", "ok", "{}"))
		c.take()
		var err error
		g.socket("a").Send(func(s *phoenix.Socket) error { _, err = s.Ref(); return nil })
		c.hears()
		if !errors.Is(err, phoenix.ErrNoRef) {
			t.Errorf("Ref in HandleInfo returned %v", err)
		}
	})
}

func TestWhatASocketKnows(t *testing.T) {
	g := new(guestbook)
	inWorld(t, g.room, func(w *world) {
		connection := &phoenix.Connection{ID: "user:1", Assigns: 42, Transport: "pigeon"}
		c := w.dialAs(protocol.V2, connection)
		c.says(join("1", "a"), `[null,"n","b","phx_join",{}]`)
		c.take()
		a, b := g.socket("a"), g.socket("b")
		if a.Topic() != "a" || a.JoinRef() != protocol.StringRef("1") || b.JoinRef() != protocol.StringRef("n") {
			t.Errorf("topic %q, join_refs %v and %v", a.Topic(), a.JoinRef(), b.JoinRef())
		}
		if a.Connection() != connection || b.Connection() != connection || a.Endpoint() != w.endpoint {
			t.Error("the sockets are of another connection, or of another endpoint")
		}
	})
}

func TestTakesBytes(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, test := range []struct {
		serializer     protocol.Serializer
		joinRef, topic string
		want           bool
	}{
		{protocol.V2, "1", "a", true},
		{protocol.V2, long[:255], long[:255], true},
		{protocol.V2, long, "a", false},
		{protocol.V2, "1", long, false},
		{protocol.V1, "1", "a", false},
		{protocol.V2015, "1", "a", false},
	} {
		g := new(guestbook)
		inWorld(t, g.room, func(w *world) {
			c := w.dial(test.serializer)
			if test.serializer == protocol.V2 {
				c.says(join(test.joinRef, test.topic))
			} else {
				c.says(`{"topic":"a","event":"phx_join","payload":{},"ref":"1"}`)
			}
			if n := len(c.take()); n != 1 {
				w.Fatalf("%v: %d frames", test.serializer, n)
			}
			s := g.socket(test.topic)
			if got := s.TakesBytes(); got != test.want {
				t.Errorf("%v, join_ref of %d bytes, topic of %d: %v", test.serializer, len(test.joinRef), len(test.topic), got)
			}
			if err := s.Push("", protocol.Binary([]byte{255})); (err == nil) != test.want {
				t.Errorf("%v: a push of bytes returned %v", test.serializer, err)
			}
			if n := len(c.take()); n != 0 && !test.want {
				t.Errorf("%v: %d frames were sent", test.serializer, n)
			}
		})
	}
}

// Long polling carries text alone, whatever the serializer has a form for.
func TestLongPollingTakesNoBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		channel, _ := joining(func(s *phoenix.Socket, _ protocol.Payload) (any, error) { return s.TakesBytes(), nil })
		e := phoenix.NewEndpoint(quiet())
		u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: channel}}}
		e.Mount("/socket", u, phoenix.MountOptions{LongPoll: &phoenix.LongPollOptions{}})
		do := func(method, query, body string) string {
			w := httptest.NewRecorder()
			e.ServeHTTP(w, httptest.NewRequest(method, "/socket/longpoll?vsn=2.0.0"+query, strings.NewReader(body)))
			return w.Body.String()
		}
		_, token, _ := strings.Cut(do("GET", "", ""), `"token":"`)
		token, _, _ = strings.Cut(token, `"`)
		do("POST", "&token="+token, join("1", "a"))
		if heard := do("GET", "&token="+token, ""); !strings.Contains(heard, `\"response\":false`) {
			t.Errorf("heard %s", heard)
		}
		if err := e.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
