package longpoll

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// fetch sends a request over a real network and decodes the answer.
func fetch(client *http.Client, method, url, body string) (int, reply, error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, reply{}, err
	}
	r.Header.Set("Content-Type", "application/x-ndjson")
	w, err := client.Do(r)
	if err != nil {
		return 0, reply{}, err
	}
	defer w.Body.Close()
	var answer reply
	if w.StatusCode == http.StatusOK {
		err = json.NewDecoder(w.Body).Decode(&answer)
	}
	return w.StatusCode, answer, err
}

// A session's life over TCP, on connections that are kept alive.
func TestOverTheNetwork(t *testing.T) {
	s := newSite(t, Options{Window: time.Minute})
	defer s.shutdown()
	web := httptest.NewServer(s)
	defer web.Close()
	client := web.Client()
	do := func(method, token, body string) (int, reply) {
		t.Helper()
		code, answer, err := fetch(client, method, web.URL+"/?token="+token, body)
		if err != nil {
			t.Fatal(err)
		}
		return code, answer
	}

	_, opened := do("GET", "", "")
	h := s.newest()
	h.onMessage = func(data string) error {
		payload, err := protocol.Encode(map[string]string{"data": data})
		h.session.Send(frame("echo", payload))
		return err
	}
	for _, body := range []string{"[1]\n[2]", `["` + strings.Repeat("\\\"ž", 300_000) + `"]`, "[3]"} {
		if code, answer := do("POST", opened.Token, body); code != 200 || answer.Status != 200 {
			t.Fatalf("POST: HTTP %d %+v", code, answer)
		}
		_, answer := do("GET", opened.Token, "")
		if n := len(strings.Split(body, "\n")); len(answer.Messages) != n {
			t.Errorf("%d messages for %d", len(answer.Messages), n)
		}
	}
	if code, _ := do("POST", opened.Token, strings.Repeat("a", 8_000_001)); code != 400 {
		t.Errorf("a body too long: HTTP %d", code)
	}
	if code, answer := do("POST", opened.Token, "!"); code != 200 || answer.Status != 408 {
		t.Errorf("HTTP %d %+v", code, answer)
	}
	if _, answer := do("GET", opened.Token, ""); answer.Status != 410 {
		t.Errorf("%+v", answer)
	}
}

// A 408 does not keep the client's connection: the next request on it is served while the handler is still busy.
func TestTimeoutFreesTheConnection(t *testing.T) {
	s := newSite(t, Options{PublishTimeout: 20 * time.Millisecond})
	defer s.shutdown()
	web := httptest.NewServer(s)
	defer web.Close()
	client := web.Client()
	client.Transport.(*http.Transport).MaxConnsPerHost = 1
	_, opened, err := fetch(client, "GET", web.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	h := s.newest()
	busy := make(chan struct{})
	h.onMessage = func(string) error { <-busy; return nil }
	if _, answer, _ := fetch(client, "POST", web.URL+"/?token="+opened.Token, "[1]"); answer.Status != 408 {
		t.Errorf("POST: %+v", answer)
	}
	h.session.Send(text("a"))
	if _, answer, _ := fetch(client, "GET", web.URL+"/?token="+opened.Token, ""); answer.Status != 200 {
		t.Errorf("GET: %+v", answer)
	}
	close(busy)
}

// pipes is a listener on connections that live inside a bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// serve runs the site behind a real HTTP server whose clients are the ends that dial returns.
func (s *site) serve() (dial func() net.Conn, stop func()) {
	p := &pipes{make(chan net.Conn), make(chan struct{})}
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.HandleFunc("/other", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "other") })
	web := &http.Server{Handler: mux, ErrorLog: log.New(io.Discard, "", 0)}
	served := inBackground(func() error { return web.Serve(p) })
	dial = func() net.Conn {
		client, server := net.Pipe()
		p.conns <- server
		return client
	}
	return dial, func() {
		web.Close()
		<-served
	}
}

// A client that stops in the middle of its body is given up, and what was read is not handled.
func TestStalledUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: time.Hour, StallTimeout: 7 * time.Second})
		dial, stop := s.serve()
		token, h := s.open()
		conn := dial()
		start := time.Now()
		fmt.Fprintf(conn, "POST /?token=%s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[1,", token)
		time.Sleep(5 * time.Second)
		io.WriteString(conn, "2,") // progress renews the time
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); answer.StatusCode != 400 || took != 12*time.Second {
			t.Errorf("HTTP %d after %v", answer.StatusCode, took)
		}
		if got := h.got(); len(got) != 0 {
			t.Errorf("handled %q", got)
		}
		h.wantOpen(t)
		conn.Close()
		s.shutdown()
		stop()
	})
}

// A client that does not take its answer is given up; the session goes on.
func TestStalledDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: time.Hour, StallTimeout: 7 * time.Second})
		dial, stop := s.serve()
		token, h := s.open()
		payload, _ := protocol.Encode(map[string]string{"x": strings.Repeat("a", 1<<20)})
		h.session.Send(frame("large", payload))
		conn := dial()
		start := time.Now()
		fmt.Fprintf(conn, "GET /?token=%s HTTP/1.1\r\nHost: x\r\n\r\n", token)
		buf := make([]byte, 100_000)
		for range 3 {
			if _, err := io.ReadFull(conn, buf); err != nil {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
			time.Sleep(5 * time.Second) // slow, but progress
		}
		time.Sleep(10 * time.Second)
		if n, err := io.Copy(io.Discard, conn); err != nil || n > 200_000 {
			t.Errorf("%d bytes more, %v", n, err)
		}
		h.wantOpen(t)
		conn.Close()
		s.shutdown()
		stop()
	})
}

// The deadlines of one request do not reach into what comes later on the same connection.
func TestDeadlinesAreCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: time.Minute, StallTimeout: time.Second})
		dial, stop := s.serve()
		token, h := s.open()
		conn := dial()
		in := bufio.NewReader(conn)
		h.onMessage = func(string) error { time.Sleep(20 * time.Second); return nil }
		for range 3 {
			fmt.Fprintf(conn, "POST /?token=%s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[1]", token)
			wantHTTP(t, in, `{"status":200}`)
			time.Sleep(20 * time.Second)
			fmt.Fprintf(conn, "GET /?token=%s HTTP/1.1\r\nHost: x\r\n\r\n", token)
			time.Sleep(20 * time.Second)
			h.session.Send(text("a"))
			wantHTTP(t, in, `{"status":200,"token":"`+token+`","messages":["[null,null,\"t\",\"a\",{}]"]}`)
			time.Sleep(20 * time.Second)
			io.WriteString(conn, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n")
			wantHTTP(t, in, "other")
		}
		conn.Close()
		s.shutdown()
		stop()
	})
}

func wantHTTP(t *testing.T, in *bufio.Reader, want string) {
	t.Helper()
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != want {
		t.Errorf("%s, %v, want %s", body, err, want)
	}
}

// net/http tells a GET that waits when its client goes: what comes later is for the next poll.
func TestDisconnectDuringAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		dial, stop := s.serve()
		token, h := s.open()
		conn := dial()
		fmt.Fprintf(conn, "GET /?token=%s HTTP/1.1\r\nHost: x\r\n\r\n", token)
		synctest.Wait()
		conn.Close()
		synctest.Wait()
		h.session.Send(text("a"))
		wantReply(t, "next", s.get(token), 200, time.Now(), "a")
		s.shutdown()
		stop()
	})
}

// The header is as it should be when net/http has had its say.
func TestHeaderOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		dial, stop := s.serve()
		conn := dial()
		var got bytes.Buffer
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		if _, err := io.Copy(&got, conn); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		head, body, _ := strings.Cut(got.String(), "\r\n\r\n")
		for _, line := range []string{"HTTP/1.1 200 OK", "Access-Control-Allow-Origin: *", "Cache-Control: no-store",
			"Content-Type: application/json; charset=utf-8", "Content-Length: 14"} {
			if !strings.Contains(head, line) {
				t.Errorf("%q is missing in %q", line, head)
			}
		}
		if body != `{"status":410}` {
			t.Errorf("body %q", body)
		}
		stop()
	})
}
