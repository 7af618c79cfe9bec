// Package pubsubtest checks that a pubsub.Bus does what its contract says.
package pubsubtest

import (
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// TestBus runs the conformance suite. newBus returns a bus of its own for each test, and cleans up after itself with
// t.Cleanup.
func TestBus(t *testing.T, newBus func(t *testing.T) pubsub.Bus) {
	t.Run("count of an unknown topic", func(t *testing.T) {
		if n := newBus(t).Count("nobody"); n != 0 {
			t.Errorf("Count = %d, want 0", n)
		}
	})
}
