package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

// slack is what a machine that runs many replays at once, slowed down by the
// race detector, may add to the most that an answer may take.
const slack = 2 * time.Second

// startLaboratory serves a laboratory on a loopback address until the test and
// its subtests are done.
func startLaboratory(t *testing.T, ask channels.AskMode) string {
	t.Helper()
	laboratory := newLaboratory(slog.New(slog.DiscardHandler), ask)
	server := httptest.NewServer(laboratory)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if err := laboratory.Shutdown(ctx); err != nil {
			t.Errorf("failed to shut the laboratory down: %v", err)
		}
		server.Close()
	})
	return server.URL
}

// Every recorded transcript: those that the server is meant to follow pass, and
// those that it is not meant to follow fail; were one to pass, its entry in the
// list of differences would be out of date.
func TestRecorded(t *testing.T) {
	url := startLaboratory(t, channels.Lottery)
	for _, transcript := range conformance.Recorded() {
		t.Run(transcript.Name, func(t *testing.T) {
			t.Parallel()
			allowance := conformance.AllowanceFor(transcript.Name)
			options := conformance.Options{Slack: slack, Tolerate: allowance.Tolerate}
			if allowance.Replaced {
				options.Timeout = 2 * time.Second // it will come to that
			}
			err := conformance.Replay(t.Context(), url, transcript, options)
			_, failed := errors.AsType[*conformance.Failure](err)
			switch {
			case allowance.Replaced && err == nil:
				t.Error("it passes: it need not be in the list of differences")
			case allowance.Replaced && failed:
			case err != nil:
				t.Error(err)
			}
		})
	}
}

// What the server does where it differs from the reference.
func TestOwn(t *testing.T) {
	url := startLaboratory(t, channels.Lottery)
	for _, transcript := range conformance.Own() {
		t.Run(transcript.Name, func(t *testing.T) {
			t.Parallel()
			if err := conformance.Replay(t.Context(), url, transcript, conformance.Options{Slack: slack}); err != nil {
				t.Error(err)
			}
		})
	}
}

// The transcripts of the ephemeral socket hold for the product's own way to
// choose who is asked, too.
func TestRecordedWithOneDraw(t *testing.T) {
	url := startLaboratory(t, channels.OneDraw)
	for _, transcript := range conformance.Recorded() {
		if transcript.Group == "ephemeral" {
			t.Run(transcript.Name, func(t *testing.T) {
				t.Parallel()
				allowance := conformance.AllowanceFor(transcript.Name)
				if allowance.Replaced {
					return // TestRecorded has it
				}
				if err := conformance.Replay(t.Context(), url, transcript, conformance.Options{Slack: slack, Tolerate: allowance.Tolerate}); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
