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
// nothing and stays, "dead" ends.
const serverVariable = "PHXBENCH_TEST_SERVER"

func actAs(how string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch name := filepath.Base(os.Args[0]); {
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
		mux.Handle("/lab/", newLaboratory())
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

// compare measures every server of every contest in each round, and puts the
// medians beside the floor.
func TestCompare(t *testing.T) {
	bin := testServers(t, "serve")
	args := []string{"compare", "--bin", bin, "--rounds", "2", "--clients", "40", "--small", "--messages", "2", "--size", "60", "--settle", "1ms",
		"--duration", "300ms", "--every", "10ms"}
	var stdout, stderr strings.Builder
	if code := run(t.Context(), append(args, "--json"), &stdout, &stderr); code != exitOK {
		t.Fatalf("got %d, %s", code, stderr.String())
	}
	var r report
	if err := json.Unmarshal([]byte(stdout.String()), &r); err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range r.Medians {
		got = append(got, m.Scenario+" "+m.Server)
		if m.Clients != 4 {
			t.Errorf("%s: %d clients, want a tenth of 40", m.Scenario, m.Clients)
		}
	}
	rounds := 0
	for _, c := range contests() {
		for _, e := range c.entries {
			want = append(want, c.scenario+" "+e.name())
			rounds += 2
			if c.once {
				rounds--
			}
		}
	}
	if !slices.Equal(got, want) || len(r.Rounds) != rounds {
		t.Errorf("got %v and %d rounds, want %v and %d", got, len(r.Rounds), want, rounds)
	}
	if len(r.Targets) != 0 {
		t.Errorf("targets of other sizes were judged: %+v", r.Targets)
	}
	if n := strings.Count(stderr.String(), "\n"); n != len(r.Rounds) || !strings.Contains(stderr.String(), "round 2 of 2: idle of phxlab took ") {
		t.Errorf("got %q, want a line for each measurement", stderr.String())
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

// A bare program name is not looked for in $PATH.
func TestServerHere(t *testing.T) {
	bin := testServers(t, "serve")
	t.Chdir(bin)
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
