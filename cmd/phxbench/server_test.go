package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// newLaboratory serves /lab and /ws.
func newLaboratory() *phoenix.Endpoint {
	e := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	for mount, socket := range map[string]*phoenix.UserSocket{
		"/lab": lab.Socket(lab.Options{}),
		"/ws":  channels.NewSocket(channels.Options{Logger: slog.New(slog.DiscardHandler)}),
	} {
		e.Mount(mount, socket, phoenix.MountOptions{CheckOrigin: phoenix.AnyOrigin, LongPoll: new(phoenix.LongPollOptions)})
	}
	return e
}

// laboratory serves them in this process.
func laboratory(t *testing.T) (base string) {
	t.Helper()
	e := newLaboratory()
	s := httptest.NewServer(e)
	t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return strings.TrimPrefix(s.URL, "http://")
}

// startFloor serves the floors in this process.
func startFloor(t *testing.T) (base string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serveFloor(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return listener.Addr().String()
}

// run20 runs a scenario with 20 clients.
func run20(t *testing.T, name string, o options) (result, error) {
	t.Helper()
	if o.clients == 0 {
		o.clients = 20
	}
	return runHere(t, name, o)
}

// runHere runs a scenario against a server in this process.
func runHere(t *testing.T, name string, o options) (result, error) {
	t.Helper()
	s, err := findScenario(name)
	if err != nil {
		t.Fatal(err)
	}
	o.pid = os.Getpid()
	target, err := o.target()
	if err != nil {
		t.Fatal(err)
	}
	return s.measure(t.Context(), target, o.over(s.defaults), nil)
}

func pid() string { return strconv.Itoa(os.Getpid()) }
