package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

// recorded is a connection that gives what the server said, and keeps what it
// is told.
type recorded struct {
	net.Conn
	io.Reader
	heard bytes.Buffer
}

func (r *recorded) Read(b []byte) (int, error)  { return r.Reader.Read(b) }
func (r *recorded) Close() error                { return nil }
func (r *recorded) Write(b []byte) (int, error) { return r.heard.Write(b) }

func hear(fromServer []byte) (*wire, *recorded) {
	r := &recorded{Reader: bytes.NewReader(fromServer)}
	return newWire(r, 0), r
}

// Frames of all three lengths cross in both directions, between this client and
// the floor.
func TestFrames(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 511, 512, 513, 65535, 65536, 200_000} {
		text := bytes.Repeat([]byte("0123456789"), n/10+1)[:n]
		got, err := readClientFrame(bufio.NewReader(bytes.NewReader(appendFrame(nil, opText, text))))
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes to the server: got %d, %v", n, len(got), err)
		}
		w, _ := hear(append(serverFrame(text), serverFrame([]byte("next"))...))
		m, err := w.next()
		if err != nil || m.size != int64(n) || m.whole() != (n <= smallBuffer) || !bytes.HasPrefix(text, m.head) {
			t.Fatalf("%d bytes from the server: got %d of %d, %v", n, len(m.head), m.size, err)
		}
		if n%2 == 0 { // it may be read, or skipped
			var all []byte
			if err := w.stream(func(piece []byte) error { all = append(all, piece...); return nil }); err != nil || !bytes.Equal(all, text) {
				t.Errorf("%d bytes: streamed %d, %v", n, len(all), err)
			}
		}
		if m, err := w.next(); err != nil || string(m.head) != "next" {
			t.Errorf("after %d bytes: got %q, %v", n, m.head, err)
		}
	}
}

func TestControlFrames(t *testing.T) {
	w, server := hear([]byte("\x89\x02hi\x8a\x00\x81\x01x\x88\x04\x03\xf5no"))
	if m, err := w.next(); err != nil || string(m.head) != "x" {
		t.Fatalf("got %q, %v", m.head, err)
	}
	_, err := w.next()
	var end *closed
	if !errors.As(err, &end) || end.code != 1013 || end.reason != "no" {
		t.Errorf("got %v, want a close with 1013", err)
	}
	if got := server.heard.Bytes(); !bytes.Equal(got, appendFrame(nil, opPong, []byte("hi"))) {
		t.Errorf("the ping was answered with %q", got)
	}
}

func TestBadFrames(t *testing.T) {
	for name, frames := range map[string]string{
		"fragment":        "\x01\x01x",
		"continuation":    "\x80\x01x",
		"compressed":      "\xc1\x01x",
		"masked":          "\x81\x81\x00\x00\x00\x00x",
		"end":             "",
		"half a header":   "\x81\x7e\x01",
		"half a message":  "\x81\x05xyz",
		"a long pong":     "\x8a\x7e\x00\x7e" + strings.Repeat("x", 126),
		"half of a close": "\x88\x02\x03",
	} {
		w, _ := hear([]byte(frames))
		if m, err := w.next(); err == nil {
			t.Errorf("%s: got %q", name, m.head)
		}
	}
	w, _ := hear(append([]byte("\x81\x7e\x40\x00"), make([]byte, 1000)...))
	if _, err := w.next(); err != nil {
		t.Fatal(err)
	}
	if err := w.stream(func([]byte) error { return nil }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a long message that breaks off: got %v", err)
	}
}
