package main

import (
	"os"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain fails the run when goroutines are left over. Where the tests start
// their own program as a server it is that server.
func TestMain(m *testing.M) {
	if name := os.Getenv(serverVariable); name != "" {
		os.Exit(actAs(name))
	}
	phoenixtest.Main(m)
}
