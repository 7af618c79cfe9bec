package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/ephemeral-p2p/ephemeral/assets"
	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/cmd/internal/listen"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// The limits of plain HTTP. Nothing here has a large request, and a socket's
// connection leaves the HTTP server, so these are nobody's settings.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second
	// answerTimeout is for the largest file of the front end, over a line that
	// takes 1 kB in a second.
	answerTimeout  = 2 * time.Minute
	maxHeaderBytes = 32 << 10
	keepAlive      = 2 * time.Minute
)

// runServe is `ephemeral serve`: it serves until it is told to stop by SIGINT or
// SIGTERM. A second signal ends it at once.
func runServe(ctx context.Context, args []string, s surroundings) error {
	c, err := readConfig(args, s)
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	context.AfterFunc(ctx, release)
	return serve(ctx, c, s.out, c.logger(s.err))
}

// serve listens, says where in one line on out, and serves until ctx ends; then
// it stops in good order, for at most c.stopWithin.
func serve(ctx context.Context, c config, out io.Writer, log *slog.Logger) error {
	counted := newMetrics()
	site := &routes{endpoint: newEndpoint(c, log, counted), place: c.place()}
	handler, err := chooseSite(c, site, log)
	if err != nil {
		return err
	}
	listener, err := listen.TCP(ctx, c.addr.String())
	if err != nil {
		return &usageError{fmt.Errorf("cannot listen on %s: %w", &c.addr, err)}
	}

	if c.metrics != "" {
		end, err := serveMetrics(c.metrics.String(), counted, log)
		if err != nil {
			_ = listener.Close()
			return err
		}
		defer end()
	}
	server := newServer(handler, log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(out, "ephemeral: serving on %s\n", siteURL(listener.Addr()))

	select {
	case err := <-failed:
		return fmt.Errorf("serving failed: %w", err)
	case <-ctx.Done():
	}
	site.stopping.Store(true)
	log.Info("stopping")
	stop(site.endpoint, server, time.Duration(c.stopWithin), log)
	<-failed
	log.Info("stopped")
	return nil
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		// The body of a request that nobody reads is waited for, too, and a client
		// that does not read its answer. Long polling sets deadlines of its own as it
		// reads and writes, and a socket's connection has none.
		ReadTimeout:    requestTimeout,
		WriteTimeout:   answerTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		IdleTimeout:    keepAlive,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// serveMetrics serves the metrics at an address of their own, until end is
// called.
func serveMetrics(addr string, m *metrics, log *slog.Logger) (end func(), err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &usageError{fmt.Errorf("cannot serve metrics on %s: %w", addr, err)}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.handler())
	server := newServer(mux, log)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	log.Info("serving metrics", "url", siteURL(listener.Addr())+"/metrics")
	return func() {
		_ = server.Close()
		<-done
	}, nil
}

// chooseSite is what the server shows: the front end that the program carries,
// or ephemeral2's.
func chooseSite(c config, site *routes, log *slog.Logger) (http.Handler, error) {
	if c.classic != "" {
		files, err := openClassic(c.classic)
		if err != nil {
			return nil, err
		}
		log.Warn(classicWarning)
		return (&classic{routes: site, files: files}).handler(), nil
	}
	var err error
	site.site, err = assets.Embedded(site.place)
	if errors.Is(err, assets.ErrNotBuilt) {
		log.Warn(err.Error())
		err = nil
	}
	return site.handler(), err
}

// newEndpoint is the socket's side of the server: the relay, mounted at /ws.
func newEndpoint(c config, log *slog.Logger, m *metrics) *phoenix.Endpoint {
	c.relay.Logger, c.relay.Observer = log, m
	c.webSocket.Observer, c.longPoll.Observer = m.webSocketEnded, m.longPollEnded
	c.webSocket.Logger, c.longPoll.Logger = log, log
	endpoint := phoenix.NewEndpoint(phoenix.Config{
		Logger: log,
		// Who knows a page's address can have the page: addresses are for the
		// debug level, and what visitors send is for none.
		Log: phoenix.LogPolicy{
			Connect: slog.LevelDebug, Join: slog.LevelDebug, HandleIn: phoenix.NoLog,
			Topic: func(topic string) string {
				if c.logLevel > level(slog.LevelDebug) {
					return obscured(topic)
				}
				return topic
			},
		},
		Drain:   c.drain,
		Limited: m.limited,
	})
	m.watch(endpoint)
	socket := channels.NewSocket(c.relay)
	socket.MaxChannels = c.maxChannels
	socket.Mailbox = c.mailbox
	endpoint.Mount("/ws", socket, phoenix.MountOptions{
		WebSocket:   phoenix.WebSocketOptions{Options: c.webSocket},
		LongPoll:    &phoenix.LongPollOptions{Options: c.longPoll},
		CheckOrigin: c.origins.check,
		Serve2015:   true, // DESIGN.md §6, D3
	})
	return endpoint
}

// obscured keeps of a topic what kind it is, and enough to tell it from others.
func obscured(topic string) string {
	kind, hash, ok := strings.Cut(topic, ":")
	if !ok {
		return topic
	}
	return fmt.Sprintf("%s:(%x)", kind, sha256.Sum256([]byte(hash)))[:len(kind)+10] + ")"
}

// stop closes the sockets, which are told to come back (to the server's next
// life), and then the HTTP server. What is not gone in time is cut.
func stop(endpoint *phoenix.Endpoint, server *http.Server, within time.Duration, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := endpoint.Shutdown(ctx)
	if err == nil {
		err = server.Shutdown(ctx)
	}
	if err != nil {
		log.Warn("not everybody was gone in time: connections were cut", "within", within)
		_ = server.Close()
	}
}

// siteURL is where a browser on this machine finds the site.
func siteURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
