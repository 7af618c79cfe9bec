package longpoll

import (
	"encoding/base64"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// What the handler is given for each kind of body (PROTOCOL.md §5.4, DESIGN.md D7 and D9).
func TestPublish(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("[1]\n", 1000), "\n")
	for name, c := range map[string]struct {
		contentType, body string
		want              []string
		binaries          int
	}{
		"one":                 {"application/json", `["1"]`, []string{`["1"]`}, 0},
		"no content type":     {"", `["1"]`, []string{`["1"]`}, 0},
		"one with line break": {"application/json", "[1,\n2]\n", []string{"[1,\n2]\n"}, 0},
		"one empty":           {"application/json", "", []string{""}, 0},
		"batch":               {"application/x-ndjson", "[1]\n[2]\n[3]", []string{"[1]", "[2]", "[3]"}, 0},
		"batch of one":        {"application/x-ndjson", "[1]", []string{"[1]"}, 0},
		"trailing newline":    {"application/x-ndjson", "[1]\n", []string{"[1]"}, 0},
		"CR LF":               {"application/x-ndjson", "[1]\r\n[2]\r\n", []string{"[1]", "[2]"}, 0},
		"empty lines":         {"application/x-ndjson", "\n\n[1]\n\n\r\n[2]", []string{"[1]", "[2]"}, 0},
		"only empty lines":    {"application/x-ndjson", "\n\r\n\n", nil, 0},
		"empty batch":         {"application/x-ndjson", "", nil, 0},
		"charset":             {"application/x-ndjson; charset=utf-8", "[1]\n[2]", []string{"[1]", "[2]"}, 0},
		"phoenix.js 1.7.22":   {"[object Object]", "[1]\n[2]", []string{"[1]", "[2]"}, 0},
		"V1 objects":          {"application/x-ndjson", "{\"a\":1}\n{\"a\":2}", []string{`{"a":1}`, `{"a":2}`}, 0},
		"binary":              {"application/x-ndjson", "[1]\nAAEC\n[2]", []string{"[1]", "\x00\x01\x02", "[2]"}, 1},
		"over 100 lines":      {"application/x-ndjson", many, strings.Split(many, "\n"), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, Options{})
			defer s.shutdown()
			token, h := s.open()
			if status := s.publish(token, c.contentType, c.body); status != 200 {
				t.Errorf("%s: %d", name, status)
			}
			if got := h.got(); !slices.Equal(got, c.want) || h.binaries != c.binaries {
				t.Errorf("%s: %q, %d binary; want %q, %d", name, got, h.binaries, c.want, c.binaries)
			}
		})
	}
}

// What cannot be decoded is answered with 408 at once and ends the session; what stood before it was taken (DESIGN.md D7).
func TestMalformed(t *testing.T) {
	refuse := errors.New("not a message")
	for name, c := range map[string]struct {
		contentType, body string
		cause             error
		want              []string
	}{
		"refused by the handler": {"application/json", "bad", refuse, []string{"bad"}},
		"line refused":           {"application/x-ndjson", "[1]\n[bad\n[3]", refuse, []string{"[1]", "[bad"}},
		"no base64":              {"application/x-ndjson", "[1]\n!!!\n[3]", protocol.ErrMalformed, []string{"[1]"}},
		"text no UTF-8":          {"application/json", "[\"\xff\"]", protocol.ErrMalformed, nil},
		"line no UTF-8":          {"application/x-ndjson", "[\"\xff\"]", protocol.ErrMalformed, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, Options{})
			defer s.shutdown()
			start := time.Now()
			token, h := s.open()
			h.onMessage = func(data string) error {
				h.session.Send(text("lost"))
				if strings.Contains(data, "bad") {
					return refuse
				}
				return nil
			}
			if status := s.publish(token, c.contentType, c.body); status != 408 {
				t.Errorf("%s: %d", name, status)
			}
			h.wantClosed(t, c.cause)
			if got := h.got(); !slices.Equal(got, c.want) {
				t.Errorf("%s: handled %q", name, got)
			}
			if status := s.post(token, "[]"); status != 410 {
				t.Errorf("%s: the next POST: %d", name, status)
			}
			if answer := s.get(token); answer.Status != codeGone {
				t.Errorf("%s: the next GET: %+v", name, answer)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: took %v", name, took)
			}
		})
	}
}

// Transcript lp-slow-join: 408 after the window, and the handler finishes all the same. A GET is served meanwhile.
func TestSlowHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: time.Second})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(string) error {
			h.session.Send(text("begun"))
			time.Sleep(1250 * time.Millisecond)
			h.session.Send(text("done"))
			return nil
		}
		start := time.Now()
		status := inBackground(func() int { return s.batch(token, "[1]\n[2]") })
		synctest.Wait()
		wantReply(t, "while busy", s.get(token), 200, start, "begun")
		waiting := s.polls(token)
		if got := <-status; got != 408 {
			t.Errorf("POST: %d", got)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("answered after %v", took)
		}
		wantReply(t, "the window", <-waiting, 204, start.Add(time.Second))
		wantReply(t, "the reply", s.get(token), 200, start.Add(1250*time.Millisecond), "done")
		time.Sleep(time.Second)
		if got := h.got(); len(got) != 1 {
			t.Errorf("handled %q; the lines behind a 408 are dropped", got)
		}
		h.wantOpen(t)
	})
}

// The time counts for each message, not for the POST.
func TestManySlowLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{PublishTimeout: 2 * time.Second})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(string) error { time.Sleep(1900 * time.Millisecond); return nil }
		start := time.Now()
		if status := s.batch(token, "[1]\n[2]\n[3]\n[4]"); status != 200 {
			t.Errorf("POST: %d", status)
		}
		if took := time.Since(start); took != 4*1900*time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

// POSTs have their turns in the order they came; one whose turn does not come in time is dropped whole.
func TestPostsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(string) error { time.Sleep(4 * time.Second); return nil }
		var results []<-chan int
		for _, body := range []string{"[1]", "[2]", "[3]", "[4]"} {
			results = append(results, inBackground(func() int { return s.post(token, body) }))
			synctest.Wait()
		}
		polls := inBackground(func() int {
			for range 3 {
				s.get(token)
			}
			return 0
		})
		for i, want := range []int{200, 200, 408, 408} {
			if got := <-results[i]; got != want {
				t.Errorf("POST %d: %d, want %d", i+1, got, want)
			}
		}
		<-polls
		if got := h.got(); !slices.Equal(got, []string{"[1]", "[2]", "[3]"}) {
			t.Errorf("handled %q", got)
		}
		if h.session.bodies != 0 {
			t.Errorf("%d bytes of bodies are still counted", h.session.bodies)
		}
	})
}

// The handler may keep what it is given: it is not used again.
func TestDataBelongsToTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		k := &keeper{}
		w := httptest.NewRecorder()
		s.server.Serve(w, newGet(t), "", func(*Session) (Handler, error) { return k, nil })
		token := decode(t, w).Token
		for _, body := range []string{"[1]\n[2]\nAAEC", "[3]\n[4]\n" + base64.StdEncoding.EncodeToString([]byte("five"))} {
			if status := s.batch(token, body); status != 200 {
				t.Fatal(status)
			}
		}
		want := []string{"[1]", "[2]", "\x00\x01\x02", "[3]", "[4]", "five"}
		for i, data := range k.kept {
			if string(data) != want[i] {
				t.Errorf("message %d is now %q", i, data)
			}
		}
	})
}

type keeper struct{ kept [][]byte }

func (k *keeper) Message(data []byte, binary bool) error {
	k.kept = append(k.kept, data)
	return nil
}

func (k *keeper) Closed(error) {}
