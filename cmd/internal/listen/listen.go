// Package listen opens the addresses at which this project's commands serve
// WebSockets.
package listen

import (
	"context"
	"net"
)

// TCP listens at "host:port". It leaves out TCP's own keep-alive, which takes
// four system calls for each connection: the server must have a timeout for
// whoever falls silent, as net/http and package websocket do.
func TCP(ctx context.Context, address string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	return config.Listen(ctx, "tcp", address)
}
