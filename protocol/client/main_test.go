package client

import (
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain fails the run when goroutines are left over, the library's and those
// of the connections that are kept alive among them.
func TestMain(m *testing.M) {
	phoenixtest.Main(m, "github.com/coder/websocket", "net/http.(*persistConn)")
}
