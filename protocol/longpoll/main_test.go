package longpoll_test

import (
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) { phoenixtest.Main(m) }
