package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// debugger asks a server written in Go about itself, if it serves
// net/http/pprof somewhere: its address, or "".
type debugger struct{ url string }

// runtimeStats is what a Go server's runtime says.
type runtimeStats struct {
	goroutines int64
	mallocs    int64 // objects allocated since the start
	allocated  int64 // bytes, since the start
	heap       int64 // bytes of live objects, and those not yet collected
	stacks     int64 // bytes
}

// heapNames are the lines of a heap profile's end.
var heapNames = map[string]func(*runtimeStats) *int64{
	"# Mallocs = ":    func(s *runtimeStats) *int64 { return &s.mallocs },
	"# TotalAlloc = ": func(s *runtimeStats) *int64 { return &s.allocated },
	"# HeapAlloc = ":  func(s *runtimeStats) *int64 { return &s.heap },
	"# Stack = ":      func(s *runtimeStats) *int64 { return &s.stacks },
}

var errNotPprof = errors.New("this is not what net/http/pprof serves")

// read asks for everything. With collect the server's garbage is collected
// first, so that heap is what it really holds.
func (d debugger) read(ctx context.Context, collect bool) (runtimeStats, error) {
	query := "debug=1"
	if collect {
		query += "&gc=1"
	}
	var s runtimeStats
	heap, err := d.get(ctx, "/debug/pprof/heap?"+query)
	if err != nil {
		return s, err
	}
	if err := s.parseHeap(heap); err != nil {
		return s, err
	}
	goroutines, err := d.get(ctx, "/debug/pprof/goroutine?debug=1")
	if err != nil {
		return s, err
	}
	first, _, _ := strings.Cut(goroutines, "\n")
	if _, err := fmt.Sscanf(first, "goroutine profile: total %d", &s.goroutines); err != nil {
		return s, errNotPprof
	}
	return s, nil
}

func (s *runtimeStats) parseHeap(text string) error {
	found := 0
	for line := range strings.Lines(text) {
		for name, place := range heapNames {
			value, ok := strings.CutPrefix(line, name)
			if !ok {
				continue
			}
			value, _, _ = strings.Cut(strings.TrimSpace(value), " ")
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return errNotPprof
			}
			*place(s) = n
			found++
		}
	}
	if found != len(heapNames) {
		return errNotPprof
	}
	return nil
}

func (d debugger) get(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(d.url, "/")+path, nil)
	if err != nil {
		return "", err
	}
	r.Close = true // no connection of ours stays with the server
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", r.URL, response.Status)
	}
	return string(text), err
}
