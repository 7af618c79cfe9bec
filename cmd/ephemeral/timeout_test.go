package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are in memory, so that a bubble's clock
// runs for them.
type pipes struct {
	arrived chan net.Conn
	closed  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.arrived:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// inBubble serves the site by a clock of the test's own. Each call of dial is a
// new connection to it.
func inBubble(t *testing.T, args []string, test func(t *testing.T, dial func() (net.Conn, *bufio.Reader))) {
	synctest.Test(t, func(t *testing.T) {
		c, err := readConfig(args, surroundings{lookup: nothing})
		if err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.DiscardHandler)
		s := &routes{endpoint: newEndpoint(c, log, newMetrics())}
		server := newServer(s.handler(), log)
		listener := &pipes{make(chan net.Conn), make(chan struct{})}
		ended := make(chan error)
		go func() { ended <- server.Serve(listener) }()
		defer func() {
			stop(s.endpoint, server, time.Minute, log)
			if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
				t.Error(err)
			}
		}()
		test(t, func() (net.Conn, *bufio.Reader) {
			ours, theirs := net.Pipe()
			t.Cleanup(func() { _ = ours.Close() })
			listener.arrived <- theirs
			return ours, bufio.NewReader(ours)
		})
	})
}

func TestBodyThatNeverComes(t *testing.T) {
	for _, path := range []string{"/", "/nowhere", "/ws/websocket", "/frame"} {
		inBubble(t, nil, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
			conn, in := dial()
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\na piece of it", path)
			began := time.Now()
			if _, err := io.Copy(io.Discard, in); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > requestTimeout+time.Second {
				t.Errorf("%s: the connection was kept for %v", path, took)
			}
		})
	}
}

func TestHeaderThatNeverEnds(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
		conn, in := dial()
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n")
		began := time.Now()
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > headerTimeout+time.Second {
			t.Errorf("the connection was kept for %v", took)
		}
	})
}

// Nobody reads what a pipe is written, so that an answer stays in it.
func TestAnswerThatIsNotRead(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
		conn, in := dial()
		fmt.Fprint(conn, "GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
		time.Sleep(answerTimeout + time.Second)
		if n, err := io.Copy(io.Discard, in); n > 0 || err != nil {
			t.Errorf("%d bytes came after %v, and %v", n, answerTimeout, err)
		}
	})
}

// What holds for one answer does not hold for the next on the same connection.
func TestAnswersOfALongConnection(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
		conn, in := dial()
		for range 5 {
			fmt.Fprint(conn, "GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
			answer, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(answer.Body); err != nil || string(text) != "ok\n" {
				t.Fatalf("%q, %v", text, err)
			}
			time.Sleep(keepAlive - time.Second)
		}
	})
}

// session opens a session of long polling and returns its address.
func session(t *testing.T, conn net.Conn, in *bufio.Reader) string {
	t.Helper()
	const path = "/ws/longpoll?vsn=2.0.0"
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var opened struct{ Token string }
	if err := json.NewDecoder(answer.Body).Decode(&opened); err != nil || opened.Token == "" {
		t.Fatalf("no session: %v", err)
	}
	return path + "&token=" + opened.Token
}

// status reads the answer to a long poll: its own status, which is in the body.
func status(t *testing.T, in *bufio.Reader) int {
	t.Helper()
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body struct{ Status int }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.Status
}

func TestPollLongerThanARequestMayTake(t *testing.T) {
	const window = 3 * max(requestTimeout, answerTimeout)
	inBubble(t, []string{"--poll-window", window.String()}, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
		conn, in := dial()
		address := session(t, conn, in)
		began := time.Now()
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", address)
		if got := status(t, in); got != http.StatusNoContent {
			t.Errorf("status %d, want 204", got)
		}
		if took := time.Since(began); took != window {
			t.Errorf("the poll took %v, want %v", took, window)
		}
	})
}

func TestSlowPostOfAPoller(t *testing.T) {
	inBubble(t, []string{"--poll-window", "10m"}, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
		conn, in := dial()
		address := session(t, conn, in)
		join := fmt.Sprintf(`["1","1","want:%s","phx_join",{}]`, someAddress)
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n", address, len(join))
		piece := len(join)/10 + 1
		for rest := join; rest != ""; rest = rest[min(piece, len(rest)):] {
			time.Sleep(requestTimeout / 3)
			fmt.Fprint(conn, rest[:min(piece, len(rest))])
		}
		if got := status(t, in); got != http.StatusOK {
			t.Errorf("status %d, want 200", got)
		}
	})
}

func TestSocketSilentForLongerThanARequestMayTake(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, dial func() (net.Conn, *bufio.Reader)) {
		conn, in := dial()
		fmt.Fprint(conn, "GET /ws/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v, %v", answer, err)
		}
		time.Sleep(3 * requestTimeout)
		beat := `[null,"1","phoenix","heartbeat",{}]`
		go conn.Write(append([]byte{0x81, 0x80 | byte(len(beat)), 0, 0, 0, 0}, beat...))
		header := make([]byte, 2)
		if _, err := io.ReadFull(in, header); err != nil || header[0] != 0x81 {
			t.Fatalf("no text came: % x, %v", header, err)
		}
		reply := make([]byte, header[1])
		if _, err := io.ReadFull(in, reply); err != nil || !strings.Contains(string(reply), `"ok"`) {
			t.Errorf("%s, %v", reply, err)
		}
		_ = conn.Close()
	})
}
