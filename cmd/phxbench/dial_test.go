package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// answering accepts connections and answers each handshake with the same text.
func answering(t *testing.T, text string) address {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			nc, err := listener.Accept()
			if err != nil {
				return
			}
			head := make([]byte, 4096)
			_, _ = nc.Read(head)
			_, _ = io.WriteString(nc, text)
			_ = nc.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	a, err := parseMount("ws://" + listener.Addr().String() + "/lab")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A handshake is over when the server has said what it must.
func TestHandshake(t *testing.T) {
	const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	accept := "Sec-WebSocket-Accept: " + handshakeAccept + "\r\n"
	for name, test := range map[string]struct{ answer, want string }{
		"right":        {switching + accept + "\r\n", ""},
		"no accept":    {switching + "\r\n", "Sec-WebSocket-Accept is wrong"},
		"other accept": {switching + "Sec-WebSocket-Accept: AAAA\r\n\r\n", "Sec-WebSocket-Accept is wrong"},
		"refused":      {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "the server answered 403 Forbidden"},
		"a page":       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + accept + "\r\n", "the server answered 200 OK"},
		"no HTTP":      {"SSH-2.0\r\n\r\n", "malformed HTTP"},
		"half of it":   {switching, "unexpected EOF"},
		"nothing":      {"", "failed to open a WebSocket: "},
	} {
		w, err := answering(t, test.answer).dial(t.Context(), 0)
		wants(t, name, err, test.want)
		if err == nil {
			w.drop()
		} else if !strings.HasPrefix(err.Error(), "failed to open a WebSocket: ") {
			t.Errorf("%s: %v does not say at what", name, err)
		}
	}
}

// What comes right behind the handshake is the first message, and is not lost.
func TestMessageBehindTheHandshake(t *testing.T) {
	a := answering(t, "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "+handshakeAccept+"\r\n\r\n"+string(serverFrame([]byte("at once"))))
	w, err := a.dial(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.drop()
	wants(t, "the first", (&client{wire: w}).expect([]byte("at once")), "")
}

// The request is one that any server of WebSockets takes.
func TestHandshakeRequest(t *testing.T) {
	a, err := parseMount("ws://example.org:81/ws?token=x")
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(newWire(&recorded{Reader: strings.NewReader(a.request)}, 0).br)
	if err != nil {
		t.Fatal(err)
	}
	if r.Method != "GET" || r.Host != "example.org:81" || r.URL.String() != "/ws/websocket?token=x&vsn=2.0.0" {
		t.Errorf("%s %s of %s", r.Method, r.URL, r.Host)
	}
	for name, want := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": handshakeKey, "Origin": ""} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// However slow a line is, a read waits for a hundredth of a second or for a byte:
// it takes no more than that at once.
func TestSlowReadsLittle(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ours, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	text := bytes.Repeat([]byte("0123456789"), 50)
	if _, err := theirs.Write(text); err != nil {
		t.Fatal(err)
	}
	buffer, read := make([]byte, 1000), 0
	for _, test := range []struct{ pace, most int }{{1, 1}, {99, 1}, {1000, 10}, {20_000, 200}} {
		n, err := newSlow(ours, test.pace).(*slow).limited(buffer)
		if err != nil || n < 1 || n > test.most || !bytes.HasPrefix(text[read:], buffer[:n]) {
			t.Errorf("at %d bytes a second %d were read at once, want at most %d: %v", test.pace, n, test.most, err)
		}
		read += n
	}
	if nc, _ := net.Pipe(); newSlow(nc, 1) != nc {
		t.Error("what is no connection of TCP has a pace")
	}
}
