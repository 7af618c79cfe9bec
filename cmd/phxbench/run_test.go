package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"--help", exitOK, "Usage: phxbench", ""},
		{"idle -h", exitOK, "  idle      10000", ""},
		{"", exitUsage, "", "phxbench: what is to be measured?"},
		{"sleep", exitUsage, "", `phxbench: there is no scenario "sleep", but idle, `},
		{"idle", exitUsage, "", "phxbench: --url is missing"},
		{"--url http://127.0.0.1:1/lab idle", exitUsage, "", "is not the address of a socket"},
		{"idle --url ws://127.0.0.1:1/lab --pid 1073741824", exitUsage, "", "phxbench: --pid: the costs of process 1073741824 cannot be measured"},
		{"idle --url ws://127.0.0.1:1/lab --pprof http://127.0.0.1:1", exitUsage, "", "phxbench: --pprof needs --pid"},
		{"idle fanout", exitUsage, "", `phxbench: unexpected argument "fanout"`},
		{"idle --clients -1", exitUsage, "", "phxbench: --clients cannot be less than 0"},
		{"idle --size 60000001", exitUsage, "", "phxbench: --size cannot be more than 60000000"},
		{"echo --messages 1000001", exitUsage, "", "phxbench: --messages cannot be more than 1000000"},
		{"killer --url ws://127.0.0.1:1/ws --every 2s --duration 1s", exitUsage, "", "phxbench: nobody comes: a visitor each 2s, but for 1s only (--every, --duration)"},
		{"idle --url ws://127.0.0.1:1/lab --pid 1 --pprof 127.0.0.1:1", exitUsage, "", `phxbench: --pprof: "127.0.0.1:1" is not an address such as http://127.0.0.1:4101`},
		{"compare --only echo --bin testdata/none", exitUsage, "", "phxlab: no such file or directory: build it first (make build)"},
		{"compare --rounds 0", exitUsage, "", "phxbench: --rounds cannot be less than 1"},
		{"idle --clients x", exitUsage, "", `phxbench: invalid value "x" for flag -clients`},
		{"open --speak french", exitUsage, "", `phxbench: --speak is "french": it can be ours or original`},
		{"killer --pace -1", exitUsage, "", "phxbench: --pace cannot be less than 0"},
		{"killer --every 1", exitUsage, "", `phxbench: invalid value "1" for flag -every`},
		{"idle --verbose", exitUsage, "", "phxbench: flag provided but not defined: -verbose"},
		{"floor --addr 4200", exitUsage, "", "address 4200"},
		{"compare --only idle,x", exitUsage, "", `phxbench: --only: there is no scenario "x"`},
		{"compare --bin testdata", exitUsage, "", "build it first (make build)"},
		{"idle --url ws://127.0.0.1:1/lab --clients 2", exitFailed, "", "phxbench: idle: joining, client"},
	} {
		var stdout, stderr strings.Builder
		code := run(t.Context(), strings.Fields(test.args), &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%s: got %d, %q, %q", test.args, code, stdout.String(), stderr.String())
		}
		if test.code != exitOK && (stdout.String() != "" || strings.Count(stderr.String(), "\n") != 1) {
			t.Errorf("%s: got %q and %q, want one sentence", test.args, stdout.String(), stderr.String())
		}
	}
}

func TestParseMount(t *testing.T) {
	for mount, want := range map[string]string{
		"ws://127.0.0.1:4100/lab":        "127.0.0.1:4100 GET /lab/websocket?vsn=2.0.0 HTTP/1.1",
		"ws://[::1]:4100/lab/":           "[::1]:4100 GET /lab/websocket?vsn=2.0.0 HTTP/1.1",
		"ws://example.org/ws?token=a%3D": "example.org:80 GET /ws/websocket?token=a%3D&vsn=2.0.0 HTTP/1.1",
		"ws://h:1?vsn=2.0.1":             "h:1 GET /websocket?vsn=2.0.1 HTTP/1.1",
	} {
		a, err := parseMount(mount)
		line, _, _ := strings.Cut(a.request, "\r\n")
		if got := a.host + " " + line; err != nil || got != want {
			t.Errorf("%s: got %q, %v", mount, got, err)
		}
	}
}

// Connections to this machine come from as many addresses as their ports need.
func TestSource(t *testing.T) {
	seen := make(map[string]int)
	for i := range 50_000 {
		seen[source("127.0.0.1:4100", i).String()]++
	}
	if len(seen) != 5 || seen["127.0.0.1:0"] != perSource {
		t.Errorf("got %v", seen)
	}
	for _, host := range []string{"192.0.2.1:80", "[::1]:80", "localhost:80"} {
		if a := source(host, 1); a != nil {
			t.Errorf("%s: got %v", host, a)
		}
	}
}

// A connection at a pace takes as long as a line of that speed, and can be broken
// off like any other.
func TestSlowConnection(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		nc, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer nc.Close()
		_, _ = io.WriteString(nc, "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: "+handshakeAccept+"\r\n\r\n")
		_, _ = nc.Write(serverFrame(make([]byte, 100_000)))
		_, _ = io.Copy(io.Discard, nc)
	}))
	defer s.Close()
	a, err := parseMount("ws://" + s.Listener.Addr().String() + "/ws")
	if err != nil {
		t.Fatal(err)
	}
	a.pace = 1_000_000
	start := time.Now()
	w, err := a.dial(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.drop()
	if _, err := w.next(); err != nil {
		t.Fatal(err)
	}
	if err := w.matches(0, make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 90*time.Millisecond {
		t.Errorf("100 kB at 1 MB a second took %v", took)
	}
	if _, ok := w.nc.(interface{ SetLinger(int) error }); !ok {
		t.Error("its end cannot be a reset")
	}
}

// The command measures a server by its process id, and tells it as a table or
// as JSON.
func TestCommand(t *testing.T) {
	base := laboratory(t)
	args := []string{"--url", "ws://" + base + "/lab", "--pid", pid(), "idle", "--clients", "5", "--settle", "1ms"}
	var stdout, stderr strings.Builder
	if code := run(t.Context(), args, &stdout, &stderr); code != exitOK {
		t.Fatalf("got %d, %s", code, stderr.String())
	}
	if text := stdout.String(); !strings.Contains(text, "idle, 5 clients") || !strings.Contains(text, "RSS/connection") {
		t.Errorf("got %s", text)
	}
	stdout.Reset()
	if code := run(t.Context(), append(args, "--json"), &stdout, &stderr); code != exitOK {
		t.Fatalf("got %d, %s", code, stderr.String())
	}
	var r result
	if err := json.Unmarshal([]byte(stdout.String()), &r); err != nil || r.Scenario != "idle" || r.Clients != 5 {
		t.Errorf("got %s, %v", stdout.String(), err)
	}
	if stderr.String() != "" {
		t.Errorf("got %q: a file wants no progress", stderr.String())
	}
}

// An interrupt ends a run at once, whatever it waits for.
func TestInterrupt(t *testing.T) {
	base := laboratory(t)
	ctx, interrupt := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, interrupt)
	var stdout, stderr strings.Builder
	code := run(ctx, []string{"--url", "ws://" + base + "/lab", "idle", "--clients", "3", "--settle", "1h", "--timeout", "2h"}, &stdout, &stderr)
	if code != exitFailed || stderr.String() != "phxbench: interrupted\n" {
		t.Errorf("got %d, %q", code, stderr.String())
	}
}

func TestReport(t *testing.T) {
	round := func(server string, cpu float64) result {
		return result{Server: server, Scenario: "echo", Clients: 7, Seconds: cpu, Measures: []measure{{"CPU/echo", cpu, "µs"}}}
	}
	rounds := []result{round("phxlab", 30), round(floorName, 20), round("phxlab", 50), round(floorName, 10), round("phxlab", 10), round(floorName, 30)}
	rounds[0].add("only here", 0.5, "KB")
	r := newReport(options{}, rounds)
	if len(r.Medians) != 2 || r.Medians[0].Seconds != 30 || r.Machine.CPUs == 0 {
		t.Errorf("got %+v", r)
	}
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for _, want := range [][]string{{"phxlab", "×", "floor", "floor"}, {"CPU/echo", "µs", "30.0", "1.50", "20.0"}, {"only", "here", "KB", "0.500", "–"}} {
		if !slices.ContainsFunc(lines, func(l string) bool { return slices.Equal(strings.Fields(l), want) }) {
			t.Errorf("no line %v in\n%s", want, out.String())
		}
	}
}

func TestCommit(t *testing.T) {
	for want, settings := range map[string][]debug.BuildSetting{
		"unknown":                   nil,
		"0123456789ab":              {{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "false"}},
		"0123456789ab with changes": {{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}},
		"short":                     {{Key: "vcs.revision", Value: "short"}},
	} {
		if got := commitOf(&debug.BuildInfo{Settings: settings}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.00012: "1.2e-04", 0.5: "0.500", 1.234: "1.23", 12.34: "12.3", 123.4: "123", -2: "-2.00"} {
		if got := number(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}

// Every contest is between servers that can be started, at a scenario that
// there is.
func TestContests(t *testing.T) {
	for _, c := range contests() {
		if _, err := findScenario(c.scenario); err != nil {
			t.Error(err)
		}
		for _, e := range c.entries {
			if _, ok := servers[e.server]; !ok {
				t.Errorf("%s: there is no server %q", c.scenario, e.server)
			}
		}
	}
}

// A terminal is told how far a run is, and left clean.
func TestProgress(t *testing.T) {
	var out strings.Builder
	p := &progress{w: &out}
	p.begin("idle: joining", 2)
	p.end()
	p.begin("idle: checking", 3)
	p.step()
	p.end()
	p.end()
	got := out.String()
	if !strings.HasPrefix(got, "\r\x1b[Kidle: joining 0/2") || !strings.HasSuffix(got, "\r\x1b[K") || !strings.Contains(got, "idle: checking") {
		t.Errorf("got %q", got)
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if newProgress(file) != nil || newProgress(&out) != nil {
		t.Error("progress is shown to a file")
	}
	newProgress(file).begin("nothing", 1)
	newProgress(file).step()
	newProgress(file).end()
}
