package main

import (
	"errors"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	for _, test := range []struct {
		args   string
		stderr string
	}{
		{"", "the URL of the server is missing"},
		{"--basic", "the URL of the server is missing"},
		{"--colour http://localhost", "flag provided but not defined: -colour"},
		{"http://localhost http://example.org", `unexpected argument "http://example.org"`},
		{"http://localhost --format", "flag needs an argument: -format"},
		{"localhost:4000", `"localhost:4000" is no address of a server`},
		{"ftp://localhost", `"ftp://localhost" is no address of a server`},
		{"http:///lab", `"http:///lab" is no address of a server`},
		{"http://[::1", `"http://[::1" is no address of a server`},
		{"http://me@localhost", "has parts that are not used: a user"},
		{"http://localhost#top", "has parts that are not used"},
		{"http://localhost?token=1", "has a query, which goes with --basic only"},
		{"--only [ http://localhost", `--only: "[" is no pattern`},
		{"--only v9-* http://localhost", "no case is left to run (--list lists them all)"},
		{"--group nosuch --list", "no case is left to run"},
		{"--transport pigeon http://localhost", `--transport: there are websocket and longpoll, not "pigeon"`},
		{"--format xml http://localhost", `--format: there are text, tap, junit and json, not "xml"`},
		{"--parallel 0 http://localhost", "--parallel: at least 1"},
		{"--parallel many http://localhost", `invalid value "many" for flag -parallel`},
		{"--timeout 0s http://localhost", "--timeout: must be longer than nothing"},
		{"--slack -1s http://localhost", "--slack: must not be less than nothing"},
		{"--topic a http://localhost", "--topic: goes with --basic"},
		{`--basic --topic a"b http://localhost`, "--topic: must not hold quotes"},
		{"--basic --topic \xff http://localhost", "--topic: must not hold quotes"},
	} {
		ran := phxcheck(t, strings.Fields(test.args)...)
		if ran.code != exitUsage || ran.stdout != "" || !strings.Contains(ran.stderr, test.stderr) {
			t.Errorf("%s: got %d, %q, %q", test.args, ran.code, ran.stdout, ran.stderr)
		}
		if !strings.HasPrefix(ran.stderr, "phxcheck: ") || strings.Count(ran.stderr, "\n") != 1 {
			t.Errorf("%s: got %q, want one sentence", test.args, ran.stderr)
		}
	}
}

// The help names every flag, and lines fit into a terminal.
func TestHelp(t *testing.T) {
	for _, help := range []string{"--help", "-h"} {
		ran := phxcheck(t, "http://localhost", help)
		if ran.code != exitOK || ran.stdout != usage || ran.stderr != "" {
			t.Errorf("%s: got %d, %q, %q", help, ran.code, ran.stdout, ran.stderr)
		}
	}
	for line := range strings.Lines(usage) {
		if len(line) > 81 {
			t.Errorf("too long: %s", line)
		}
	}
	var o options
	for _, name := range flagNames(&o) {
		if !strings.Contains(usage, " --"+name+" ") && !strings.Contains(usage, "[--"+name+"]") {
			t.Errorf("the help does not say what --%s is", name)
		}
	}
}

func TestListed(t *testing.T) {
	for args, want := range map[string][]string{
		"--list --only v2-join-ok,v2-leave":                          {"v2-join-ok", "v2-leave"},
		"--list --only v2-join-ok --only v2-leave":                   {"v2-join-ok", "v2-leave"},
		"--list --only v?-crash":                                     {"v1-crash", "v2-crash"},
		"--list --group stale":                                       {"lp2-stale-join-ref", "v2-stale-join-is-not-stale", "v2-stale-join-ref"},
		"--list --group stale --transport websocket":                 {"v2-stale-join-is-not-stale", "v2-stale-join-ref"},
		"--list --group connect --tags http-server":                  {"v2-connect-crash"},
		"--list --tags quirk,slow --group timeout":                   {"d10-any-byte-keeps-alive", "idle-timeout", "idle-timeout-heartbeats"},
		"--list --group timeout --skip-tags reference":               {"idle-timeout", "idle-timeout-heartbeats"},
		"--list --only v2-crash,v2-leave --skip-group leave":         {"v2-crash"},
		"--list --only presence-mixed,v1-crash --transport longpoll": nil,
		"--basic --list --only basic-ping*":                          {"basic-ping", "basic-ping-between-fragments"},
	} {
		ran := phxcheck(t, strings.Fields(args)...)
		var got []string
		for line := range strings.Lines(ran.stdout) {
			got = append(got, strings.Fields(line)[0])
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || (ran.code == exitOK) != (want != nil) {
			t.Errorf("%s: got %d, %v, want %v", args, ran.code, got, want)
		}
	}
}

// A wrong address is one sentence, whatever is wrong with it.
func TestNoServer(t *testing.T) {
	closed := listener(t)
	closed.Close()
	for name, test := range map[string]struct {
		url    string
		args   string
		stderr string
	}{
		"nobody there":          {url: "http://" + closed.Addr().String(), stderr: "cannot reach http://127.0.0.1:"},
		"nobody there, refused": {url: "ws://" + closed.Addr().String(), args: "--basic", stderr: "connection refused"},
		"never answers":         {url: "http://" + mute(t, false), args: "--timeout 200ms", stderr: "no answer came within 200ms"},
		"hangs up":              {url: "http://" + mute(t, true), stderr: "cannot reach http://127.0.0.1:"},
		"no laboratory":         {url: serve(t, http.NotFound), stderr: "does not mount the laboratory: GET /lab/websocket is answered 404"},
		"nothing mounted":       {url: serve(t, http.NotFound) + "/socket", args: "--basic", stderr: "GET /socket/websocket and /socket/longpoll are answered 404"},
		"redirects":             {url: serve(t, http.RedirectHandler("https://example.org/", http.StatusMovedPermanently).ServeHTTP), stderr: "redirects to https://example.org/: give that server's address"},
		"no TLS":                {url: strings.Replace(serve(t, http.NotFound), "http", "wss", 1), args: "--basic", stderr: "server gave HTTP response to HTTPS client"},
		"half an answer":        {url: serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "9") }), stderr: "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			ran := phxcheck(t, append(strings.Fields(test.args), test.url)...)
			if ran.code != exitUsage || ran.stdout != "" || !strings.Contains(ran.stderr, test.stderr) || strings.Count(ran.stderr, "\n") != 1 {
				t.Errorf("got %d, %q, %q", ran.code, ran.stdout, ran.stderr)
			}
		})
	}
}

// A server with a certificate that nobody knows is checked with --insecure.
func TestInsecure(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	url := strings.Replace(server.URL, "https", "wss", 1)
	ran := phxcheck(t, "--basic", "--only", "basic-http-plain-get", url)
	if ran.code != exitUsage || !strings.Contains(ran.stderr, "certificate") {
		t.Errorf("got %d, %q", ran.code, ran.stderr)
	}
	if ran := phxcheck(t, "--basic", "--only", "basic-http-plain-get", "--insecure", url); ran.code != exitOK {
		t.Errorf("got %d, %q, %q", ran.code, ran.stdout, ran.stderr)
	}
}

// The exit codes of the command as people run it.
func TestExitCodes(t *testing.T) {
	broken := saboteur{frame: dropping("phx_reply")}.start(t)
	for args, want := range map[string]int{
		"--only v2-join-ok " + laboratory(t):                                              exitOK,
		"--only v2-join-ok --timeout 200ms " + broken:                                     exitFailed,
		"--basic --only basic-ping,basic-heartbeat-v1 --timeout 200ms " + broken + "/lab": exitFailed,
		"--basic " + laboratory(t) + "/nosuch":                                            exitUsage,
		"--nosuch":                                                                        exitUsage,
		"--help":                                                                          exitOK,
		"--list":                                                                          exitOK,
	} {
		output, err := exec.CommandContext(t.Context(), command(t, "phxcheck"), strings.Fields(args)...).CombinedOutput()
		code := 0
		if ended, ok := errors.AsType[*exec.ExitError](err); ok {
			code = ended.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		if code != want || len(output) == 0 {
			t.Errorf("%s: exit code %d, want %d\n%s", args, code, want, output)
		}
	}
}

func flagNames(o *options) []string {
	var names []string
	o.flags().VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// mute is the address of a server that takes connections and says nothing.
func mute(t *testing.T, hangUp bool) string {
	l := listener(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close() // when the test has ended
			if hangUp {
				conn.Close()
			}
		}
	}()
	return l.Addr().String()
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}
