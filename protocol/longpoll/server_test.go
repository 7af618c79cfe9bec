package longpoll

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func newGet(t *testing.T) *http.Request {
	return httptest.NewRequestWithContext(t.Context(), "GET", "/longpoll", nil)
}

// A slowWriter is a client that takes its time with every write.
type slowWriter struct {
	discard
	pause time.Duration
}

func (w *slowWriter) Write(b []byte) (int, error) {
	time.Sleep(w.pause)
	return len(b), nil
}

func TestConnectRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		onOpen func(*recorder) error
		code   int
		body   string
	}{
		"refused": {func(*recorder) error { return errors.New("no") }, 200, `{"status":403}`},
		"crashed": {func(*recorder) error { return fmt.Errorf("oh: %w", ErrCrash) }, 500, "connecting failed\n"},
		"not now": {func(*recorder) error { return fmt.Errorf("oh: %w", ErrUnavailable) }, 503,
			"no long-poll session is opened at the moment; try again later\n"},
		"panics":        {func(*recorder) error { panic("oh") }, 500, "connecting failed\n"},
		"sent, refused": {func(r *recorder) error { r.session.Send(text("a")); return errors.New("no") }, 200, `{"status":403}`},
		"closed, refused": {func(r *recorder) error {
			r.session.Close(1001, "")
			return errors.New("no")
		}, 200, `{"status":403}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, Options{MaxSessions: 1})
			defer s.shutdown()
			var refused *recorder
			s.onOpen = func(r *recorder) error { refused = r; return c.onOpen(r) }
			for range 3 { // the place is given back
				w := s.do(newGet(t))
				if w.Code != c.code || w.Body.String() != c.body {
					t.Errorf("%s: HTTP %d %q", name, w.Code, w.Body)
				}
				if w.Header().Get("Access-Control-Allow-Origin") != "*" {
					t.Errorf("%s: %v", name, w.Header())
				}
			}
			refused.session.Send(text("late"))
			refused.session.Close(1001, "late")
			synctest.Wait()
			refused.wantOpen(t) // its Closed is never called
			s.onOpen = nil
			s.open()
		})
	}
}

func TestConnectWithoutAHandler(t *testing.T) {
	s := newSite(t, Options{})
	w := httptest.NewRecorder()
	s.server.Serve(w, newGet(t), "", func(*Session) (Handler, error) { return nil, nil })
	if w.Code != 500 {
		t.Errorf("HTTP %d %q", w.Code, w.Body)
	}
}

// What is sent while the client is being connected is there for the first poll.
func TestSendWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		s.onOpen = func(r *recorder) error { r.session.Send(text("welcome")); return nil }
		token, _ := s.open()
		wantReply(t, "first poll", s.get(token), 200, time.Now(), "welcome")
	})
}

// A session that is closed while it is being connected is told so, and cannot be reached.
func TestCloseWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		s.onOpen = func(r *recorder) error { r.session.Close(1001, ""); return nil }
		token, h := s.open()
		h.wantClosed(t, ErrClosed)
		if n := s.server.Sessions(); n != 0 {
			t.Errorf("%d sessions", n)
		}
		if status := s.post(token, "[]"); status != 410 {
			t.Errorf("POST: %d", status)
		}
	})
}

func TestSessionsAreSeparate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		a, first := s.open()
		b, second := s.open()
		first.session.Send(text("first"))
		second.session.Send(text("second"))
		s.post(a, "[1]")
		wantReply(t, "second", s.get(b), 200, time.Now(), "second")
		wantReply(t, "first", s.get(a), 200, time.Now(), "first")
		if len(first.got()) != 1 || len(second.got()) != 0 {
			t.Errorf("handled %q and %q", first.got(), second.got())
		}
	})
}

func TestMaxSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{MaxSessions: 2})
		defer s.shutdown()
		token, first := s.open()
		s.open()
		w := s.do(newGet(t))
		if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("HTTP %d %v %q", w.Code, w.Header(), w.Body)
		}
		if status := s.post(token, "[]"); status != 200 {
			t.Errorf("the others go on: %d", status)
		}
		first.session.Close(1001, "")
		first.wantClosed(t, ErrClosed)
		synctest.Wait()
		s.open()
	})
}

// A handler that does not come back keeps its session's place: otherwise such sessions could pile up.
func TestStuckHandlerKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{MaxSessions: 1})
		defer s.shutdown()
		token, h := s.open()
		stuck := make(chan struct{})
		h.onMessage = func(string) error { <-stuck; return nil }
		if status := s.post(token, "[]"); status != 408 {
			t.Errorf("POST: %d", status)
		}
		time.Sleep(time.Minute)
		if w := s.do(newGet(t)); w.Code != 503 {
			t.Errorf("HTTP %d", w.Code)
		}
		close(stuck)
		h.wantClosed(t, ErrInactive)
		synctest.Wait()
		s.open()
	})
}

func TestShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		token, first := s.open()
		_, second := s.open()
		second.onClosed = func() { time.Sleep(3 * time.Second) }
		waiting := s.polls(token)
		start := time.Now()
		if err := s.server.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		wantReply(t, "waiting GET", <-waiting, 500, start)
		first.wantClosed(t, ErrClosed)
		second.wantClosed(t, ErrClosed)
		if w := s.do(newGet(t)); w.Code != 503 {
			t.Errorf("a new session: HTTP %d", w.Code)
		}
		if status := s.post(token, "[]"); status != 410 {
			t.Errorf("POST: %d", status)
		}
		if err := s.server.Shutdown(t.Context()); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}

func TestShutdownGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		_, h := s.open()
		h.onClosed = func() { time.Sleep(time.Minute) }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown: %v", err)
		}
		s.shutdown()
	})
}

// A session that is being connected while the server shuts down ends as soon as it begins, and is waited for.
func TestShutdownWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		s.onOpen = func(*recorder) error { time.Sleep(5 * time.Second); return nil }
		opened := inBackground(func() reply { return s.get("") })
		synctest.Wait()
		start := time.Now()
		s.shutdown()
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Shutdown took %v", took)
		}
		s.newest().wantClosed(t, ErrClosed)
		if answer := <-opened; answer.Status != codeGone {
			t.Errorf("%+v", answer)
		}
	})
}
