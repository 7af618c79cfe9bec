package phoenix_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	transport "github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// hijacked is the ResponseWriter of a request that came over conn.
type hijacked struct {
	*httptest.ResponseRecorder
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(io.Discard)), nil
}

// When Shutdown returns the process may end: until then every client must have been told to come again, or been given up.
func TestShutdownWaitsForTheCloseFrame(t *testing.T) {
	for name, c := range map[string]struct {
		reads bool
		want  time.Duration
	}{
		"a client that reads after a second": {reads: true, want: time.Second},
		"a client that has gone away":        {reads: false, want: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var observed int
				e := phoenix.NewEndpoint(quiet())
				e.Mount("/socket", &phoenix.UserSocket{}, phoenix.MountOptions{
					WebSocket: phoenix.WebSocketOptions{Options: transport.Options{
						FlushTimeout: 3 * time.Second,
						Observer:     func(transport.Summary) { observed++ },
					}},
				})
				client, server := net.Pipe() // nothing is written before it is read
				r := httptest.NewRequest("GET", "/socket/websocket?vsn=2.0.0", nil)
				for name, value := range map[string]string{
					"Connection": "Upgrade", "Upgrade": "websocket",
					"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
				} {
					r.Header.Set(name, value)
				}
				served := make(chan struct{})
				go func() {
					defer close(served)
					e.ServeHTTP(hijacked{httptest.NewRecorder(), server}, r)
				}()
				if _, err := http.ReadResponse(bufio.NewReader(client), r); err != nil {
					t.Fatal(err)
				}
				<-served

				start := time.Now()
				go func() {
					if !c.reads {
						return
					}
					time.Sleep(time.Second)
					frame := make([]byte, 4)
					if _, err := client.Read(frame); err != nil || string(frame) != "\x88\x02\x03\xf4" {
						t.Errorf("read % x, %v", frame, err)
					}
					_ = client.Close()
				}()
				if err := e.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took != c.want || observed != 1 {
					t.Errorf("Shutdown returned after %v, and %d connections had ended", took, observed)
				}
			})
		})
	}
}
