package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The floor reads what this client sends, and nothing else.
func TestReadClientFrame(t *testing.T) {
	whole := appendFrame(nil, opText, []byte("hello"))
	medium, long := appendFrame(nil, opText, make([]byte, 200)), appendFrame(nil, opText, make([]byte, 70_000))
	for name, test := range map[string]struct{ frame, want string }{
		"whole":            {string(whole), ""},
		"bytes":            {string(appendFrame(nil, opBinary, []byte("hello"))), "not a final, masked text frame"},
		"a ping":           {string(appendFrame(nil, opPing, nil)), "not a final"},
		"a close":          {string(appendFrame(nil, opClose, nil)), "not a final"},
		"a fragment":       {"\x01" + string(whole[1:]), "not a final"},
		"not masked":       {string(serverFrame([]byte("hello"))), "not a final"},
		"nothing":          {"", "EOF"},
		"half a header":    {string(whole[:1]), "unexpected EOF"},
		"no length":        {string(medium[:3]), "unexpected EOF"},
		"half a length":    {string(long[:7]), "unexpected EOF"},
		"half a key":       {string(whole[:4]), "unexpected EOF"},
		"half a text":      {string(whole[:8]), "unexpected EOF"},
		"too long":         {"\x81\xff\x00\x00\x00\x00\x04\x00\x00\x01", "too long a frame"},
		"as long as 2^63":  {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", "too long a frame"},
		"longest, cut off": {"\x81\xff\x00\x00\x00\x00\x00\x00\x01\x00key!x", "unexpected EOF"},
	} {
		text, err := readClientFrame(bufio.NewReader(strings.NewReader(test.frame)))
		wants(t, name, err, test.want)
		if test.want == "" && string(text) != "hello" {
			t.Errorf("%s: got %q", name, text)
		}
	}
}

// floorClients connects clients to a mount of the floor.
func floorClients(t *testing.T, base, mount string, n int) []*client {
	t.Helper()
	a, err := parseMount("ws://" + base + mount)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]*client, n)
	for i := range all {
		w, err := a.dial(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.drop)
		all[i] = &client{wire: w, bare: true}
	}
	return all
}

// What one says all others hear, in order, and nobody who has gone is in the way.
func TestFloorFanout(t *testing.T) {
	f := newFloor()
	served := make(chan struct{}, 4)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.fanout(w, r)
		served <- struct{}{}
	}))
	defer s.Close()
	all := floorClients(t, s.Listener.Addr().String(), "/", 4)
	say := func(c *client, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if err := c.send([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	hear := func(c *client, texts ...string) {
		t.Helper()
		for _, text := range texts {
			wants(t, text, c.expect([]byte(text)), "")
		}
	}
	say(all[0], "one", "two")
	for _, c := range all[1:] {
		hear(c, "one", "two")
	}
	all[2].drop()
	<-served
	say(all[1], "three")
	hear(all[0], "three") // and not what it said itself
	hear(all[3], "three")
	if n := f.present(); n != 3 {
		t.Errorf("%d clients are present, want 3", n)
	}
	for _, c := range all {
		c.drop()
	}
	for range 3 {
		<-served
	}
	if n := f.present(); n != 0 {
		t.Errorf("%d clients are present after all have gone", n)
	}
}

// present is how many clients would be written to.
func (f *floor) present() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.conns)
}

// Who is not a WebSocket client is told so, and those who say what the floor does
// not understand are cut off alone.
func TestFloorBadClients(t *testing.T) {
	base := startFloor(t)
	response, err := http.Get("http://" + base + "/echo/websocket")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("without an upgrade: %s", response.Status)
	}
	all := floorClients(t, base, "/fanout", 3)
	if _, err := all[0].nc.Write(appendFrame(nil, opPing, nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := all[0].next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
	if err := all[1].send([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	wants(t, "the others", all[2].expect([]byte("still here")), "")
}

// The floor sends back whatever a scenario may be told to send.
func TestFloorEcho(t *testing.T) {
	c := floorClients(t, startFloor(t), "/echo", 1)[0]
	for _, n := range []int{0, 1, 125, 126, 32_768, 32_769, 200_000} {
		text := bytes.Repeat([]byte("x"), n)
		if err := c.send(text); err != nil {
			t.Fatal(err)
		}
		in, err := c.next()
		if err != nil || in.size != int64(n) {
			t.Fatalf("%d bytes: %d came back, %v", n, in.size, err)
		}
		wants(t, "echo", c.matches(0, text), "")
	}
}

// A floor that is told to stop leaves no connection behind, hijacked or not.
func TestFloorStops(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serveFloor(ctx, listener) }()
	clients := floorClients(t, listener.Addr().String(), "/fanout", 3)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for i, c := range clients {
		if _, err := c.next(); err == nil {
			t.Errorf("client %d is still served", i)
		}
	}
	_ = listener.Close()
	if err := serveFloor(t.Context(), listener); err == nil {
		t.Error("a listener that is closed is served")
	}
}
