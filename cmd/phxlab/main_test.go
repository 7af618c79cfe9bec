package main

import (
	"flag"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain lets many replays run at once, as they mostly wait, and fails the run
// when goroutines are left over.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "24"); err != nil {
		panic(err)
	}
	phoenixtest.Main(m)
}
