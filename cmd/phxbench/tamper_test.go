package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// tamper stands between clients and a server, and does not pass on every message
// of the server as it came: what becomes of one is for deal to say, which is made
// for each connection, counted from 0 in the order in which they are opened.
func tamper(t *testing.T, server string, deal func(connection int) func(message []byte) [][]byte) (base string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for i := 0; ; i++ {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { pass(client, server, deal(i)) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}

// pass serves one connection until either side ends it.
func pass(client net.Conn, server string, deal func([]byte) [][]byte) {
	defer client.Close()
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	var copying sync.WaitGroup
	defer func() {
		_ = upstream.Close() // a server that does not read would hold the copying up
		copying.Wait()
	}()
	copying.Go(func() {
		_, _ = io.Copy(upstream, client)
		_ = upstream.Close()
	})
	defer client.Close()
	br := bufio.NewReader(upstream)
	response, err := http.ReadResponse(br, nil)
	if err != nil || response.Write(client) != nil {
		return
	}
	w := &wire{nc: upstream, br: br}
	for {
		opcode, size, err := w.header()
		if err != nil {
			return
		}
		message := make([]byte, size)
		if _, err := io.ReadFull(br, message); err != nil {
			return
		}
		for _, m := range deal(message) {
			frame := serverFrame(m)
			if frame[0] = final | opcode; m == nil {
				frame = []byte("\x88\x06\x03\xf5slow")
			}
			if _, err := client.Write(frame); err != nil {
				return
			}
		}
	}
}

// pageEvent is there as JSON and, without quotes, in a binary frame; the topic's
// hash is before it there.
var pageEvent = regexp.MustCompile(`","content",|[0-9a-f]{64}(content|part)`)

func honest(message []byte) [][]byte { return [][]byte{message} }

// onPages is honest but for the messages that bring a page, or a part of one, to
// a visitor: of those deal is told the number, from 1 on.
func onPages(deal func(n int, message []byte) [][]byte) func([]byte) [][]byte {
	n := 0
	return func(message []byte) [][]byte {
		head := message[:min(len(message), 200)]
		if !bytes.Contains(head, []byte("want:")) || !pageEvent.Match(head) {
			return honest(message)
		}
		n++
		return deal(n, message)
	}
}

// victim has one connection's pages tampered with.
func victim(which int, deal func(n int, message []byte) [][]byte) func(int) func([]byte) [][]byte {
	return func(connection int) func([]byte) [][]byte {
		if connection != which {
			return honest
		}
		return onPages(deal)
	}
}

// A page that is lost, comes twice or changed, and a visitor that is cut off while
// it reads, are found out, whoever it happens to: one who waits (the first
// connection), or one who comes later (the third, after the holder's).
func TestKillerGates(t *testing.T) {
	for _, speak := range []dialect{ours, original} {
		for name, test := range map[string]struct {
			deal func(n int, message []byte) [][]byte
			want string
		}{
			"honest": {func(_ int, message []byte) [][]byte { return honest(message) }, ""},
			"lost":   {func(int, []byte) [][]byte { return nil }, "the time for this scenario is up"},
			"twice":  {func(_ int, message []byte) [][]byte { return [][]byte{message, message} }, "came"},
			"changed": {func(_ int, message []byte) [][]byte {
				message[len(message)-10] ^= 1
				return honest(message)
			}, "a page came with other content"},
			"cut off": {func(int, []byte) [][]byte { return [][]byte{nil} }, `the server closed the connection with code 1013 "slow"`},
		} {
			for _, which := range []int{0, 2} {
				t.Run(fmt.Sprint(speak, " ", name, " ", which), func(t *testing.T) {
					t.Parallel()
					timeout := time.Minute
					if name == "lost" {
						timeout = time.Second
					}
					_, err := runHere(t, "killer", options{url: "ws://" + tamper(t, laboratory(t), victim(which, test.deal)) + "/ws", settings: settings{
						clients: 1, holders: 1, size: 200_000, every: 5 * time.Millisecond, duration: 15 * time.Millisecond, pace: 20_000_000,
						settle: time.Millisecond, speak: speak, timeout: timeout,
					}})
					wants(t, name, err, test.want)
				})
			}
		}
	}
}

// A server that does not know what the front end opts into is measured with
// original alone, and told so.
func TestWithoutTheExtension(t *testing.T) {
	base := tamper(t, laboratory(t), func(int) func([]byte) [][]byte {
		return func(message []byte) [][]byte {
			if bytes.Contains(message, []byte("phx_reply")) {
				message = bytes.Replace(message, []byte(`"ephemeral":1`), []byte(`"ephemeral":0`), 1)
			}
			return honest(message)
		}
	})
	for _, scenario := range []string{"open", "frozen", "killer"} {
		o := options{url: "ws://" + base + "/ws", settings: settings{
			clients: 3, size: 2000, every: time.Millisecond, duration: 5 * time.Millisecond, settle: time.Millisecond, speak: ours,
		}}
		_, err := runHere(t, scenario, o)
		wants(t, scenario, err, "does not know what this project's front end opts into")
		o.speak = original
		_, err = runHere(t, scenario, o)
		wants(t, scenario+", original", err, "")
	}
}

// Each frozen holder costs the time that it has to answer; a visitor is served
// by the others.
func TestFrozen(t *testing.T) {
	server := laboratory(t)
	r, err := runHere(t, "frozen", options{url: "ws://" + server + "/ws", settings: settings{clients: 16, size: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	asked, _ := r.find("first visitor asked frozen")
	if wait, ok := r.find("first visitor max"); !ok || asked == 0 || wait < 1500 {
		t.Errorf("%v frozen holders were asked, and the longest wait was %v ms", asked, wait)
	}
	_, err = runHere(t, "frozen", options{url: "ws://" + server + "/ws", settings: settings{clients: 1, frozen: 2}})
	wants(t, "all", err, "of 2 holders 2 are frozen: nobody answers")
	if !strings.Contains(fmt.Sprint(err), "--frozen") {
		t.Errorf("got %v", err)
	}
}
