// Command phxlab serves the laboratory that a server of the Phoenix Channels
// protocol is checked with: the mounts and channels of LAB.md, on this project's
// library. See package conformance for the transcripts that are replayed against
// it.
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

	"github.com/ephemeral-p2p/ephemeral/channels"
)

const usage = `Usage: phxlab [--addr host:port] [--ask lottery|one] [--debug-addr host:port] [--verbose]

phxlab serves the conformance laboratory: a Phoenix Channels server whose
behaviour is known in every detail, to try clients and conformance checkers on.

  /ws      the sockets of an ephemeral server: all, have:<hash>, want:<hash>
  /lab     the laboratory: exact, lab:<name>, presence:<name>
  /strict  the same, for a few origins only
  /auth    the same, with auth tokens
  /tight   the same, with small limits and short timeouts

Each has WebSocket at <mount>/websocket and long polling at <mount>/longpoll.

  --addr host:port  where to listen (default 127.0.0.1:4100; port 0 picks one)
  --ask mode        who is asked for a page: lottery, each holder by its own
                    chance, as the original; or one of them (default lottery)
  --debug-addr host:port
                    where to serve net/http/pprof and expvar (default: nowhere);
                    keep it away from strangers
  --verbose         log to standard error what happens; channels crash here on
                    request, so nothing is logged otherwise
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
	flags := flag.NewFlagSet("phxlab", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said below, in one sentence
	addr := flags.String("addr", "127.0.0.1:4100", "")
	debugAddr := flags.String("debug-addr", "", "")
	verbose := flags.Bool("verbose", false, "")
	ask := channels.Lottery
	flags.TextVar(&ask, "ask", ask, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "phxlab: %v (phxlab --help lists the flags)\n", err)
		return exitUsage
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		fmt.Fprintf(stderr, "phxlab: cannot listen on %q: %v\n", *addr, err)
		return exitUsage
	}
	debug, err := listenDebug(*debugAddr)
	if err != nil {
		_ = listener.Close()
		fmt.Fprintf(stderr, "phxlab: cannot listen on %q: %v\n", *debugAddr, err)
		return exitUsage
	}
	logger := slog.New(slog.DiscardHandler)
	if *verbose {
		logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	fmt.Fprintf(stdout, "phxlab: serving the laboratory on http://%s\n", listener.Addr())
	if debug != nil {
		fmt.Fprintf(stdout, "phxlab: serving net/http/pprof and expvar on http://%s\n", debug.Addr())
		defer serveDebug(debug)()
	}
	if err := serve(ctx, listener, logger, ask); err != nil {
		fmt.Fprintf(stderr, "phxlab: %v\n", err)
		return exitError
	}
	return exitOK
}

// grace is how long connections may take to close when the server stops.
const grace = 5 * time.Second

// serve serves the laboratory until ctx ends, and then lets its clients go.
func serve(ctx context.Context, listener net.Listener, logger *slog.Logger, ask channels.AskMode) error {
	laboratory := newLaboratory(logger, ask)
	server := &http.Server{
		Handler:           laboratory,
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
	// The clients first: they are told to come back (1012).
	err := errors.Join(laboratory.Shutdown(ctx), server.Shutdown(ctx))
	<-failed
	return err
}
