package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const heapText = "heap profile: 1: 2 [3: 4] @ heap/1048576\n# runtime.MemStats\n# Alloc = 5\n# TotalAlloc = 600\n# Mallocs = 70\n# HeapAlloc = 8000\n# Stack = 90 / 95\n"

// A Go server's own numbers are found in what net/http/pprof writes.
func TestDebugger(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		text := heapText
		if strings.HasSuffix(r.URL.Path, "goroutine") {
			text = "goroutine profile: total 1234\n1 @ 0x1\n"
		}
		_, _ = w.Write([]byte(text))
	}))
	defer s.Close()
	d := debugger{s.URL + "/"}
	got, err := d.read(t.Context(), true)
	want := runtimeStats{goroutines: 1234, mallocs: 70, allocated: 600, heap: 8000, stacks: 90}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := d.read(t.Context(), false); err != nil {
		t.Error(err)
	}
	if all := strings.Join(asked, " "); strings.Count(all, "gc=1") != 1 || !strings.HasPrefix(all, "/debug/pprof/heap?debug=1&gc=1 ") {
		t.Errorf("asked for %s: garbage is collected only on request", all)
	}
}

func TestDebuggerErrors(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":   "",
		"a line":    strings.Replace(heapText, "# Mallocs = 70\n", "", 1),
		"no number": strings.Replace(heapText, "70", "many", 1),
	} {
		if err := new(runtimeStats).parseHeap(bad); !errors.Is(err, errNotPprof) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(heapText)) }))
	if _, err := (debugger{s.URL}).read(t.Context(), false); !errors.Is(err, errNotPprof) {
		t.Errorf("no goroutines: got %v", err)
	}
	s.Close()
	if _, err := (debugger{s.URL}).read(t.Context(), false); err == nil {
		t.Error("a server that has gone was read")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (debugger{"http://127.0.0.1:1"}).read(ctx, false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
