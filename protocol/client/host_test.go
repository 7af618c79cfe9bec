package client

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A host serves the laboratory on a loopback address, and can be stopped and started again there.
type host struct {
	t        *testing.T
	address  string
	options  phoenix.MountOptions
	endpoint *phoenix.Endpoint
	server   *http.Server
	served   chan struct{}
}

func newHost(t *testing.T, o phoenix.MountOptions) *host {
	t.Helper()
	h := &host{t: t, address: "127.0.0.1:0", options: o}
	h.start()
	t.Cleanup(h.stop)
	return h
}

func (h *host) start() {
	h.t.Helper()
	listener, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = listener.Addr().String()
	logger := slog.New(slog.DiscardHandler)
	h.endpoint = phoenix.NewEndpoint(phoenix.Config{Logger: logger})
	o := h.options
	if o.LongPoll == nil {
		o.LongPoll = &phoenix.LongPollOptions{Options: longpoll.Options{Logger: logger}}
	}
	h.endpoint.Mount("/socket", lab.Socket(lab.Options{}), o)
	h.server = &http.Server{Handler: h.endpoint, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	h.served = make(chan struct{})
	go func(server *http.Server, served chan struct{}) {
		defer close(served)
		_ = server.Serve(listener)
	}(h.server, h.served)
}

// stop closes every connection with 1012, as a server that restarts.
func (h *host) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.endpoint.Shutdown(ctx); err != nil {
		h.t.Errorf("failed to shut down: %v", err)
	}
	_ = h.server.Close()
	<-h.served
}

// dial connects with options that do not wait long.
func (h *host) dial(o Options) *Client {
	h.t.Helper()
	o.ReconnectAfter = func(int) time.Duration { return 5 * time.Millisecond }
	o.RejoinAfter = o.ReconnectAfter
	c, err := Dial(h.t.Context(), "ws://"+h.address+"/socket", o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return c
}

// join joins a topic.
func (h *host) join(c *Client, topic string) *Channel {
	h.t.Helper()
	ch, err := c.Join(h.t.Context(), topic, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return ch
}

// receive checks a channel's next events.
func (h *host) receive(ch *Channel, want ...string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	defer cancel()
	for _, w := range want {
		e, err := ch.Receive(ctx)
		got := e.Name + " " + e.Payload.String()
		if err != nil {
			got = err.Error()
		}
		if got != w {
			h.t.Fatalf("the next event is %q, want %q", got, w)
		}
	}
}

// push pushes and checks the response, or the error's text.
func (h *host) push(ch *Channel, event string, payload any, want string) {
	h.t.Helper()
	p, err := ch.Push(h.t.Context(), event, payload)
	got := p.String()
	if refused, ok := errors.AsType[*ReplyError](err); ok {
		got = refused.Status + " " + refused.Response.String()
	} else if err != nil {
		got = err.Error()
	}
	if got != want {
		h.t.Fatalf("%s is answered with %s, want %s", event, got, want)
	}
}

func text(s string) protocol.Payload { return protocol.JSON([]byte(s)) }

// everyWay runs a test over each transport in each version, beside one another.
func everyWay(t *testing.T, test func(t *testing.T, h *host, o Options)) {
	h := newHost(t, phoenix.MountOptions{})
	for _, transport := range []Transport{WebSocket, LongPoll, Fallback} {
		for _, version := range []string{"1.0.0", "2.0.0"} {
			t.Run(transport.String()+" "+version, func(t *testing.T) {
				each := *h
				each.t = t
				test(t, &each, Options{Transport: transport, Version: version})
			})
		}
	}
}

// send sends what must not fail.
func (h *host) send(ch *Channel, event string, payload any) {
	h.t.Helper()
	if err := ch.Send(h.t.Context(), event, payload); err != nil {
		h.t.Fatalf("%s: %v", event, err)
	}
}
