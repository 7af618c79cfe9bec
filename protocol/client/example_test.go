package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/client"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A room lets in those with a name, and sends what they say to everybody.
type room struct{}

func (room) Join(_ *phoenix.Socket, payload protocol.Payload) (any, error) {
	var visitor struct {
		Name string `json:"name"`
	}
	if payload.Decode(&visitor) != nil || visitor.Name == "" {
		return nil, phoenix.Reject(map[string]string{"reason": "who are you?"})
	}
	return map[string]string{"welcome": visitor.Name}, nil
}

func (room) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	if event != "say" {
		return phoenix.Error(map[string]string{"reason": "only say"}), nil
	}
	return phoenix.OK(nil), s.BroadcastFrom("said", payload)
}

// serve serves rooms, and returns where.
func serve() (url string, stop func()) {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	endpoint.Mount("/socket", &phoenix.UserSocket{
		Channels: []phoenix.Route{{Pattern: "room:*", New: func() phoenix.Channel { return room{} }}},
	}, phoenix.MountOptions{LongPoll: &phoenix.LongPollOptions{}})
	server := httptest.NewServer(endpoint)
	return server.URL + "/socket", func() {
		_ = endpoint.Shutdown(context.Background())
		server.Close()
	}
}

// Two clients in a room: one by WebSocket, one by long polling.
func Example() {
	url, stop := serve()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	first, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = first.Close() }()
	ann, err := first.Join(ctx, "room:lobby", map[string]string{"name": "Ann"})
	if err != nil {
		fmt.Println(err)
		return
	}

	second, err := client.Dial(ctx, url, client.Options{Transport: client.LongPoll})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = second.Close() }()
	bob, err := second.Join(ctx, "room:lobby", map[string]string{"name": "Bob"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bob.Response())

	if _, err := ann.Push(ctx, "say", map[string]string{"text": "hello"}); err != nil {
		fmt.Println(err)
	}
	event, err := bob.Receive(ctx)
	fmt.Println(event.Name, event.Payload, err)
	// Output:
	// {"welcome":"Bob"}
	// said {"text":"hello"} <nil>
}

// A server that answers "error" is a *ReplyError, with what it says.
func ExampleReplyError() {
	url, stop := serve()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()

	_, err = c.Join(ctx, "room:lobby", nil)
	var refused *client.ReplyError
	if errors.As(err, &refused) {
		fmt.Println(refused.Status, refused.Response)
	}
	// Output: error {"reason":"who are you?"}
}
