package client

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// A rude server takes a WebSocket, says what it is told to, byte for byte, and then nothing more; it does not even answer
// a close frame.
func rudeServer(t *testing.T, says string) *httptest.Server {
	t.Helper()
	var mu sync.Mutex
	var conns []net.Conn
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		conns = append(conns, conn)
		mu.Unlock()
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n%s",
			base64.StdEncoding.EncodeToString(sum[:]), says)
		if says == "cut" {
			conn.Close()
		}
	}))
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range conns {
			conn.Close()
		}
		server.Close()
	})
	return server
}

// Close does not wait for what a server owes: an answer to the close frame, or the rest of a message that it announced.
func TestCloseWithRudeServers(t *testing.T) {
	for name, says := range map[string]string{
		"silent":            "",
		"in a long message": "\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x00half",
		"in a ping":         "\x89\x7dhalf",
		"in a header":       "\x81",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Dial(t.Context(), rudeServer(t, says).URL, Options{})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			c.Close()
			if took := time.Since(start); took > closeTimeout+4*time.Second {
				t.Errorf("Close took %v", took)
			}
		})
	}
}

// An HTTP client that does not tell which connection it has used is no obstacle.
func TestCloseWithoutTheConnection(t *testing.T) {
	server := rudeServer(t, "\x82\x7f\x00\x00\x00\x00\x00\x10\x00\x00half")
	blind := roundTrip(func(r *http.Request) (*http.Response, error) {
		conn, err := net.Dial("tcp", r.URL.Host)
		if err != nil {
			return nil, err
		}
		if err := r.Write(conn); err != nil {
			return nil, err
		}
		buffered := bufio.NewReader(conn)
		response, err := http.ReadResponse(buffered, r)
		if err == nil {
			response.Body = body{conn, buffered}
		}
		return response, err
	})
	c, err := Dial(t.Context(), server.URL, Options{HTTPClient: &http.Client{Transport: blind}})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	c.Close()
	if took := time.Since(start); took > closeTimeout+4*time.Second {
		t.Errorf("Close took %v", took)
	}
}

type body struct {
	net.Conn
	buffered *bufio.Reader
}

func (b body) Read(p []byte) (int, error) { return b.buffered.Read(p) }

// A connection that just breaks, and a server that is silent, are both found out.
func TestRudeServersAreLeft(t *testing.T) {
	for says, want := range map[string]error{"cut": nil, "": ErrHeartbeat} {
		lost := make(chan error, 1000)
		c, err := Dial(t.Context(), rudeServer(t, says).URL, Options{
			HeartbeatInterval: 20 * time.Millisecond,
			OnState: func(s State, why error) {
				if s == Connecting {
					lost <- why
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-lost; err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%q: OnState was told %v, want %v", says, err, want)
		}
		c.Close()
	}
}
