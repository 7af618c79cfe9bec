package longpoll

import (
	"context"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func (s *site) polls(token string) <-chan reply {
	answer := inBackground(func() reply { return s.get(token) })
	synctest.Wait()
	return answer
}

func wantReply(t *testing.T, what string, got reply, status int, at time.Time, events ...string) {
	t.Helper()
	if got.Status != status || !slices.Equal(got.Messages, messages(events...)) {
		t.Errorf("%s: %d %q, want %d %q", what, got.Status, got.Messages, status, events)
	}
	if !got.At.Equal(at) {
		t.Errorf("%s: %v too late", what, got.At.Sub(at))
	}
}

func TestPollTakesAllInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		for _, event := range []string{"a", "b", "c"} {
			h.session.Send(text(event))
		}
		wantReply(t, "full", s.get(token), 200, time.Now(), "a", "b", "c")
		wantReply(t, "empty", s.get(token), 204, time.Now())
	})
}

func TestPollWaitsForTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: 3 * time.Second})
		defer s.shutdown()
		token, _ := s.open()
		for range 4 {
			start := time.Now()
			wantReply(t, "empty", s.get(token), 204, start.Add(3*time.Second))
		}
	})
}

func TestPollIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		answer := s.polls(token)
		time.Sleep(4 * time.Second)
		woken := time.Now()
		h.session.Send(text("a"))
		wantReply(t, "woken", <-answer, 200, woken, "a")
	})
}

// Of several GETs the latest gets the messages; the others wait out their windows (PROTOCOL.md §5.3).
func TestLaterPollTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		start := time.Now()
		first := s.polls(token)
		time.Sleep(time.Second)
		second := s.polls(token)
		time.Sleep(time.Second)
		third := s.polls(token)
		time.Sleep(time.Second)
		h.session.Send(text("a"))
		wantReply(t, "third", <-third, 200, start.Add(3*time.Second), "a")
		h.session.Send(text("b"))
		synctest.Wait()
		wantReply(t, "fourth", s.get(token), 200, start.Add(3*time.Second), "b")
		wantReply(t, "first", <-first, 204, start.Add(10*time.Second))
		wantReply(t, "second", <-second, 204, start.Add(11*time.Second))
	})
}

// A GET that finds messages supersedes one that waits, even if that was woken for these very messages and has only not
// got as far as taking them.
func TestMessagesGoToOnePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		session := h.session
		start := time.Now()
		woken := &poll{messages: make(chan struct{}, 1)}
		session.current = woken
		session.Send(text("a"))
		wantReply(t, "later", s.get(token), 200, start, "a")
		session.Send(text("b"))
		if frames, answer := session.wait(t.Context(), woken); frames != nil || !answer {
			t.Errorf("the earlier GET got %d messages", len(frames))
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the earlier GET was answered after %v", took)
		}
		wantReply(t, "next", s.get(token), 200, time.Now(), "b")
	})
}

// A message that comes just when the window ends goes with that answer or waits for the next: it is not lost.
func TestMessageAtTheEndOfTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: time.Second})
		defer s.shutdown()
		token, h := s.open()
		for range 200 {
			answer := s.polls(token)
			time.Sleep(time.Second)
			h.session.Send(text("a"))
			got := (<-answer).Messages
			if len(got) == 0 {
				got = s.get(token).Messages
			}
			if len(got) != 1 {
				t.Fatalf("%q", got)
			}
		}
	})
}

// A client that has gone does not take messages with it.
func TestPollOfAClientThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		for range 100 {
			ctx, leave := context.WithCancel(t.Context())
			w := httptest.NewRecorder()
			answered := inBackground(func() bool {
				s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/longpoll?token="+token, nil))
				return true
			})
			synctest.Wait()
			leave()
			h.session.Send(text("a"))
			<-answered
			if w.Body.Len() != 0 {
				t.Fatalf("answered %s", w.Body)
			}
			wantReply(t, "next", s.get(token), 200, time.Now(), "a")
		}
	})
}

// It does not even if the message comes first and the client goes before it is taken.
func TestMessageForAClientThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		_, h := s.open()
		h.session.Send(text("a"))
		gone, leave := context.WithCancel(t.Context())
		leave()
		for range 50 { // select draws among what is ready
			p := &poll{messages: make(chan struct{}, 1)}
			h.session.current = p
			p.wake()
			if frames, answer := h.session.wait(gone, p); frames != nil || answer {
				t.Fatalf("%d messages were taken", len(frames))
			}
		}
	})
}

// Every phoenix.js connects anew, and joins its channels again, when it is told 500 (PROTOCOL.md §7.3).
func TestRestartIsToldToThePoll(t *testing.T) {
	for name, restart := range map[string]func(*site, *recorder){
		"closed with 1012": func(_ *site, h *recorder) { h.session.Close(1012, "") },
		"shut down":        func(s *site, _ *recorder) { go s.shutdown() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, Options{})
				defer s.shutdown()
				token, h := s.open()
				first, second := s.polls(token), s.polls(token)
				time.Sleep(time.Second)
				restart(s, h)
				wantReply(t, "superseded", <-first, 500, time.Now())
				wantReply(t, "current", <-second, 500, time.Now())
			})
		})
	}

	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		answer := s.polls(token)
		h.session.Send(text("last"))
		h.session.Close(1012, "")
		wantReply(t, "woken", <-answer, 200, time.Now(), "last")

		token, h = s.open()
		answer = s.polls(token)
		time.Sleep(time.Second)
		h.session.Close(1001, "")
		h.session.Close(1012, "") // it has ended for another reason
		wantReply(t, "disconnected", <-answer, 204, time.Now())
	})
}

// A GET that waits when the session ends is answered at once, with what it has been woken for.
func TestEndAnswersThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		first, second := s.polls(token), s.polls(token)
		time.Sleep(time.Second)
		h.session.Close(1001, "")
		wantReply(t, "superseded", <-first, 204, time.Now())
		wantReply(t, "current", <-second, 204, time.Now())
		if answer := s.get(token); answer.Status != 410 || answer.Token == token {
			t.Errorf("after the end: %+v", answer)
		}

		token, h = s.open()
		answer := s.polls(token)
		h.session.Send(text("last"))
		h.session.Close(1001, "")
		h.session.Send(text("too late"))
		wantReply(t, "woken", <-answer, 200, time.Now(), "last")
	})
}
