package client

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func TestPush(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		push := func(payload any) *pending[protocol.Payload] {
			return begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "say", payload) })
		}
		one, two := push("one"), push(protocol.JSON([]byte(`[2]`)))
		l.hears(`["1","2","room","say","one"]`, `["1","3","room","say",[2]]`)
		l.says(ok("1", "3", "room", `[3]`), replied("1", "2", "room", "busy", `null`)) // in any order
		if p, err := two.result(); err != nil || p.String() != `[3]` {
			t.Errorf("Push = %s, %v", p, err)
		}
		_, err := one.result()
		refused, isReply := errors.AsType[*ReplyError](err)
		if !isReply || refused.Status != "busy" || refused.Response.String() != "null" || refused.Event != "say" || refused.Topic != "room" {
			t.Errorf("Push: %v", err)
		}
		three := push(protocol.Binary([]byte{7, 8}))
		l.hears("\x00\x01\x01\x04\x0314roomsay\x07\x08")
		l.saysBytes("\x01\x01\x01\x04\x0214roomok\x09")
		if p, err := three.result(); err != nil || !p.IsBinary() || string(p.Bytes()) != "\x09" {
			t.Errorf("Push of bytes = %s, %v", p, err)
		}
		if len(c.calls) != 0 {
			t.Errorf("%d calls are left", len(c.calls))
		}
	})
}

func TestPushTimeout(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		ch := s.link().join(c, "room", "1")
		p := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "say", nil) })
		after(DefaultTimeout)
		if _, err := p.result(); !errors.Is(err, ErrTimeout) {
			t.Errorf("Push: %v, want ErrTimeout", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p = begin(t, func() (protocol.Payload, error) { return ch.Push(ctx, "say", nil) })
		after(time.Second)
		if _, err := p.result(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Push: %v, want the context's error", err)
		}
		if len(c.calls) != 0 {
			t.Errorf("%d calls are left", len(c.calls))
		}
		s.link().says(ok("1", "2", "room", `{}`)) // too late for anybody
		expect(t, ch, nothing)
	})
}

// Without a limit, a push waits as long as its context lets it.
func TestPushWithoutTimeout(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.Timeout, o.HeartbeatInterval = -1, -1
		c := s.open(o)
		ch := s.link().join(c, "room", "1")
		p := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "say", nil) })
		after(24 * time.Hour)
		if p.returned() {
			t.Fatal("Push gave up")
		}
		s.link().says(ok("1", "2", "room", `{}`))
		if _, err := p.result(); err != nil {
			t.Error(err)
		}
	})
}

// A push that was sent when the connection broke fails at once; one that was not waits for the channel to be back.
func TestPushAndTheConnection(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		ch := s.link().join(c, "room", "1")
		say := func(what string) *pending[protocol.Payload] {
			return begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), what, nil) })
		}
		sent := say("sent")
		s.link().breaks()
		waits := say("waits")
		sending := begin(t, func() (struct{}, error) { return struct{}{}, ch.Send(t.Context(), "too", nil) })
		if _, err := sent.result(); !errors.Is(err, ErrDisconnected) {
			t.Errorf("the push that was sent: %v, want ErrDisconnected", err)
		}
		if waits.returned() || sending.returned() {
			t.Fatal("a push did not wait for the channel")
		}
		after(10 * time.Millisecond)
		l := s.link()
		l.hears(`["3","3","room","phx_join",{}]`)
		l.says(ok("3", "3", "room", `{}`))
		got := l.took()
		if len(got) != 2 || !strings.Contains(got[0]+got[1], `"room","waits",{}]`) || !strings.Contains(got[0]+got[1], `"room","too",{}]`) {
			t.Fatalf("the client sent %q", got)
		}
		for _, text := range got {
			if strings.Contains(text, "waits") {
				l.says(ok("3", strings.Split(text, `"`)[3], "room", `{}`))
			}
		}
		if _, err := waits.result(); err != nil {
			t.Errorf("the push that waited: %v", err)
		}
		if _, err := sending.result(); err != nil {
			t.Errorf("Send: %v", err)
		}
		expect(t, ch, `phx_error {"reason":"the connection was lost"}`, "phx_join {}", nothing)
	})
}

func TestPushThatCannotBeWritten(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		ch := s.link().join(c, "room", "1")
		for _, push := range []struct {
			event   string
			payload any
		}{{"say", func() {}}, {"\xff", nil}, {strings.Repeat("e", 256), protocol.Binary(nil)}, {"\xff", protocol.Binary(nil)}} {
			if _, err := ch.Push(t.Context(), push.event, push.payload); !errors.Is(err, protocol.ErrUnencodable) {
				t.Errorf("Push(%.5q, %T): %v, want ErrUnencodable", push.event, push.payload, err)
			}
		}
		s.link().hears()
		if len(c.calls) != 0 {
			t.Errorf("%d calls are left", len(c.calls))
		}
	})
}

// When more than a megabyte waits to be sent, senders wait too, as long as their context lets them.
func TestBackPressure(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		l.stick(true)
		send := func(ctx context.Context) *pending[struct{}] {
			return begin(t, func() (struct{}, error) { return struct{}{}, ch.Send(ctx, "big", strings.Repeat("x", maxUnsent)) })
		}
		one, two := send(t.Context()), send(t.Context()) // on its way, and queued
		if !one.returned() || !two.returned() {
			t.Fatal("Send waits although there is room")
		}
		ctx, cancel := context.WithCancel(t.Context())
		three, four := send(ctx), send(t.Context())
		if three.returned() || four.returned() {
			t.Fatal("Send does not wait although there is no room")
		}
		cancel()
		if _, err := three.result(); !errors.Is(err, context.Canceled) {
			t.Errorf("Send: %v, want the context's error", err)
		}
		l.stick(false)
		if _, err := four.result(); err != nil {
			t.Errorf("Send: %v", err)
		}
		if n := len(l.took()); n != 3 {
			t.Errorf("%d messages came, want 3", n)
		}
		// A connection that is lost keeps nobody waiting for room.
		l.stick(true)
		send(t.Context())
		send(t.Context())
		five := send(t.Context())
		if l.breaks(); five.returned() {
			t.Fatal("Send does not wait for the channel to be back")
		}
		after(10 * time.Millisecond)
		l = s.link()
		ref := strings.Split(l.took()[0], `"`)[1]
		l.says(ok(ref, ref, "room", `{}`))
		if _, err := five.result(); err != nil || len(l.took()) != 1 {
			t.Errorf("Send: %v", err)
		}
	})
}

func TestLeave(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		push := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "say", nil) })
		l.took()
		l.says(framed("1", "", "room", "before", `{}`))
		leave := func() *pending[struct{}] {
			return begin(t, func() (struct{}, error) { return struct{}{}, ch.Leave(t.Context()) })
		}
		p := leave()
		l.hears(`["1","3","room","phx_leave",{}]`)
		if _, err := push.result(); !errors.Is(err, ErrLeft) {
			t.Errorf("the push: %v, want ErrLeft", err)
		}
		if p.returned() {
			t.Fatal("Leave did not wait for the server")
		}
		l.says(framed("1", "", "room", "after", `{}`), ok("1", "3", "room", `{}`), framed("1", "1", "room", "phx_close", `{}`))
		if _, err := p.result(); err != nil {
			t.Errorf("Leave: %v", err)
		}
		expect(t, ch, "before {}", ErrLeft.Error())
		if _, err := leave().result(); err != nil {
			t.Errorf("Leave again: %v", err)
		}
		l.hears()
		l.join(c, "room", "4")
	})
}

// What becomes of the server's word does not matter to a channel that is left.
func TestLeaveWithoutAnAnswer(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.HeartbeatInterval = -1
		c := s.open(o)
		l := s.link()
		leave := func(topic, ref string, then func()) error {
			ch := l.join(c, topic, ref)
			p := begin(t, func() (struct{}, error) { return struct{}{}, ch.Leave(t.Context()) })
			l.took()
			then()
			_, err := p.result()
			return err
		}
		if err := leave("a", "1", func() { after(DefaultTimeout) }); !errors.Is(err, ErrTimeout) {
			t.Errorf("no answer: %v, want ErrTimeout", err)
		}
		if err := leave("b", "3", func() { l.says(replied("", "4", "b", "error", `{"reason":"unmatched topic"}`)) }); err != nil {
			t.Errorf("ended before: %v", err)
		}
		if err := leave("c", "5", func() { l.breaks() }); err != nil {
			t.Errorf("the connection was lost: %v", err)
		}
		after(time.Minute)
		s.link().hears()
	})
}

// A channel can be left while it is not joined; nobody needs to be told.
func TestLeaveWhileDisconnected(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		ch := s.link().join(c, "room", "1")
		s.link().breaks()
		waits := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "say", nil) })
		if err := ch.Leave(t.Context()); err != nil {
			t.Errorf("Leave: %v", err)
		}
		if _, err := waits.result(); !errors.Is(err, ErrLeft) {
			t.Errorf("the push: %v, want ErrLeft", err)
		}
		after(time.Minute)
		s.link().took()
		if len(c.channels) != 0 {
			t.Errorf("%d channels are left", len(c.channels))
		}
	})
}
