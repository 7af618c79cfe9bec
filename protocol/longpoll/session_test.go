package longpoll

import (
	"bytes"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A session ends one and a half to three windows after its last GET (PROTOCOL.md §5.5).
func TestInactivity(t *testing.T) {
	for _, c := range []struct {
		polls []float64 // in seconds
		want  float64
	}{
		{nil, 15},
		{[]float64{0.1}, 30},
		{[]float64{14}, 30},
		{[]float64{14, 15}, 30},
		{[]float64{14, 15.1}, 45},
		{[]float64{14, 29, 44}, 60},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, Options{})
			defer s.shutdown()
			start := time.Now()
			token, h := s.open()
			for _, at := range c.polls {
				time.Sleep(time.Duration(at*1000)*time.Millisecond - time.Since(start))
				h.session.Send(text("so that the poll is answered at once"))
				s.get(token)
			}
			<-h.closed
			if took := time.Since(start).Seconds(); took != c.want {
				t.Errorf("polled at %v: ended at %v, want %v", c.polls, took, c.want)
			}
			h.wantClosed(t, ErrInactive)
			if status := s.post(token, "[]"); status != 410 {
				t.Errorf("POST afterwards: %d", status)
			}
			if n := s.server.Sessions(); n != 0 {
				t.Errorf("%d sessions are left", n)
			}
		})
	}
}

// Transcript lp-polls-keep-alive, for an hour.
func TestPollsKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		for range 360 {
			if answer := s.get(token); answer.Status != codeNothing {
				t.Fatalf("%+v", answer)
			}
		}
		h.wantOpen(t)
	})
}

func TestPostsDoNotKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		posts := 0
		for s.post(token, "[]") == 200 {
			posts++
			time.Sleep(2 * time.Second)
		}
		h.wantClosed(t, ErrInactive)
		if posts != 8 {
			t.Errorf("%d POSTs were taken", posts)
		}
	})
}

// A session that nobody polls has no goroutine.
func TestIdleSessionHasNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		s.post(token, "[]")
		h.session.Send(text("a"))
		synctest.Wait()
		stacks := make([]byte, 1<<20)
		if stacks = stacks[:runtime.Stack(stacks, true)]; bytes.Contains(stacks, []byte("longpoll.(*Session)")) {
			t.Errorf("goroutines:\n%s", stacks)
		}
	})
}

func TestSlowClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{MaxQueuedBytes: 10_000})
		defer s.shutdown()
		token, h := s.open()
		f := text("a")
		cost := len(f.Bytes()) + frameCost
		fits := 10_000/cost + 1 // the largest is not counted
		for range fits {
			h.session.Send(f)
		}
		synctest.Wait()
		h.wantOpen(t)
		if n := len(s.get(token).Messages); n != fits {
			t.Errorf("%d of %d messages came", n, fits)
		}
		for range fits + 1 {
			h.session.Send(f)
		}
		h.wantClosed(t, ErrSlow)
		h.session.Send(f)
		if answer := s.get(token); answer.Status != codeGone {
			t.Errorf("afterwards: %+v", answer)
		}
	})
}

// One large message passes, before or behind small ones; a second one does not.
func TestLargestMessageIsNotCounted(t *testing.T) {
	payload, _ := protocol.Encode(map[string]string{"x": strings.Repeat("a", 50_000)})
	large, small := frame("large", payload), text("small")
	for name, c := range map[string]struct {
		frames []protocol.Frame
		ends   bool
	}{
		"large first": {[]protocol.Frame{large, small, small}, false},
		"large last":  {[]protocol.Frame{small, small, large}, false},
		"two large":   {[]protocol.Frame{large, small, large}, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, Options{MaxQueuedBytes: 10_000})
			defer s.shutdown()
			token, h := s.open()
			for _, f := range c.frames {
				h.session.Send(f)
			}
			synctest.Wait()
			if c.ends {
				h.wantClosed(t, ErrSlow)
				return
			}
			if n := len(s.get(token).Messages); n != len(c.frames) {
				t.Errorf("%s: %d messages", name, n)
			}
		})
	}
}

func TestSendOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.session.Send(protocol.Frame{})
		if answer := s.get(token); answer.Status != codeNothing {
			t.Errorf("%+v", answer)
		}
	})
}

func TestCloseOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		_, h := s.open()
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { h.session.Close(1012, "restart") })
		}
		group.Wait()
		h.wantClosed(t, ErrClosed)
	})
}

// Closed comes after the message that the handler is at, and nothing comes after it.
func TestCloseWaitsForTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(data string) error {
			if data == "[1]" {
				time.Sleep(3 * time.Second)
			}
			return nil
		}
		start := time.Now()
		first := inBackground(func() int { return s.batch(token, "[1]\n[2]") })
		synctest.Wait()
		second := inBackground(func() int { return s.post(token, "[3]") })
		synctest.Wait()
		h.session.Close(1001, "")
		if time.Since(start) != 0 {
			t.Error("Close blocked")
		}
		if status := s.post(token, "[4]"); status != 410 {
			t.Errorf("a POST after the end: %d", status)
		}
		if a, b := <-first, <-second; a != 408 || b != 408 {
			t.Errorf("the POSTs before the end: %d, %d", a, b)
		}
		h.wantClosed(t, ErrClosed)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("closed after %v", took)
		}
		if got := h.got(); len(got) != 1 {
			t.Errorf("handled %q", got)
		}
	})
}

// A handler may close its own session: the message was taken.
func TestCloseFromTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(string) error {
			h.session.Send(text("a"))
			h.session.Close(1001, "")
			return nil
		}
		if status := s.post(token, "[1]"); status != 200 {
			t.Errorf("POST: %d", status)
		}
		h.wantClosed(t, ErrClosed)
	})
}

func TestHandlerPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(string) error { panic("oh") }
		h.onClosed = func() { panic("no") }
		if status := s.post(token, "[1]"); status != 408 {
			t.Errorf("POST: %d", status)
		}
		synctest.Wait()
		if h.cause == nil || !strings.Contains(h.cause.Error(), "oh") {
			t.Errorf("cause %v", h.cause)
		}
	})
}

// A client that takes long to download an answer is not inactive meanwhile.
func TestDownloadIsNotInactivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.session.Send(text("a"))
		slow := &slowWriter{discard: discard{}, pause: 2 * time.Minute}
		h.session.poll(slow, newGet(t), token)
		h.wantOpen(t)
		time.Sleep(14 * time.Second)
		if answer := s.get(token); answer.Status != codeNothing {
			t.Errorf("%+v", answer)
		}
	})
}

// Each end has its cause, its word and its numbers.
func TestObserver(t *testing.T) {
	for _, c := range []struct {
		end  func(s *site, token string, h *recorder)
		want Summary
	}{
		{func(s *site, token string, h *recorder) { h.session.Close(1001, "") }, Summary{DropServer, 0, 0}},
		{func(s *site, token string, h *recorder) { time.Sleep(time.Hour) }, Summary{DropInactive, 0, 0}},
		{func(s *site, token string, h *recorder) { s.batch(token, "[1]\n!") }, Summary{DropHandler, 5, 0}},
		{func(s *site, token string, h *recorder) {
			h.session.Send(text("a"))
			s.post(token, "[1]")
			s.get(token)
			for range 15_000 {
				h.session.Send(text("a"))
			}
		}, Summary{DropSlow, 3, int64(len(text("a").Bytes()))}},
	} {
		synctest.Test(t, func(t *testing.T) {
			observed := make(chan Summary, 10)
			s := newSite(t, Options{Observer: func(s Summary) { observed <- s; panic("oh") }})
			token, h := s.open()
			c.end(s, token, h)
			s.shutdown()
			if got := <-observed; got != c.want || len(observed) != 0 {
				t.Errorf("observed %+v, want %+v", got, c.want)
			}
			if reason := Reason(h.cause); reason != c.want.Reason {
				t.Errorf("Reason(%v) is %v", h.cause, reason)
			}
		})
	}
}

// A handler that ends its goroutine, as t.FailNow does, ends its session, and whoever waits is answered.
func TestHandlerThatExits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.onMessage = func(string) error {
			time.Sleep(time.Second)
			runtime.Goexit()
			return nil
		}
		first := inBackground(func() int { return s.post(token, "[1]") })
		synctest.Wait()
		second := inBackground(func() int { return s.post(token, "[2]") })
		start := time.Now()
		if a, b := <-first, <-second; a != 408 || b != 408 || time.Since(start) != time.Second {
			t.Errorf("answered %d and %d after %v", a, b, time.Since(start))
		}
		h.wantClosed(t, errExited)
		if got := s.post(token, "[3]"); got != codeGone {
			t.Errorf("the ended session answered %d", got)
		}
	})
}
