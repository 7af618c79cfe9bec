package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A conversation with a real server.
func TestConversation(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		c := h.dial(o)
		ch := h.join(c, "lab:talk "+t.Name())
		h.push(ch, "echo", text(`{"a":[1,"ž",null]}`), `{"a":[1,"ž",null]}`)
		h.push(ch, "echo", 7, `7`)
		h.push(ch, "echo_error", text(`{"no":1}`), `error {"no":1}`)
		h.push(ch, "echo_custom", text(`[]`), `custom []`)
		h.push(ch, "ok", nil, `{}`)
		h.push(ch, "async", text(`{"ms":10}`), `{"ms":10}`)
		h.send(ch, "push", text(`{"n":1}`))
		h.send(ch, "broadcast", text(`{"n":2}`))
		h.send(ch, "broadcast_from", text(`{"n":3}`))
		h.send(ch, "push", text("{\n\"n\":\n4}"))
		h.push(ch, "count", nil, `{"count":1}`)
		h.receive(ch, `pushed {"n":1}`, `broadcasted {"n":2}`)
		if e, err := ch.Receive(t.Context()); err != nil || e.Name != "pushed" || !sameSpaced(e.Payload.String(), `{"n":4}`) {
			t.Errorf("the next event is %v, %v", e, err)
		}
		after := h.join(c, "lab:after "+t.Name())
		h.receive(after, `after_join {"topic":"lab:after `+t.Name()+`"}`)
		if err := after.Leave(t.Context()); err != nil {
			t.Errorf("Leave: %v", err)
		}
		h.receive(after, ErrLeft.Error())
		if took, err := c.Ping(t.Context()); err != nil || took <= 0 {
			t.Errorf("Ping = %v, %v", took, err)
		}
	})
}

// sameSpaced compares but for white space, which long polling may change.
func sameSpaced(a, b string) bool { return strings.Join(strings.Fields(a), "") == b }

// What a server says to a join.
func TestJoins(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		c := h.dial(o)
		for topic, want := range map[string]string{
			"lab:deny":  `{"reason":"denied"}`,
			"lab:crash": `{"reason":"join crashed"}`,
			"no such":   `{"reason":"unmatched topic"}`,
		} {
			_, err := c.Join(t.Context(), topic, nil)
			refused, ok := errors.AsType[*ReplyError](err)
			if !ok || refused.Status != "error" || refused.Response.String() != want || refused.Topic != topic {
				t.Errorf("joining %s: %v, want %s", topic, err, want)
			}
		}
		ch, err := c.Join(t.Context(), "lab:params", text(`{"p":1}`))
		if err != nil || ch.Response().String() != `{"p":1}` {
			t.Errorf("the response to a join: %s, %v", ch.Response(), err)
		}
	})
}

// A channel that crashes is there again, its state new; one that the server ends is not.
func TestCrashAndStop(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		c := h.dial(o)
		ch := h.join(c, "exact")
		h.push(ch, "count", nil, `{"count":1}`)
		h.push(ch, "crash", nil, ErrCrashed.Error())
		h.push(ch, "count", nil, `{"count":1}`) // waits for it
		h.receive(ch, `phx_error {"reason":"channel_crash"}`, `phx_join {}`)
		h.send(ch, "stop", text(`{"reason":"other"}`))
		h.receive(ch, `phx_error {"reason":"channel_crash"}`, `phx_join {}`)
		h.push(ch, "stop_reply", text(`{"bye":1}`), `{"bye":1}`)
		h.receive(ch, ErrChannelClosed.Error())
		h.push(h.join(c, "exact"), "count", nil, `{"count":1}`)
	})
}

// A topic that is joined again is another channel for the server too, and one only.
func TestDuplicateTopics(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		c := h.dial(o)
		topic := "lab:twice " + t.Name()
		first := h.join(c, topic)
		h.push(first, "count", nil, `{"count":1}`)
		second := h.join(c, topic)
		h.receive(first, ErrReplaced.Error())
		h.push(second, "count", nil, `{"count":1}`)
		h.push(first, "count", nil, ErrReplaced.Error())
		h.send(second, "push", text(`{"once":1}`))
		h.push(second, "count", nil, `{"count":2}`)
		h.receive(second, `pushed {"once":1}`)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if e, err := second.Receive(ctx); err == nil {
			t.Errorf("%v came too", e)
		}
	})
}

// A join that takes too long is given up; the server, which lets the client in at last, is made to forget it.
func TestSlowJoin(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		slow := o
		slow.Timeout = 100 * time.Millisecond
		c := h.dial(slow)
		topic := "lab:slowjoin " + t.Name()
		if _, err := c.Join(t.Context(), topic, text(`{"ms":250}`)); !errors.Is(err, ErrTimeout) {
			t.Fatalf("Join: %v, want ErrTimeout", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Join(ctx, topic, text(`{"ms":0}`)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Join: %v, want the context's error", err)
		}
		var ch *Channel
		var err error
		for range 20 {
			if ch, err = c.Join(t.Context(), topic, text(`{"ms":0}`)); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		h.push(ch, "count", nil, `{"count":1}`)
	})
}

// A server that restarts, on the same address.
func TestServerRestart(t *testing.T) {
	for _, transport := range []Transport{WebSocket, LongPoll, Fallback} {
		t.Run(transport.String(), func(t *testing.T) {
			h := newHost(t, phoenix.MountOptions{})
			states := make(chan string, 1000)
			c := h.dial(Options{Transport: transport, OnState: func(s State, why error) { states <- fmt.Sprint(s, " ", why) }})
			ch, other := h.join(c, "lab:one"), h.join(c, "lab:two")
			h.push(ch, "count", nil, `{"count":1}`)
			h.stop()
			h.receive(ch, `phx_error {"reason":"the connection was lost"}`)
			h.start()
			h.receive(ch, "phx_join {}")
			h.receive(other, `phx_error {"reason":"the connection was lost"}`, "phx_join {}")
			h.push(ch, "count", nil, `{"count":1}`)
			<-states
			if lost, closed := <-states, "connecting client: the server closed the connection with code 1012"; transport == WebSocket && lost != closed {
				t.Errorf("OnState was told %q, want %q", lost, closed)
			}
		})
	}
}

// A forced disconnect: 1001, and back again.
func TestDisconnect(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		user := t.Name()
		o.Params = map[string][]string{"user_id": {user}}
		states := make(chan string, 1000)
		o.OnState = func(s State, why error) { states <- fmt.Sprint(s, " ", why) }
		c := h.dial(o)
		ch := h.join(c, "lab:me "+user)
		if err := h.endpoint.Disconnect("user:" + user); err != nil {
			t.Fatal(err)
		}
		h.receive(ch, `phx_error {"reason":"the connection was lost"}`, "phx_join {}")
		h.push(ch, "ok", nil, `{}`)
		<-states
		if lost, closed := <-states, "connecting client: the server closed the connection with code 1001"; o.Transport != LongPoll && lost != closed {
			t.Errorf("OnState was told %q, want %q", lost, closed)
		}
	})
}

// Bytes, both ways over WebSocket, to the server over long polling.
func TestBinary(t *testing.T) {
	h := newHost(t, phoenix.MountOptions{})
	data := make([]byte, 100_000)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	ch := h.join(h.dial(Options{}), "lab:bytes")
	if p, err := ch.Push(t.Context(), "binary", protocol.Binary(data)); err != nil || !p.IsBinary() || string(p.Bytes()) != string(data) {
		t.Errorf("bytes are answered with %s, %v", p, err)
	}
	h.send(ch, "push_binary", protocol.Binary(data))
	h.send(ch, "broadcast_binary", protocol.Binary(data))
	for _, name := range []string{"pushed_binary", "broadcasted_binary"} {
		e, err := ch.Receive(t.Context())
		if err != nil || e.Name != name || !e.Payload.IsBinary() || string(e.Payload.Bytes()) != string(data) {
			t.Errorf("the next event is %s %s, %v", e.Name, e.Payload, err)
		}
	}
	if ch, err := h.dial(Options{}).Join(t.Context(), "lab:params", protocol.Binary(data)); err != nil || string(ch.Response().Bytes()) != string(data) {
		t.Errorf("a join with bytes: %v", err)
	}

	polls := h.dial(Options{Transport: LongPoll})
	ch = h.join(polls, "lab:poll")
	h.send(ch, "push", protocol.JSON([]byte(`{}`)))
	h.push(ch, "binary", nil, `error {"reason":"not binary"}`)
	h.send(ch, "noreply", protocol.Binary(data))
	h.push(ch, "count", nil, `{"count":1}`)
}

// Messages of half a megabyte.
func TestLongMessages(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		long := `"` + strings.Repeat("ž", 300_000) + `"`
		h.push(h.join(h.dial(o), "lab:long"), "echo", text(long), long)
	})
}

// A message longer than the client takes ends the connection.
func TestMaxMessageSize(t *testing.T) {
	h := newHost(t, phoenix.MountOptions{})
	c := h.dial(Options{MaxMessageSize: 10_000})
	ch := h.join(c, "lab:big")
	h.push(ch, "echo", strings.Repeat("x", 9_000), `"`+strings.Repeat("x", 9_000)+`"`)
	h.push(ch, "echo", strings.Repeat("x", 11_000), ErrDisconnected.Error())
	h.receive(ch, `phx_error {"reason":"the connection was lost"}`, "phx_join {}")
}

// What a client says of itself, and a server that does not want it.
func TestHandshake(t *testing.T) {
	everyWay(t, func(t *testing.T, h *host, o Options) {
		o.Params = map[string][]string{"a[b]": {"c d"}, "e": {"ž&"}}
		ch := h.join(h.dial(o), "exact")
		p, err := ch.Push(t.Context(), "connect_params", nil)
		var params map[string]any
		if err != nil || p.Decode(&params) != nil {
			t.Fatal(p, err)
		}
		if want := fmt.Sprint(map[string]any{"a": map[string]any{"b": "c d"}, "e": "ž&", "vsn": o.Version}); fmt.Sprint(params) != want {
			t.Errorf("the server knows the parameters %v, want %s", params, want)
		}
		o.Params = map[string][]string{"deny": {"1"}}
		_, err = Dial(t.Context(), "http://"+h.address+"/socket", o)
		if refused, ok := errors.AsType[*HandshakeError](err); !ok || !refused.Refused() {
			t.Errorf("Dial: %v, want a refusal", err)
		}
		_, err = Dial(t.Context(), "http://"+h.address+"/elsewhere", o)
		if failed, ok := errors.AsType[*HandshakeError](err); !ok || failed.Status != 404 {
			t.Errorf("Dial: %v, want 404", err)
		}
	})
}

func TestAuthToken(t *testing.T) {
	h := newHost(t, phoenix.MountOptions{AuthToken: true})
	for _, transport := range []Transport{WebSocket, LongPoll} {
		for token, want := range map[string]string{"": "null", "sécret/+?": `"sécret/+?"`, "a": `"a"`} {
			ch := h.join(h.dial(Options{Transport: transport, AuthToken: token}), "exact")
			h.push(ch, "auth_token", nil, `{"auth_token":`+want+`}`)
		}
	}
	// A server that wants none ignores it.
	plain := newHost(t, phoenix.MountOptions{})
	plain.push(plain.join(plain.dial(Options{AuthToken: "a"}), "exact"), "ok", nil, `{}`)
}

// Where no WebSocket gets through, Fallback polls.
func TestFallbackOverTheNetwork(t *testing.T) {
	h := newHost(t, phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Disabled: true}})
	if _, err := Dial(t.Context(), "ws://"+h.address+"/socket", Options{}); err == nil {
		t.Error("Dial by WebSocket has no error")
	}
	h.push(h.join(h.dial(Options{Transport: Fallback}), "exact"), "ok", nil, `{}`)
}

func TestTLS(t *testing.T) {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	endpoint.Mount("/socket", lab.Socket(lab.Options{}), phoenix.MountOptions{LongPoll: &phoenix.LongPollOptions{}})
	server := httptest.NewUnstartedServer(endpoint)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.EnableHTTP2 = true // which WebSocket must not be caught by
	server.StartTLS()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = endpoint.Shutdown(ctx)
		server.Close()
	})
	for _, transport := range []Transport{WebSocket, LongPoll} {
		c, err := Dial(t.Context(), server.URL+"/socket", Options{Transport: transport, HTTPClient: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Join(t.Context(), "exact", nil); err != nil {
			t.Error(err)
		}
		c.Close()
	}
	if _, err := Dial(t.Context(), server.URL+"/socket", Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Dial without the certificate: %v", err)
	}
}

// The server knows that a client has closed its connection.
func TestCloseIsSeen(t *testing.T) {
	h := newHost(t, phoenix.MountOptions{})
	watch := h.join(h.dial(Options{}), "lab:watch:me")
	for transport, reason := range map[Transport]string{WebSocket: "closed", LongPoll: "left"} {
		c := h.dial(Options{Transport: transport, Params: map[string][]string{"watch": {"me"}}})
		ch := h.join(c, "lab:mine")
		h.send(ch, "broadcast_to", text(`{"topic":"lab:watch:me","event":"last","payload":{}}`))
		c.Close()
		h.receive(watch, "last {}", `left {"topic":"lab:mine","reason":"`+reason+`"}`)
	}
}

// A hundred clients at once on one topic, each way of connecting among them.
func TestManyClients(t *testing.T) {
	const clients = 100
	h := newHost(t, phoenix.MountOptions{})
	ways := []Options{{}, {Version: "1.0.0"}, {Transport: LongPoll}, {Transport: Fallback}}
	channels := make([]*Channel, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			c, err := Dial(t.Context(), "ws://"+h.address+"/socket", ways[i%len(ways)])
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { c.Close() })
			if channels[i], err = c.Join(t.Context(), "lab:all", nil); err != nil {
				t.Error(err)
				return
			}
			for n := range 5 {
				want := fmt.Sprintf(`{"n":%d}`, n)
				if p, err := channels[i].Push(t.Context(), "echo", text(want)); err != nil || p.String() != want {
					t.Errorf("client %d: %s, %v", i, p, err)
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for i := range channels {
		wg.Go(func() {
			if err := channels[i].Send(t.Context(), "broadcast", map[string]int{"from": i}); err != nil {
				t.Error(err)
			}
			seen := make(map[int]int)
			for range clients {
				e, err := channels[i].Receive(t.Context())
				var payload struct {
					From int `json:"from"`
				}
				if err != nil || e.Payload.Decode(&payload) != nil {
					t.Errorf("client %d: %v, %v", i, e, err)
					return
				}
				seen[payload.From]++
			}
			if len(seen) != clients {
				t.Errorf("client %d heard of %d clients, want %d", i, len(seen), clients)
			}
		})
	}
	wg.Wait()
}
