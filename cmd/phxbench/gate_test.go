package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// liar is a bare fan-out server that does not pass everything on as it should:
// what the first client gets of the n-th message, counted from 1, is for deal to
// say.
type liar struct {
	deal func(n int, text string) []string

	mu    sync.Mutex
	conns []*websocket.Conn
	n     int
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	l.mu.Lock()
	l.conns = append(l.conns, c)
	l.mu.Unlock()
	for {
		_, text, err := c.Read(r.Context())
		if err != nil {
			return
		}
		l.pass(r, c, string(text))
	}
}

func (l *liar) pass(r *http.Request, from *websocket.Conn, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	first := true
	for _, c := range l.conns {
		if c == from {
			continue
		}
		texts := []string{text}
		if first {
			texts, first = l.deal(l.n, text), false
		}
		for _, text := range texts {
			_ = c.Write(r.Context(), websocket.MessageText, []byte(text))
		}
	}
}

// A broadcast that is lost, doubled, late, changed or of another topic is found
// out, whichever it is.
func TestFanoutGates(t *testing.T) {
	for name, test := range map[string]struct {
		deal func(n int, text string) []string
		want string
	}{
		"honest":       {func(_ int, text string) []string { return []string{text} }, ""},
		"lost":         {only(6, func(string) []string { return nil }), "came broadcast 7"},
		"lost, paced":  {only(2, func(string) []string { return nil }), "the time for this scenario is up"},
		"doubled":      {only(2, func(text string) []string { return []string{text, text} }), "instead of broadcast 3 came broadcast 2"},
		"doubled, end": {only(8, func(text string) []string { return []string{text, text} }), "instead of end came"},
		"cut":          {only(7, func(text string) []string { return []string{strings.Replace(text, "xx", "x", 1)} }), "of 99 bytes"},
		"other topic":  {only(1, func(text string) []string { return []string{strings.Replace(text, "lab:", "bal:", 1)} }), "came broadcasted on bal:fanout"},
		"other event":  {only(5, func(text string) []string { return []string{strings.Replace(text, "broadcasted", "x", 1)} }), "came x on lab:fanout"},
		"no JSON":      {only(3, func(text string) []string { return []string{strings.Replace(text, `"n"`, `n`, 1)} }), "broadcast 3: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(&liar{deal: test.deal})
			defer s.Close()
			o := options{url: "ws://" + s.Listener.Addr().String(), bare: true, settings: settings{clients: 3, messages: 4}}
			if strings.HasPrefix(test.want, "the time") {
				o.timeout = 300 * time.Millisecond
			}
			_, err := run20(t, "fanout", o)
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) && err != nil {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// only is honest but for the n-th message.
func only(n int, deal func(text string) []string) func(int, string) []string {
	return func(i int, text string) []string {
		if i == n {
			return deal(text)
		}
		return []string{text}
	}
}
