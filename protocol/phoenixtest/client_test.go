package phoenixtest_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

func TestConnect(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := connect(t, phoenixtest.Options{Params: phoenix.Params{"id": "user:1"}, Info: phoenix.ConnectInfo{UserAgent: "test"}})
		if conn := c.Connection(); conn.ID != "user:1" || conn.Assigns != "test" || conn.Transport == "" {
			t.Errorf("the connection is %+v", conn)
		}
		refused, err := phoenixtest.Connect(t, socket, phoenixtest.Options{Params: phoenix.Params{"refuse": ""}})
		if refused != nil || !errors.Is(err, errRefused) {
			t.Errorf("a refused client is %v, %v", refused, err)
		}
		if c := connect(t, phoenixtest.Options{}); c.Connection().ID != "" {
			t.Error("a client without parameters has an ID")
		}
		anybody, err := phoenixtest.Connect(t, &phoenix.UserSocket{}, phoenixtest.Options{})
		if anybody == nil || err != nil {
			t.Errorf("a socket without Connect answers %v, %v", anybody, err)
		}
	})
}

func TestConnectGivesParams(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var got phoenix.Params
		u := &phoenix.UserSocket{Connect: func(_ *phoenix.Connection, p phoenix.Params, _ phoenix.ConnectInfo) error {
			got = p
			p["written"] = "to" // a host's parameters are never nil
			return nil
		}}
		if _, err := phoenixtest.Connect(t, u, phoenixtest.Options{}); err != nil || len(got) != 1 {
			t.Errorf("Connect was given %v; %v", got, err)
		}
	})
}

func TestOpen(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		connection := &phoenix.Connection{ID: "user:1", Assigns: 42}
		c := phoenixtest.Open(t, socket, connection, phoenixtest.Options{Params: phoenix.Params{"refuse": ""}})
		if c.Connection() != connection {
			t.Error("the connection is another one")
		}
		c.MustJoin("room:a", nil)
	})
}

func TestJoin(t *testing.T) {
	everywhere(t, func(t *testing.T, o phoenixtest.Options) {
		c := connect(t, o)
		a, err := c.Join("room:a", map[string]int{"n": 1})
		if err != nil || a.Topic() != "room:a" || a.Response().String() != `{"n":1}` || a.JoinRef() == protocol.Null {
			t.Errorf("joined %+v, %v", a, err)
		}
		for topic, want := range map[string]string{"room:deny": `{"reason":"denied"}`, "room:crash": `{"reason":"join crashed"}`} {
			ch, err := c.Join(topic, nil)
			var refused *phoenixtest.Refusal
			if ch != nil || !errors.As(err, &refused) || refused.Topic != topic || refused.Response.String() != want {
				t.Errorf("%s: %v", topic, err)
			}
		}
		if rest := c.Received(); len(rest) != 0 {
			t.Errorf("the client was sent more: %v", rest)
		}
	})
}

func TestUnmatchedTopic(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := connect(t, phoenixtest.Options{})
		if _, err := c.Join("nowhere", nil); err == nil || err.Error() != `the join of nowhere was refused with {"reason":"unmatched topic"}` {
			t.Errorf("joined: %v", err)
		}
	})
}

func TestPushAndReply(t *testing.T) {
	everywhere(t, func(t *testing.T, o phoenixtest.Options) {
		c := connect(t, o)
		a := c.MustJoin("room:a", nil)
		first, second := a.Push("echo", map[string]int{"n": 1}), a.Push("error", nil)
		a.ExpectReply(second, "error", nil)
		got := a.ExpectReply(first, "ok", map[string]int{"n": 1})
		if got.Status != "ok" || got.Ref != first || got.Topic != "room:a" || got.Event != "phx_reply" {
			t.Errorf("the reply is %+v", got)
		}
		a.RefuteReply(first, "ok", phoenixtest.Anything)
		a.Push("push", []byte(nil)) // "" in JSON: V1 can push it, V2 cannot
		if o.Serializer == protocol.V1 || o.Serializer == protocol.V2015 {
			a.ExpectPush("pushed", "")
		} else {
			a.ExpectCrash()
			a = c.MustJoin("room:a", nil)
		}
		a.Push("push", map[string]any{"list": []int{1}})
		pushed := a.ExpectPush("pushed", map[string]any{"list": []float64{1.0}})
		var list struct{ List []int }
		if err := pushed.Payload.Decode(&struct {
			List *[]int `json:"list"`
		}{&list.List}); err != nil || !reflect.DeepEqual(list.List, []int{1}) {
			t.Errorf("the payload is %v, %v", list, err)
		}
		a.Push("stop", nil)
		a.ExpectClose()
	})
}

func TestBinaryPayloads(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		bytes := protocol.Binary([]byte{0, 0xff, 1})
		c, other := connect(t, phoenixtest.Options{}), (*phoenixtest.Client)(nil)
		a := c.MustJoin("room:a", bytes)
		if got := a.Response(); !got.IsBinary() || string(got.Bytes()) != "\x00\xff\x01" {
			t.Errorf("the response is %v", got)
		}
		a.ExpectReply(a.Push("echo", bytes), "ok", bytes)
		a.Push("push", bytes)
		a.ExpectPush("pushed", bytes)
		other = connect(t, phoenixtest.Options{Endpoint: c.Endpoint()})
		topic, b := other.SubscribeAndJoin("room:a", nil)
		a.Push("broadcast", bytes)
		for _, ch := range []*phoenixtest.Channel{a, b} {
			ch.ExpectPush("told", bytes)
		}
		topic.ExpectBroadcast("told", bytes)
		a.RefutePush("told", phoenixtest.Anything)
	})
}

func TestLeave(t *testing.T) {
	everywhere(t, func(t *testing.T, o phoenixtest.Options) {
		c := connect(t, o)
		a := c.MustJoin("room:a", nil)
		ref := a.Leave()
		a.ExpectReply(ref, "ok", nil)
		a.ExpectClose()
		a.Leave()
		a = c.MustJoin("room:a", nil)
		a.Push("no rule for this", nil)
		a.ExpectCrash()
	})
}

// Joined again, a topic is another channel: what is for the old one is not for the new one.
func TestRejoin(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := connect(t, phoenixtest.Options{})
		old := c.MustJoin("room:a", nil)
		old.Push("push", nil)
		synctest.Wait()
		fresh := c.MustJoin("room:a", nil)
		fresh.RefutePush("pushed", nil)
		fresh.RefutePush(protocol.EventClose, nil)
		old.ExpectPush("pushed", nil)
		old.ExpectClose()
	})
}

func TestBroadcasts(t *testing.T) {
	everywhere(t, func(t *testing.T, o phoenixtest.Options) {
		c := connect(t, o)
		topic, a := c.SubscribeAndJoin("room:a", nil)
		a.Push("broadcast", map[string]int{"n": 1})
		a.ExpectPush("told", map[string]int{"n": 1})
		got := topic.ExpectBroadcast("told", map[string]int{"n": 1})
		if got.Topic != "room:a" || got.Event != "told" {
			t.Errorf("the broadcast is %+v", got)
		}
		topic.RefuteBroadcast("told", phoenixtest.Anything)
		topic.BroadcastFrom("mine", map[string]int{"n": 2})
		a.ExpectPush("mine", map[string]int{"n": 2})
		topic.RefuteBroadcast("mine", phoenixtest.Anything)
		// A subscription needs no join, and ends.
		news := c.Subscribe("news")
		if err := c.Endpoint().Broadcast("news", "flash", nil); err != nil {
			t.Error(err)
		}
		news.ExpectBroadcast("flash", nil)
		news.Unsubscribe()
		if err := c.Endpoint().Broadcast("news", "flash", nil); err != nil {
			t.Error(err)
		}
		news.RefuteBroadcast("flash", nil)
	})
}

// What comes later is waited for, and no longer than need be.
func TestWaiting(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := connect(t, phoenixtest.Options{Wait: 5 * time.Second})
		a := c.MustJoin("room:a", nil)
		a.Push("later", nil)
		start := time.Now()
		a.ExpectPush("pushed", nil)
		if took := time.Since(start); took != time.Second {
			t.Errorf("waited for %v", took)
		}
		a.RefutePush("pushed", nil)
		if took := time.Since(start); took != 6*time.Second {
			t.Errorf("refuted for %v", took-time.Second)
		}
	})
}

func TestReceivedIsInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := connect(t, phoenixtest.Options{})
		a, b := c.MustJoin("room:a", nil), c.MustJoin("room:b", nil)
		ref := a.Push("echo", nil)
		synctest.Wait()
		b.Push("push", nil)
		synctest.Wait()
		a.Push("broadcast", nil)
		synctest.Wait()
		c.Send(protocol.Message{Ref: protocol.StringRef("h"), Topic: "phoenix", Event: "heartbeat"})
		want := []phoenixtest.Message{
			{JoinRef: a.JoinRef(), Ref: ref, Topic: "room:a", Event: "phx_reply", Status: "ok"},
			{JoinRef: b.JoinRef(), Topic: "room:b", Event: "pushed"},
			{Topic: "room:a", Event: "told"},
			{Ref: protocol.StringRef("h"), Topic: "phoenix", Event: "phx_reply", Status: "ok"},
		}
		got := c.Received()
		for i := range got {
			if got[i].Payload.String() != "{}" {
				t.Errorf("message %d has the payload %v", i, got[i].Payload)
			}
			got[i].Payload = protocol.Payload{}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("received\n\t%v, want\n\t%v", got, want)
		}
		if got := c.Received(); len(got) != 0 {
			t.Errorf("received again: %v", got)
		}
	})
}

func TestClose(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		ended := false
		u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: func() phoenix.Channel { return &slowEnd{ended: &ended} }}}}
		c, err := phoenixtest.Connect(t, u, phoenixtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.MustJoin("a", nil)
		c.Close()
		if !ended {
			t.Error("Close did not wait for Terminate")
		}
		c.Close()
	})
}

type slowEnd struct {
	room
	ended *bool
}

func (s *slowEnd) Terminate(*phoenix.Socket, error) {
	time.Sleep(4 * time.Second)
	*s.ended = true
}

func TestExpectClosed(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		c := connect(t, phoenixtest.Options{Params: phoenix.Params{"id": "user:1"}})
		c.MustJoin("room:a", nil)
		if err := c.Endpoint().Disconnect("user:1"); err != nil {
			t.Error(err)
		}
		c.ExpectClosed(1001)
		c.Close()
		drained := connect(t, phoenixtest.Options{Endpoint: c.Endpoint()})
		if err := c.Endpoint().Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		drained.ExpectClosed(1012)
		connect(t, phoenixtest.Options{Endpoint: c.Endpoint()}).ExpectClosed(1012)
	})
}

// Clients may be driven from other goroutines than the test's.
func TestSeveralGoroutines(t *testing.T) {
	c := connect(t, phoenixtest.Options{Wait: 10 * time.Second})
	a := c.MustJoin("room:a", nil)
	refs := make(chan protocol.Ref, 100)
	var busy sync.WaitGroup
	for range 10 {
		busy.Go(func() {
			for range 10 {
				refs <- a.Push("echo", nil)
			}
		})
	}
	busy.Wait()
	close(refs)
	for ref := range refs {
		a.ExpectReply(ref, "ok", nil)
	}
}

// A property test's T will do as well.
func TestRapid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := connect(t, phoenixtest.Options{Wait: 10 * time.Second}).MustJoin("room:a", nil)
		payload := rapid.MapOf(rapid.String(), rapid.Int64()).Draw(t, "payload")
		a.ExpectReply(a.Push("echo", payload), "ok", payload)
		a.Push("push", payload)
		a.ExpectPush("pushed", payload)
	})
}
