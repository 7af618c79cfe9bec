package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

func TestUsage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{"--help"}, exitOK, "Usage: phxlab", ""},
		{[]string{"-h"}, exitOK, "--addr host:port", ""},
		{[]string{"--port", "1"}, exitUsage, "", "phxlab: flag provided but not defined: -port"},
		{[]string{"--addr"}, exitUsage, "", "phxlab: flag needs an argument: -addr"},
		{[]string{"--ask", "all"}, exitUsage, "", `phxlab: invalid value "all" for flag -ask`},
		{[]string{"4100"}, exitUsage, "", `phxlab: unexpected argument "4100"`},
		{[]string{"--addr", "4100"}, exitUsage, "", `phxlab: cannot listen on "4100"`},
		{[]string{"--addr", "127.0.0.1:99999"}, exitUsage, "", `phxlab: cannot listen on "127.0.0.1:99999"`},
		{[]string{"--addr", "127.0.0.1:0", "--debug-addr", "4101"}, exitUsage, "", `phxlab: cannot listen on "4101"`},
		{[]string{"--addr", taken.Addr().String()}, exitUsage, "", "address already in use"},
	} {
		var stdout, stderr strings.Builder
		code := run(t.Context(), test.args, nothing, &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%v: got %d, %q, %q", test.args, code, stdout.String(), stderr.String())
		}
		if test.code != exitOK && (stdout.String() != "" || strings.Count(stderr.String(), "\n") != 1) {
			t.Errorf("%v: got %q and %q, want one sentence", test.args, stdout.String(), stderr.String())
		}
	}
}

// nothing is an environment without variables.
func nothing(string) (string, bool) { return "", false }

// Each flag has a variable, and wins over it; the help tells of both.
func TestVariables(t *testing.T) {
	defaults := settings{addr: "127.0.0.1:4100", ask: channels.Lottery}
	for name, test := range map[string]struct {
		value, flag string
		want        settings // by the variable; by the flag it is the default again
	}{
		"PHXLAB_ADDR":       {":0", "--addr=127.0.0.1:4100", settings{addr: ":0", ask: channels.Lottery}},
		"PHXLAB_ASK":        {"one", "--ask=lottery", settings{addr: "127.0.0.1:4100", ask: channels.OneDraw}},
		"PHXLAB_DEBUG_ADDR": {":1", "--debug-addr=", settings{addr: "127.0.0.1:4100", debugAddr: ":1", ask: channels.Lottery}},
		"PHXLAB_VERBOSE":    {"true", "--verbose=false", settings{addr: "127.0.0.1:4100", ask: channels.Lottery, verbose: true}},
	} {
		lookup := func(asked string) (string, bool) { return test.value, asked == name }
		var got settings
		if err := got.read(nil, lookup); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, test.want)
		}
		if err := got.read([]string{test.flag}, lookup); err != nil || got != defaults {
			t.Errorf("%s and %s: %+v, %v, want %+v", name, test.flag, got, err, defaults)
		}
		flag, _, _ := strings.Cut(test.flag, "=")
		if !regexp.MustCompile(`(?m)^  ` + flag + `\b.* ` + name + `$`).MatchString(usage) {
			t.Errorf("%s with %s is not in the help", flag, name)
		}
	}
}

// A variable that makes no sense is told of as a flag is; whoever asks for help
// gets it all the same.
func TestBadVariable(t *testing.T) {
	lookup := func(name string) (string, bool) { return "everybody", name == "PHXLAB_ASK" }
	var stdout, stderr strings.Builder
	const says = `phxlab: invalid value "everybody" for the environment variable PHXLAB_ASK: `
	if code := run(t.Context(), nil, lookup, &stdout, &stderr); code != exitUsage || !strings.HasPrefix(stderr.String(), says) ||
		strings.Count(stderr.String(), "\n") != 1 || stdout.String() != "" {
		t.Errorf("got %d, %q, %q", code, stdout.String(), stderr.String())
	}
	stderr.Reset()
	if code := run(t.Context(), []string{"--help"}, lookup, &stdout, &stderr); code != exitOK || stdout.String() != usage || stderr.String() != "" {
		t.Errorf("got %d, %q, %q", code, stdout.String(), stderr.String())
	}
}

// start runs the command and returns the address that it prints, and what stops
// it and returns its exit code.
func start(t *testing.T, args ...string) (url string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	output, stdout := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"--addr", "127.0.0.1:0"}, args...), nothing, stdout, t.Output())
		stdout.Close()
	}()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("nothing was printed: %v", err)
	}
	if _, err := fmt.Sscanf(line, "phxlab: serving the laboratory on %s\n", &url); err != nil {
		t.Fatalf("got the line %q: %v", line, err)
	}
	return url, func() int { cancel(); return <-code }
}

// ready is where the transcript of TestStop tells that it has come so far.
const ready = "/ready"

const stopping = `{"format":1,"name":"stop","group":"own","tags":["D2"],"description":"","transport":"websocket","vsn":"2.0.0",
	"connections":{"joined":{"path":"/lab/websocket","query":"vsn=2.0.0"},"idle":{"path":"/tight/websocket","query":"vsn=2.0.0"}},"steps":[
	{"do":"open","conn":"idle","expect":{"status":101}},
	{"do":"open","conn":"joined","expect":{"status":101}},
	{"do":"send","conn":"joined","text":"[\"1\",\"1\",\"lab:stop\",\"phx_join\",{}]"},
	{"do":"expect","conn":"joined","order":"strict","frames":[{"kind":"text","json":["1","1","lab:stop","phx_reply",{"status":"ok","response":{}}]}]},
	{"do":"http","method":"GET","path":"` + ready + `","expect":{"status":200,"ignore_body":true}},
	{"do":"expect_close","conn":"joined","close":{"code":1012,"reason":""}},
	{"do":"expect_close","conn":"idle","close":{"code":1012,"reason":""}}]}`

// A laboratory that is told to stop says 1012 to everybody, so that every client
// comes back, whether it has joined a channel or not; never 1000 (D2).
func TestStop(t *testing.T) {
	url, stop := start(t, "--verbose")
	stop = sync.OnceValue(stop)
	signal := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		go stop()
	}))
	defer signal.Close()
	// The transcript's third connection is the one that is not for the
	// laboratory.
	var connections atomic.Int32
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if connections.Add(1) == 3 {
			address = signal.Listener.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	transcript, err := conformance.Parse([]byte(stopping))
	if err != nil {
		t.Fatal(err)
	}
	err = conformance.Replay(t.Context(), url, transcript, conformance.Options{
		Dial:     dial,
		Tolerate: conformance.Tolerance{CloseReasons: true},
	})
	if err != nil {
		t.Error(err)
	}
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
