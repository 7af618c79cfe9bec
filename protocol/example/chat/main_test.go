package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) { phoenixtest.Main(m) }

// phoenixFolder returns a folder with a phoenix.mjs in it.
func phoenixFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "phoenix.mjs"), []byte("export {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestUsage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := phoenixFolder(t)
	for _, test := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{"--help"}, exitOK, "Usage: chat", ""},
		{[]string{"--port", "1"}, exitUsage, "", "chat: flag provided but not defined: -port"},
		{[]string{"--addr"}, exitUsage, "", "chat: flag needs an argument: -addr"},
		{[]string{"4001"}, exitUsage, "", `chat: unexpected argument "4001"`},
		{[]string{"--window", "long"}, exitUsage, "", `chat: invalid value "long" for flag -window`},
		{[]string{"--window", "0s"}, exitUsage, "", "chat: --window is 0s: clients give a request up after 20s"},
		{[]string{"--window", "19s"}, exitUsage, "", "chat: --window is 19s"},
		{[]string{"--phoenix", filepath.Join(dir, "none")}, exitUsage, "", "run npm ci in the repository's folder assets"},
		{[]string{"--phoenix", filepath.Join(dir, "phoenix.mjs")}, exitUsage, "", "chat: there is no phoenix.mjs in"},
		{[]string{"--phoenix", dir, "--addr", "4001"}, exitUsage, "", `chat: cannot listen on "4001"`},
		{[]string{"--phoenix", dir, "--addr", taken.Addr().String()}, exitUsage, "", "address already in use"},
	} {
		var stdout, stderr strings.Builder
		code := run(t.Context(), test.args, &stdout, &stderr)
		if code != test.code || !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%v: got %d, %q, %q", test.args, code, stdout.String(), stderr.String())
		}
		if test.code != exitOK && (stdout.String() != "" || strings.Count(stderr.String(), "\n") != 1) {
			t.Errorf("%v: got %q and %q, want one sentence", test.args, stdout.String(), stderr.String())
		}
	}
}

func TestAddress(t *testing.T) {
	for listener, want := range map[string]string{
		"[::]:4001":      "http://localhost:4001",
		"0.0.0.0:80":     "http://localhost:80",
		"127.0.0.1:4001": "http://127.0.0.1:4001",
		"[::1]:4001":     "http://[::1]:4001",
	} {
		a, err := net.ResolveTCPAddr("tcp", listener)
		if err != nil {
			t.Fatal(err)
		}
		if got := address(a); got != want {
			t.Errorf("%s is opened as %s, want %s", listener, got, want)
		}
	}
}

// The whole command: it says where it is, serves the page there, and goes when
// it is told to.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	output, stdout := io.Pipe()
	code := make(chan int, 1)
	dir := phoenixFolder(t)
	go func() {
		code <- run(ctx, []string{"--addr", "127.0.0.1:0", "--phoenix", dir}, stdout, t.Output())
		stdout.Close()
	}()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("nothing was printed: %v", err)
	}
	var url string
	if _, err := fmt.Sscanf(line, "chat: serving on %s\n", &url); err != nil {
		t.Fatalf("got the line %q: %v", line, err)
	}
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(page), "<title>Chat</title>") {
		t.Errorf("the page is status %d, %q (%v)", response.StatusCode, page, err)
	}
	stop()
	if c := <-code; c != exitOK {
		t.Errorf("exit code %d", c)
	}
}
