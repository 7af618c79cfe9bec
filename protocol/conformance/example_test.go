package conformance_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// One group of transcripts is replayed against a server that has the laboratory
// socket mounted.
func ExampleReplay() {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	endpoint.Mount("/lab", lab.Socket(lab.Options{}), phoenix.MountOptions{CheckOrigin: phoenix.AnyOrigin})
	server := httptest.NewServer(endpoint)
	defer server.Close()
	defer endpoint.Shutdown(context.Background())

	for _, t := range conformance.Recorded() {
		if !strings.HasPrefix(t.Name, "v2-stop-") {
			continue
		}
		options := conformance.Options{Tolerate: conformance.AllowanceFor(t.Name).Tolerate}
		if err := conformance.Replay(context.Background(), server.URL, t, options); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(t.Name, "is as recorded")
	}
	// Output:
	// v2-stop-reply is as recorded
	// v2-stop-shutdown is as recorded
}
