// Command chat is an example: a chat whose rooms show who is there, served by
// package phoenix to the phoenix.js of npm.
//
//	npm --prefix assets ci
//	go run ./protocol/example/chat --addr :4001
//
// Then open http://localhost:4001/#lobby in two windows. The room is the part of
// the address behind the #; with http://localhost:4001/?longpoll#lobby the page
// uses long polling alone.
//
// What to read: room.go is the channel, which is all that a chat is; newChat in
// site.go mounts it; chat.js is the page's side of it. The rest is a page and a
// web server. room_test.go shows how a channel is tested.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `Usage: chat [--addr host:port] [--phoenix folder] [--window duration] [--verbose]

chat serves a small chat: open its address in two windows. The room is the part
of the address behind the #. With ?longpoll in front of that, the page uses long
polling alone.

  --addr host:port   where to listen (default localhost:4001; port 0 picks one)
  --phoenix folder   where phoenix.mjs is, the client from npm
                     (default assets/node_modules/phoenix/priv/static)
  --window duration  how long a long-poll request waits; a visitor who is gone
                     without a word is missed after one and a half to three of
                     these (default 10s)
  --verbose          log to standard error who connects, joins and says something
`

// The exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run serves until ctx ends and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said below, in one sentence
	addr := flags.String("addr", "localhost:4001", "")
	phoenixDir := flags.String("phoenix", "assets/node_modules/phoenix/priv/static", "")
	window := flags.Duration("window", 10*time.Second, "")
	verbose := flags.Bool("verbose", false, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	var phoenixJS string
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *window <= 0 || *window > 18*time.Second:
		err = fmt.Errorf("--window is %v: clients give a request up after 20s, so it must be between 0 and 18s", *window)
	default:
		phoenixJS, err = findPhoenix(*phoenixDir)
	}
	if err != nil {
		fmt.Fprintf(stderr, "chat: %v (chat --help lists the flags)\n", err)
		return exitUsage
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		fmt.Fprintf(stderr, "chat: cannot listen on %q: %v\n", *addr, err)
		return exitUsage
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelDebug
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	fmt.Fprintf(stdout, "chat: serving on %s\n", address(listener.Addr()))
	if err := serve(ctx, listener, logger, *window, phoenixJS); err != nil {
		fmt.Fprintf(stderr, "chat: %v\n", err)
		return exitError
	}
	return exitOK
}

// address is what to open in a browser on this machine.
func address(a net.Addr) string {
	host, port, _ := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// grace is how long connections may take to close when the server stops.
const grace = 5 * time.Second

// serve serves the chat until ctx ends, and then lets its visitors go.
func serve(ctx context.Context, listener net.Listener, logger *slog.Logger, window time.Duration, phoenixJS string) error {
	endpoint := newChat(logger, window)
	server := &http.Server{
		Handler:           newSite(endpoint, phoenixJS),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("failed to serve: %w", err)
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	// The visitors first: their pages are told to come back (1012).
	err := errors.Join(endpoint.Shutdown(ctx), server.Shutdown(ctx))
	<-failed
	return err
}
