package longpoll

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Polls, posts, sends and closes of many sessions at once: every session ends with one Closed and nothing behind it.
func TestEverythingAtOnce(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, Options{Window: 20 * time.Millisecond, MaxQueuedBytes: 1 << 16})
			var group sync.WaitGroup
			for range 8 {
				token, h := s.open()
				h.onMessage = func(string) error {
					time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
					h.session.Send(text("reply"))
					return nil
				}
				for range 3 {
					group.Go(func() {
						for range 10 {
							s.do(httptest.NewRequest("GET", "/longpoll?token="+token, nil))
						}
					})
					group.Go(func() {
						for range 10 {
							s.batch(token, "[1]\n[2]\n[3]")
						}
					})
					group.Go(func() {
						for range 50 {
							h.session.Send(text("a"))
							time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
						}
					})
				}
				if rand.IntN(2) == 0 {
					group.Go(func() {
						time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
						h.session.Close(1001, "")
					})
				}
			}
			group.Wait()
			s.shutdown()
			for _, h := range s.handlers {
				<-h.closed
				if h.broken != nil {
					t.Error(h.broken)
				}
			}
		})
	}
}

// With several GETs at a time nothing is lost, doubled or out of order, as long as clients stay.
func TestConcurrentPollsLoseNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{Window: time.Second})
		defer s.shutdown()
		token, h := s.open()
		const total = 5000
		var mu sync.Mutex
		var seen []string
		done := func() bool { mu.Lock(); defer mu.Unlock(); return len(seen) >= total }
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for !done() {
					answer := s.get(token)
					if answer.Status != codeMessages && answer.Status != codeNothing {
						t.Errorf("the session has ended: %d", answer.Status)
						return
					}
					if !slices.IsSortedFunc(answer.Messages, func(a, b string) int { return number(a) - number(b) }) {
						t.Errorf("out of order: %q", answer.Messages)
					}
					mu.Lock()
					seen = append(seen, answer.Messages...)
					mu.Unlock()
				}
			})
		}
		for n := range total {
			h.session.Send(text(fmt.Sprint(n)))
			if n%50 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		group.Wait()
		slices.SortFunc(seen, func(a, b string) int { return number(a) - number(b) })
		for n, message := range seen {
			if number(message) != n {
				t.Fatalf("message %d came as %d", n, number(message))
			}
		}
	})
}

// number is the event of a message, a number.
func number(message string) int {
	n, err := strconv.Atoi(strings.Split(message, `"`)[3])
	if err != nil {
		panic(err)
	}
	return n
}
