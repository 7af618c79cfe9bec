package longpoll

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	s := newSite(t, Options{Window: 5 * time.Millisecond})
	defer s.shutdown()
	token, h := s.open()
	const total = 5000
	var received atomic.Int64
	var mu sync.Mutex
	seen := make(map[string]int)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for received.Load() < total {
				answer := s.get(token)
				last := -1
				for _, message := range answer.Messages {
					n, err := strconv.Atoi(strings.Split(message, `"`)[3])
					if err != nil || n <= last {
						t.Errorf("%s behind %d", message, last)
					}
					last = n
					mu.Lock()
					seen[message]++
					mu.Unlock()
				}
				received.Add(int64(len(answer.Messages)))
			}
		})
	}
	for n := range total {
		h.session.Send(text(fmt.Sprint(n)))
	}
	group.Wait()
	if len(seen) != total {
		t.Errorf("%d of %d messages came", len(seen), total)
	}
	for message, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", message, n)
		}
	}
}
