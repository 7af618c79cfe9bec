package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serverVariable, set to anything, makes this test program one of the servers
// that compare starts: the one that it is called like, or the floor. "mute" says
// nothing and stays, "dead" ends, "half" has no /lab.
const serverVariable = "PHXBENCH_TEST_SERVER"

func actAs(how string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch name := filepath.Base(os.Args[0]); {
	case os.Getenv("PHXLAB_ASK")+os.Getenv("EPHEMERAL_QUEUE")+os.Getenv("GOGC")+os.Getenv("GOMEMLIMIT") != "": // settings of somebody's own
		return exitFailed
	case how == "dead":
		return exitFailed
	case how == "mute":
		<-ctx.Done()
		return exitOK
	case name == "phxlab" || name == "ephemeral":
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return exitFailed
		}
		mux := newFloor().handler().(*http.ServeMux) // for /debug/pprof/
		if how != "half" {
			mux.Handle("/lab/", newLaboratory())
		}
		mux.Handle("/ws/", newLaboratory())
		fmt.Printf("%s: serving on http://%s\n%s: pprof is on http://%s\n", name, listener.Addr(), name, listener.Addr())
		_ = http.Serve(listener, mux)
		return exitFailed
	}
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// servers in a folder of their own, all of which are this program.
func testServers(t *testing.T, how string) (bin string) {
	t.Helper()
	t.Setenv(serverVariable, how)
	bin = t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"phxlab", "ephemeral"} {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// compareJSON runs compare for a moment, for the report and what it says while
// it runs.
func compareJSON(t *testing.T, args ...string) (r report, said string) {
	t.Helper()
	args = append([]string{"compare", "--json", "--bin", testServers(t, "serve"), "--clients", "40", "--small", "--messages", "2", "--size", "60",
		"--settle", "1ms", "--duration", "300ms", "--every", "10ms"}, args...)
	var stdout, stderr strings.Builder
	if code := run(t.Context(), args, &stdout, &stderr); code != exitOK {
		t.Fatalf("got %d, %s", code, stderr.String())
	}
	if err := json.Unmarshal([]byte(stdout.String()), &r); err != nil {
		t.Fatal(err)
	}
	return r, stderr.String()
}

// compare measures every server of every contest.
func TestCompare(t *testing.T) {
	r, said := compareJSON(t, "--rounds", "1")
	var got, want []string
	for _, m := range r.Medians {
		got = append(got, fmt.Sprint(m.Scenario, " ", m.Server, " ", m.Speak))
		if m.Clients != 4 {
			t.Errorf("%s: %d clients, want a tenth of 40", m.Scenario, m.Clients)
		}
	}
	for _, c := range contests() {
		for _, e := range c.entries {
			speak := usualSpeech(c.scenario)
			set(&speak, e.speak)
			want = append(want, fmt.Sprint(c.scenario, " ", e.name(), " ", speak))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := strings.Count(said, "\n"); n != len(want) || !strings.Contains(said, "round 1 of 1: idle of phxlab took ") {
		t.Errorf("got %q, want a line for each measurement", said)
	}
	if len(r.Targets) != 0 {
		t.Errorf("targets of other sizes were judged: %+v", r.Targets)
	}
}

// Each round measures everything but what takes long, the second one backwards,
// and the medians are put beside each other.
func TestCompareRounds(t *testing.T) {
	r, said := compareJSON(t, "--rounds", "2", "--only", "echo,killer")
	var got []string
	for _, m := range r.Rounds {
		got = append(got, m.Scenario+" "+m.Server)
	}
	want := []string{"echo phxlab", "echo floor", "killer ephemeral, ours", "killer ephemeral, original", "echo floor", "echo phxlab"}
	if !slices.Equal(got, want) || len(r.Medians) != 4 || !strings.Contains(said, "round 2 of 2: echo of floor took ") {
		t.Errorf("got %v, %d medians and %q, want %v", got, len(r.Medians), said, want)
	}
}

func TestCompareTable(t *testing.T) {
	bin := testServers(t, "serve")
	var stdout, stderr strings.Builder
	args := []string{"compare", "--bin", bin, "--rounds", "1", "--clients", "3", "--messages", "2", "--only", "echo,fanout"}
	if code := run(t.Context(), args, &stdout, &stderr); code != exitOK {
		t.Fatalf("got %d, %s", code, stderr.String())
	}
	for _, want := range []string{"echo, 3 clients\n", "fanout, 3 clients\n", "CPU/echo µs", "CPU/burst delivery µs", "× floor", "others, processors"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}
}

// A server that does not come up is told of, and none is left behind.
func TestCompareFailures(t *testing.T) {
	for how, want := range map[string]string{
		"dead": "phxbench: phxlab: phxlab ended before it served",
		"mute": "phxbench: interrupted",
	} {
		t.Run(how, func(t *testing.T) {
			bin := testServers(t, how)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			if how == "mute" {
				time.AfterFunc(200*time.Millisecond, interrupt)
			}
			var stdout, stderr strings.Builder
			code := run(ctx, []string{"compare", "--bin", bin, "--only", "idle"}, &stdout, &stderr)
			if code != exitFailed || strings.TrimSpace(stderr.String()) != want {
				t.Errorf("got %d, %q, want %q", code, stderr.String(), want)
			}
		})
	}
}

// When a server fails at something the others are measured all the same; it is
// told at the end, and the exit code is that of a failure.
func TestCompareGoesOn(t *testing.T) {
	bin := testServers(t, "half")
	file := filepath.Join(t.TempDir(), "results.md")
	var stdout, stderr strings.Builder
	args := []string{"compare", "--bin", bin, "--rounds", "1", "--clients", "3", "--messages", "2", "--only", "echo,page", "--settle", "1ms", "--markdown", file}
	if code := run(t.Context(), args, &stdout, &stderr); code != exitFailed {
		t.Fatalf("got %d, %s", code, stderr.String())
	}
	const failure = "echo: joining, client"
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "phxlab **failed**: "+failure) {
		t.Errorf("got %s, %v", text, err)
	}
	for _, want := range []string{"phxlab failed: " + failure, "page, 3 clients\n", "phxlab  failed  ≤ 1.50 × floor  not met"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no %q in\n%s", want, stdout.String())
		}
	}
	if !strings.Contains(stderr.String(), "phxbench: phxlab: "+failure) {
		t.Errorf("got %q", stderr.String())
	}
}

// A bare program name is not looked for in $PATH, and what is measured is the
// server as it is, whatever somebody has set for it here.
func TestServerHere(t *testing.T) {
	bin := testServers(t, "serve")
	t.Chdir(bin)
	t.Setenv("PHXLAB_ASK", "lottery")
	t.Setenv("EPHEMERAL_QUEUE", "1kB")
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "1GiB")
	c, err := startServer(t.Context(), "phxlab", ".")
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	target, err := c.target("/lab")
	if err != nil {
		t.Fatal(err)
	}
	if target.name != "phxlab" || target.debugger == nil || target.process == nil || target.bare {
		t.Errorf("got %+v", target)
	}
}
