package lab_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/client"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// A server whose channels do as they are told, to try a client on: here our own.
func Example() {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	everybody := presence.New(endpoint.Bus(), presence.Options{})
	endpoint.Mount("/lab", lab.Socket(lab.Options{
		Routes: []phoenix.Route{lab.PresenceRoute(everybody)},
	}), phoenix.MountOptions{CheckOrigin: phoenix.AnyOrigin})
	server := httptest.NewServer(endpoint)
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	defer func() { _ = endpoint.Shutdown(ctx) }()

	c, err := client.Dial(ctx, server.URL+"/lab", client.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	_, err = c.Join(ctx, "lab:deny", nil)
	fmt.Println(err)

	channel, err := c.Join(ctx, "lab:one", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(channel.Push(ctx, "echo", map[string]int{"n": 1}))
	fmt.Println(channel.Push(ctx, "crash", nil))
	// Output:
	// client: phx_join on lab:deny was answered with status "error": {"reason":"denied"}
	// {"n":1} <nil>
	// {} client: the channel crashed before it answered
}
