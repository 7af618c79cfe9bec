package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/client"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A room is the channel of these examples' server.
type room struct{}

func (room) Join(s *phoenix.Socket, p protocol.Payload) (any, error) {
	if s.Topic() == "room:secret" {
		return nil, phoenix.Reject(map[string]string{"reason": "members only"})
	}
	return map[string]string{"welcome": s.Topic()}, nil
}

func (room) HandleIn(s *phoenix.Socket, event string, p protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "say":
		return phoenix.OK(nil), s.Broadcast("said", p)
	case "reverse":
		var data []byte
		if err := p.Decode(&data); err != nil {
			return phoenix.Error(map[string]string{"reason": "bytes, please"}), nil
		}
		for i, j := 0, len(data)-1; i < j; i, j = i+1, j-1 {
			data[i], data[j] = data[j], data[i]
		}
		return phoenix.OK(protocol.Binary(data)), nil
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

// startServer serves rooms on a loopback address.
func startServer() (url string, stop func()) {
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

// Joining a room, saying something, and hearing it.
func Example() {
	url, stop := startServer()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	lobby, err := c.Join(ctx, "room:lobby", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("joined:", lobby.Response())

	if _, err := lobby.Push(ctx, "say", map[string]string{"text": "hello"}); err != nil {
		log.Fatal(err)
	}
	event, err := lobby.Receive(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(event.Name, event.Payload)

	if err := lobby.Leave(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// joined: {"welcome":"room:lobby"}
	// said {"text":"hello"}
}

// A refusal says why.
func ExampleReplyError() {
	url, stop := startServer()
	defer stop()
	ctx := context.Background()
	c, err := client.Dial(ctx, url, client.Options{Transport: client.LongPoll})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	_, err = c.Join(ctx, "room:secret", nil)
	if refused, ok := errors.AsType[*client.ReplyError](err); ok {
		fmt.Println(refused.Status, refused.Response)
	}
	// Output: error {"reason":"members only"}
}

// Bytes travel as bytes.
func ExampleChannel_Push_binary() {
	url, stop := startServer()
	defer stop()
	ctx := context.Background()
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	lobby, err := c.Join(ctx, "room:lobby", nil)
	if err != nil {
		log.Fatal(err)
	}
	response, err := lobby.Push(ctx, "reverse", protocol.Binary([]byte{1, 2, 3}))
	fmt.Println(response.Bytes(), err)
	// Output: [3 2 1] <nil>
}

// The loop of a program that takes all events and knows when it may have missed some.
func ExampleChannel_Receive() {
	url, stop := startServer()
	defer stop()
	ctx := context.Background()
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		log.Fatal(err)
	}
	lobby, err := c.Join(ctx, "room:lobby", nil)
	if err != nil {
		log.Fatal(err)
	}
	_ = lobby.Send(ctx, "say", map[string]int{"n": 1})
	_ = lobby.Send(ctx, "crash", nil) // the room has no rule for it

	for {
		event, err := lobby.Receive(ctx)
		lost, behind := errors.AsType[*client.LostError](err)
		switch {
		case behind:
			fmt.Println("too slow:", lost.Events, "events are missing")
		case err != nil:
			fmt.Println("over:", err)
			return
		case event.Name == protocol.EventError:
			fmt.Println("away:", event.Payload)
		case event.Name == protocol.EventJoin:
			fmt.Println("back:", event.Payload)
			c.Close()
		default:
			fmt.Println(event.Name, event.Payload)
		}
	}
	// Output:
	// said {"n":1}
	// away: {"reason":"channel_crash"}
	// back: {"welcome":"room:lobby"}
	// over: client: the client is closed
}

// A token that expires, renewed for each connection; and a look at how the connection does.
func ExampleOptions() {
	url, stop := startServer()
	defer stop()
	tokens := 0
	c, err := client.Dial(context.Background(), url, client.Options{
		Transport: client.Fallback,
		Prepare: func(ctx context.Context, h *client.Handshake) error {
			tokens++ // ask somebody for a token here
			h.AuthToken = fmt.Sprint("token ", tokens)
			return nil
		},
		OnState: func(s client.State, why error) { fmt.Println(s, why) },
	})
	if err != nil {
		log.Fatal(err)
	}
	c.Close()
	fmt.Println(tokens)
	// Output:
	// open <nil>
	// closed <nil>
	// 1
}
