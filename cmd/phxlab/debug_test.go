package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The debugging address tells what phxbench asks for, and is not that of the
// laboratory.
func TestDebugAddress(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	output, stdout := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--addr", "127.0.0.1:0", "--debug-addr", "127.0.0.1:0"}, nothing, stdout, t.Output())
		stdout.Close()
	}()
	var laboratory, debug string
	lines := bufio.NewReader(output)
	if _, err := fmt.Fscanf(lines, "phxlab: serving the laboratory on %s\n", &laboratory); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanf(lines, "phxlab: serving net/http/pprof and expvar on %s\n", &debug); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		address, path string
		status        int
		text          string
	}{
		{debug, "/debug/pprof/goroutine?debug=1", http.StatusOK, "goroutine profile: total "},
		{debug, "/debug/pprof/heap?debug=1", http.StatusOK, "# Mallocs = "},
		{debug, "/debug/vars", http.StatusOK, `"memstats": `},
		{debug, "/lab/websocket", http.StatusNotFound, ""},
		{laboratory, "/debug/vars", http.StatusNotFound, ""},
	} {
		response, err := http.Get(test.address + test.path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != test.status || !strings.Contains(string(text), test.text) {
			t.Errorf("%s: got %s, %.200q, %v", test.path, response.Status, text, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d", got)
	}
}
