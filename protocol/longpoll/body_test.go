package longpoll

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sized and unsized are a POST whose length is known, and one whose is not.
func sized(token, body string) *http.Request {
	return httptest.NewRequest("POST", "/longpoll?token="+token, strings.NewReader(body))
}

func unsized(token, body string) *http.Request {
	r := httptest.NewRequest("POST", "/longpoll?token="+token, io.MultiReader(strings.NewReader(body)))
	r.ContentLength = -1
	return r
}

// A body of MaxBody bytes passes, one byte more is HTTP 400, and the session goes on (PROTOCOL.md §5.4).
func TestMaxBody(t *testing.T) {
	for _, limit := range []int{1, 1000, firstRead, 100_000} {
		for name, post := range map[string]func(token, body string) *http.Request{"sized": sized, "unsized": unsized} {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, Options{MaxBody: int64(limit)})
				defer s.shutdown()
				token, h := s.open()
				for range 3 {
					if answer := decode(t, s.do(post(token, strings.Repeat("a", limit)))); answer.Status != 200 {
						t.Errorf("%s, %d bytes: %+v", name, limit, answer)
					}
					w := s.do(post(token, strings.Repeat("a", limit+1)))
					if w.Code != 400 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
						t.Errorf("%s, %d bytes: HTTP %d %q", name, limit+1, w.Code, w.Body)
					}
				}
				for _, data := range h.got() {
					if len(data) != limit {
						t.Errorf("%s: %d bytes came", name, len(data))
					}
				}
				if h.session.bodies != 0 {
					t.Errorf("%s: %d bytes are still counted", name, h.session.bodies)
				}
				h.wantOpen(t)
			})
		}
	}
}

// A body that breaks off is HTTP 400 and nothing of it is handled.
func TestBrokenBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		short := sized(token, "[1]")
		short.ContentLength = 10
		failing := unsized(token, "")
		failing.Body = io.NopCloser(io.MultiReader(strings.NewReader("[1]"), failingReader{}))
		for name, r := range map[string]*http.Request{"short": short, "failing": failing} {
			if w := s.do(r); w.Code != 400 {
				t.Errorf("%s: HTTP %d %q", name, w.Code, w.Body)
			}
		}
		if got := h.got(); len(got) != 0 || h.session.bodies != 0 {
			t.Errorf("handled %q, %d bytes still counted", got, h.session.bodies)
		}
		h.wantOpen(t)
	})
}

// A body that is announced to be too long is not read.
func TestAnnouncedBodyTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{MaxBody: 1000})
		defer s.shutdown()
		token, _ := s.open()
		r := sized(token, "")
		r.ContentLength = 1001
		r.Body = io.NopCloser(readFunc(func([]byte) (int, error) {
			t.Error("it was read")
			return 0, io.EOF
		}))
		if w := s.do(r); w.Code != 400 {
			t.Errorf("HTTP %d", w.Code)
		}
	})
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// A client that announces much and sends little costs little.
func TestAnnouncedBodyCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		body, feed := io.Pipe()
		r := sized(token, "")
		r.Body, r.ContentLength = body, 8_000_000
		done := inBackground(func() int { return s.do(r).Code })
		feed.Write(make([]byte, 100))
		synctest.Wait()
		if h.session.bodies != firstRead {
			t.Errorf("%d bytes are held", h.session.bodies)
		}
		feed.Write(make([]byte, 200_000))
		synctest.Wait()
		if h.session.bodies > 500_000 {
			t.Errorf("%d bytes are held for 200,000", h.session.bodies)
		}
		feed.CloseWithError(io.ErrUnexpectedEOF)
		if code := <-done; code != 400 {
			t.Errorf("HTTP %d", code)
		}
	})
}

// What one session's bodies may hold is bounded: more is told 408, and may come when there is room again.
func TestBodiesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{MaxBody: 100_000})
		defer s.shutdown()
		token, h := s.open()
		release := make(chan struct{})
		h.onMessage = func(string) error { <-release; return nil }
		full := strings.Repeat("a", 100_000)
		first := inBackground(func() int { return s.post(token, full) })
		second := inBackground(func() int { return s.post(token, full) })
		synctest.Wait()
		if status := s.post(token, "b"); status != 408 {
			t.Errorf("a third: %d", status)
		}
		close(release)
		if a, b := <-first, <-second; a != 200 || b != 200 {
			t.Errorf("the first two: %d, %d", a, b)
		}
		synctest.Wait()
		if status := s.post(token, full); status != 200 {
			t.Errorf("afterwards: %d", status)
		}
	})
}

// A POST whose body is still coming when the session ends is told so.
func TestEndDuringABody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		body, feed := io.Pipe()
		r := unsized(token, "")
		r.Body = body
		answer := inBackground(func() reply { return decode(t, s.do(r)) })
		feed.Write([]byte("[1"))
		synctest.Wait()
		h.session.Close(1001, "")
		feed.Write([]byte("]"))
		if got := <-answer; got.Status != 410 {
			t.Errorf("%+v", got)
		}

		token, h = s.open()
		r = sized(token, "[1]")
		r.Body = io.NopCloser(readFunc(func(b []byte) (int, error) {
			h.session.Close(1001, "") // behind the last look
			return copy(b, "[1]"), io.EOF
		}))
		if got := decode(t, s.do(r)); got.Status != 410 {
			t.Errorf("%+v", got)
		}
		time.Sleep(time.Second)
		if got := h.got(); len(got) != 0 {
			t.Errorf("handled %q", got)
		}
	})
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

// Eight megabytes of line breaks cost their buffer and nothing a line (issue 3, "linear parsing").
func TestNewlinesCostNothing(t *testing.T) {
	if raceEnabled {
		t.Log("allocations are not counted with the race detector")
	}
	s := newSite(t, Options{})
	defer s.shutdown()
	token, h := s.open()
	body := bytes.Repeat([]byte("\n"), 8_000_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := httptest.NewRequest("POST", "/longpoll?token="+token, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-ndjson")
	if answer := decode(t, s.do(r)); answer.Status != 200 {
		t.Errorf("%+v", answer)
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 500 && !raceEnabled {
		t.Errorf("%d allocations", n)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 3*8_000_000 && !raceEnabled {
		t.Errorf("%d bytes were allocated", n)
	}
	if got := h.got(); len(got) != 0 {
		t.Errorf("handled %d messages", len(got))
	}
}
