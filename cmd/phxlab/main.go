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
	"github.com/ephemeral-p2p/ephemeral/cmd/internal/environment"
	"github.com/ephemeral-p2p/ephemeral/cmd/internal/heap"
	"github.com/ephemeral-p2p/ephemeral/cmd/internal/listen"
)

const usage = `Usage: phxlab [flags]

phxlab serves the conformance laboratory: a Phoenix Channels server whose
behaviour is known in every detail, to try clients and conformance checkers on.

  /ws      the sockets of an ephemeral server: all, have:<hash>, want:<hash>
  /lab     the laboratory: exact, lab:<name>, presence:<name>
  /strict  the same, for a few origins only
  /auth    the same, with auth tokens
  /tight   the same, with small limits and short timeouts

Each has WebSocket at <mount>/websocket and long polling at <mount>/longpoll.
Each flag can also be set by the environment variable beside it; the flag wins.

  --addr host:port        PHXLAB_ADDR
      Where to listen; port 0 picks one (default 127.0.0.1:4100).
  --ask mode              PHXLAB_ASK
      Who is asked for a page: lottery, each holder by its own chance, as the
      original; or one of them (default lottery).
  --debug-addr host:port  PHXLAB_DEBUG_ADDR
      Where to serve net/http/pprof and expvar (default: nowhere). Keep it away
      from strangers.
  --verbose               PHXLAB_VERBOSE
      Log to standard error what happens. Channels crash here on request, so
      nothing is logged otherwise.
`

// The exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

func main() {
	heap.GrowTo(heap.Bound)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	addr, debugAddr string
	ask             channels.AskMode
	verbose         bool
}

// read reads the flags, and the variables that lookup finds.
func (s *settings) read(args []string, lookup func(name string) (value string, ok bool)) error {
	flags := flag.NewFlagSet("phxlab", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // what is wrong is said by run, in one sentence
	flags.StringVar(&s.addr, "addr", "127.0.0.1:4100", "")
	flags.StringVar(&s.debugAddr, "debug-addr", "", "")
	flags.BoolVar(&s.verbose, "verbose", false, "")
	flags.TextVar(&s.ask, "ask", channels.Lottery, "")
	wrong := environment.Set(flags, "PHXLAB", lookup)
	err := flags.Parse(args)
	switch {
	case err == nil && flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil:
		return wrong
	}
	return err
}

// run serves until ctx ends and returns the exit code.
func run(ctx context.Context, args []string, lookup func(name string) (value string, ok bool), stdout, stderr io.Writer) int {
	var s settings
	err := s.read(args, lookup)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "phxlab: %v (phxlab --help lists the flags)\n", err)
		return exitUsage
	}
	listener, err := listen.TCP(ctx, s.addr)
	if err != nil {
		fmt.Fprintf(stderr, "phxlab: cannot listen on %q: %v\n", s.addr, err)
		return exitUsage
	}
	debug, err := listenDebug(s.debugAddr)
	if err != nil {
		_ = listener.Close()
		fmt.Fprintf(stderr, "phxlab: cannot listen on %q: %v\n", s.debugAddr, err)
		return exitUsage
	}
	logger := slog.New(slog.DiscardHandler)
	if s.verbose {
		logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	fmt.Fprintf(stdout, "phxlab: serving the laboratory on http://%s\n", listener.Addr())
	if debug != nil {
		fmt.Fprintf(stdout, "phxlab: serving net/http/pprof and expvar on http://%s\n", debug.Addr())
		defer serveDebug(debug)()
	}
	if err := serve(ctx, listener, logger, s.ask); err != nil {
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
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       time.Minute,
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
