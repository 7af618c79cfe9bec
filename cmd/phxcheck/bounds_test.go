package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// bound is more than any of these runs may take.
const bound = 20 * time.Second

// However a server leaves its clients alone, a run ends, and nothing passes.
func TestServersThatDoNotAnswer(t *testing.T) {
	silent := func(serverFrame) []serverFrame { return nil }
	for name, server := range map[string]saboteur{
		"says nothing over WebSocket": {frame: silent},
		"says the same a thousand times": {frame: func(f serverFrame) []serverFrame {
			return slices.Repeat([]serverFrame{f}, 1000)
		}},
		"closes when it should answer": {frame: func(serverFrame) []serverFrame {
			return []serverFrame{{closeFrame, nil}}
		}},
		"breaks off": {response: func(r *http.Response) error {
			if r.StatusCode == http.StatusSwitchingProtocols {
				return net.ErrClosed
			}
			return nil
		}},
		"sends garbage": {frame: func(serverFrame) []serverFrame {
			return []serverFrame{{0xff, []byte("garbage")}}
		}},
		"makes up its handshake": {response: func(r *http.Response) error {
			r.Header.Set("Sec-WebSocket-Accept", "no")
			return nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			ran, report := inJSON(t, "--basic", "--group", "core,websocket", "--timeout", "300ms", "--parallel", "32", server.start(t)+"/lab")
			if took := time.Since(start); took > bound {
				t.Errorf("it took %v", took)
			}
			if got := report.names(passed); got != nil {
				t.Errorf("passed: %v", got)
			}
			if ran.code != exitFailed || report.Interrupted || report.Failed != report.Total {
				t.Errorf("exit code %d, %+v", ran.code, report)
			}
		})
	}
}

// A server that sends an answer byte by byte and never ends it.
func TestAnswerWithoutEnd(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" && r.URL.Path == "/longpoll" && r.URL.Query().Has("token") {
			for w.(http.Flusher).Flush(); ; time.Sleep(10 * time.Millisecond) {
				select {
				case <-stop:
					return
				case <-r.Context().Done():
					return
				default:
				}
				if _, err := io.WriteString(w, " "); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		}
		w.WriteHeader(http.StatusBadRequest)
	}))
	defer server.Close()
	defer close(stop)
	start := time.Now()
	ran, report := inJSON(t, "--basic", "--only", "basic-longpoll-bogus-token", "--timeout", "300ms", server.URL)
	if took := time.Since(start); took > bound {
		t.Errorf("it took %v", took)
	}
	if ran.code != exitFailed || report.Failed != 1 || !strings.Contains(report.Cases[0].Failure.Problem, "no answer came within 300ms") {
		t.Errorf("exit code %d, %+v", ran.code, report)
	}
}

// A server that goes away while it is checked: what is left fails, at once.
func TestServerThatGoesAway(t *testing.T) {
	var server *httptest.Server
	var requests atomic.Int32
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if w.WriteHeader(http.StatusBadRequest); requests.Add(1) == 2 { // the two of the probe
			server.Listener.Close()
		}
	}))
	defer server.Close()
	start := time.Now()
	ran, report := inJSON(t, "--basic", server.URL)
	if took := time.Since(start); took > bound {
		t.Errorf("it took %v", took)
	}
	if ran.code != exitFailed || report.Passed != 0 || report.Interrupted {
		t.Errorf("exit code %d, %+v", ran.code, report)
	}
	for _, c := range report.Cases {
		if c.Result == failed && !strings.Contains(c.Failure.Problem, "refused") {
			t.Errorf("%s: got the problem %q, want that the connection was refused", c.Name, c.Failure.Problem)
		}
	}
}

// A run that is broken off ends at once and says that it is not whole.
func TestBrokenOff(t *testing.T) {
	for format, want := range map[string]string{
		"text":  "Broken off: not every case has ended.",
		"tap":   "\nBail out! Broken off",
		"junit": `errors="1"`,
		"json":  `"interrupted": true`,
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			silent := saboteur{frame: func(serverFrame) []serverFrame { cancel(); return nil }}.start(t)
			var stdout, stderr strings.Builder
			start := time.Now()
			code := run(ctx, []string{"--basic", "--group", "core", "--format", format, "--timeout", "1h", silent + "/lab"}, &stdout, &stderr)
			if took := time.Since(start); took > bound {
				t.Errorf("it took %v", took)
			}
			if code != exitFailed || stderr.String() != "" || !strings.Contains(stdout.String(), want) {
				t.Errorf("exit code %d, %q, want %q in\n%s", code, stderr.String(), want, stdout.String())
			}
		})
	}
}
