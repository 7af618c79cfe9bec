package websocket

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The texts are the reference server's: transcripts plain-get and upgrade-headers-missing.
func TestCheckUpgrade(t *testing.T) {
	const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	tests := []struct {
		name    string
		request string // without the Host header and the empty line
		want    string
	}{
		{"nothing", "GET / HTTP/1.1\r\n", "'connection' header must contain 'upgrade', got []"},
		{"other connection", "GET / HTTP/1.1\r\nConnection: keep-alive\r\nUpgrade: websocket\r\n", `'connection' header must contain 'upgrade', got ["keep-alive"]`},
		{"several connections", "GET / HTTP/1.1\r\nConnection: keep-alive, close\r\nConnection: x\r\n", `'connection' header must contain 'upgrade', got ["keep-alive, close", "x"]`},
		{"part of a token", "GET / HTTP/1.1\r\nConnection: upgrades\r\n", `'connection' header must contain 'upgrade', got ["upgrades"]`},
		{"quotes", "GET / HTTP/1.1\r\nConnection: \"upgrade\"\r\n", `'connection' header must contain 'upgrade', got ["\"upgrade\""]`},
		{"no upgrade", "GET / HTTP/1.1\r\nConnection: Upgrade\r\n", "'upgrade' header must contain 'websocket', got []"},
		{"other upgrade", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n", `'upgrade' header must contain 'websocket', got ["h2c"]`},
		{"no key", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", "'sec-websocket-key' header is absent"},
		{"key before version", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", "'sec-websocket-key' header is absent"},
		{"no version", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + key, "'sec-websocket-version' header must equal '13', got []"},
		{"old version", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + key + "Sec-WebSocket-Version: 8\r\n", `'sec-websocket-version' header must equal '13', got ["8"]`},
		{"two versions", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + key + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n", `'sec-websocket-version' header must equal '13', got ["13", "13"]`},
		{"method", "POST / HTTP/1.1\r\nConnection: Upgrade\r\n", "HTTP method POST unsupported"},
		{"old http", "GET / HTTP/1.0\r\nConnection: Upgrade\r\n", "HTTP version HTTP/1.0 unsupported"},
		{"fine", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + key + "Sec-WebSocket-Version: 13\r\n", ""},
		{"fine in other words", "GET / HTTP/1.1\r\nCONNECTION: keep-alive ,UPGRADE\r\nupgrade: h2c\r\nUpgrade: x, WebSocket\r\n" + key + "Sec-WebSocket-Version: 13\r\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(tt.request + "Host: example.com\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := CheckUpgrade(r); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	t.Run("no host", func(t *testing.T) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = ""
		if err := CheckUpgrade(r); err == nil || err.Error() != "'host' header is absent" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("http 2", func(t *testing.T) {
		r := httptest.NewRequest("CONNECT", "/", nil)
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/2.0", 2, 0
		if err := CheckUpgrade(r); err == nil || err.Error() != "HTTP version HTTP/2.0 unsupported" {
			t.Errorf("got %v", err)
		}
	})
}

func TestSwitchingProtocols(t *testing.T) {
	h := serve(t, Options{}, nil)
	c := connect(t, h.Server, "Sec-WebSocket-Protocol: phoenix", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
	for name, want := range map[string]string{
		"Upgrade":                  "websocket",
		"Connection":               "Upgrade",
		"Sec-Websocket-Accept":     "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", // RFC 6455 §1.3
		"Cache-Control":            "max-age=0, private, must-revalidate",
		"Sec-Websocket-Protocol":   "",
		"Sec-Websocket-Extensions": "",
		"Content-Length":           "",
	} {
		if got := c.response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestSubprotocol(t *testing.T) {
	h := serve(t, Options{Subprotocol: "phoenix"}, nil)
	c := connect(t, h.Server, "Sec-WebSocket-Protocol: base64url.bearer.phx.dG9rZW4, phoenix")
	if got := c.response.Header.Values("Sec-Websocket-Protocol"); len(got) != 1 || got[0] != "phoenix" {
		t.Errorf("subprotocol is %q", got)
	}
}

// A foreign origin is the host's to refuse.
func TestOriginIsNotChecked(t *testing.T) {
	h := serve(t, Options{}, nil)
	connect(t, h.Server, "Origin: https://evil.example")
}

// What CheckUpgrade lets pass and the library does not: the answer is the library's, and the connection goes on as HTTP.
func TestRefusedByLibrary(t *testing.T) {
	h := serve(t, Options{Subprotocol: "phoenix"}, nil)
	c := dial(t, h.Server)
	for range 2 {
		c.write([]byte(strings.Replace(handshake(), "dGhlIHNhbXBsZSBub25jZQ==", "short", 1)))
		resp, err := http.ReadResponse(c.br, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "Sec-WebSocket-Key") {
			t.Errorf("answered %s: %s", resp.Status, body)
		}
		if got := resp.Header.Get("Sec-WebSocket-Protocol") + resp.Header.Get("Cache-Control"); got != "" {
			t.Errorf("a refusal with the headers of a 101: %q", got)
		}
	}
}

// A ResponseWriter that cannot be taken over is an error, not a panic, and the client is told so.
func TestNotHijackable(t *testing.T) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake())))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	if _, err := Accept(recorder, r, Options{}); err == nil || !strings.Contains(err.Error(), "handshake") {
		t.Errorf("got %v", err)
	}
	if recorder.Code != http.StatusInternalServerError {
		t.Errorf("answered %d", recorder.Code)
	}
}

// What the host, or a middleware, has put into the header is in the 101, and cannot be more than a header.
func TestHeadersOfTheHost(t *testing.T) {
	h := serve(t, Options{}, nil)
	inner := h.Config.Handler
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "F1")
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2\r\nInjected: yes"}
		inner.ServeHTTP(w, r)
	})
	c := connect(t, h.Server)
	got := c.response.Header
	if got.Get("X-Request-Id") != "F1" || len(got.Values("Set-Cookie")) != 2 || got.Get("Injected") != "" {
		t.Errorf("headers %v", got)
	}
	if c.response.Proto != "HTTP/1.1" || c.response.Status != "101 Switching Protocols" {
		t.Errorf("answered %s %s", c.response.Proto, c.response.Status)
	}
	c.send(textFrame("x"))
	wait(t, h.peer(t).arrived, "a message")
}

// The 101 is the same whosever the ResponseWriter is.
func TestAnotherServersResponseWriter(t *testing.T) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake())))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	accepted := make(chan *Conn, 1)
	go func() {
		conn, err := Accept(hijacked{httptest.NewRecorder(), ours}, r, Options{Subprotocol: "phoenix"})
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	resp, err := http.ReadResponse(bufio.NewReader(theirs), r)
	if err != nil {
		t.Fatal(err)
	}
	conn := wait(t, accepted, "the connection")
	if resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Cache-Control") != cacheControl ||
		resp.Header.Get("Sec-WebSocket-Protocol") != "phoenix" || resp.Header.Get("Date") == "" {
		t.Errorf("answered %s %v", resp.Status, resp.Header)
	}
	conn.cut()
	_ = theirs.Close()
}

// A client that is gone before the 101 is an error, and the connection is closed. Nobody is answered in its place.
func TestGoneBeforeTheAnswer(t *testing.T) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake())))
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	recorder := httptest.NewRecorder()
	if _, err := Accept(hijacked{recorder, broken{ours}}, r, Options{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	if recorder.Code != http.StatusOK || recorder.Body.Len() > 0 {
		t.Errorf("answered %d %q after the connection was taken over", recorder.Code, recorder.Body)
	}
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the connection is open: %v", err)
	}
}

// A broken connection cannot be written to.
type broken struct{ net.Conn }

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
