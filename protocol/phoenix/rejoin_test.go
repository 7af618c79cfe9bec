package phoenix_test

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// slow takes its time to terminate, and to answer.
type slow struct{ ends, answers time.Duration }

func (c slow) Join(*phoenix.Socket, protocol.Payload) (any, error) { return nil, nil }

func (c slow) HandleIn(*phoenix.Socket, string, protocol.Payload) (phoenix.Reply, error) {
	time.Sleep(c.answers)
	return phoenix.OK(nil), nil
}

func (c slow) Terminate(*phoenix.Socket, error) { time.Sleep(c.ends) }

func slowSocket(c slow) *phoenix.UserSocket {
	return &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: func() phoenix.Channel { return c }}}}
}

// Who leaves and joins again finds nothing of the old channel: its Terminate is
// awaited, as that of a channel that a duplicate join replaces.
func TestAJoinAwaitsTheEndOfTheChannelBefore(t *testing.T) {
	for terminates, waits := range map[time.Duration]time.Duration{0: 0, time.Second: time.Second, time.Minute: 5 * time.Second} {
		inWorldOf(t, slowSocket(slow{ends: terminates}), phoenix.Config{}, func(w *world) {
			c := w.dial(protocol.V2)
			c.says(join("1", "a"), message("1", "2", "a", "phx_leave", "{}"))
			synctest.Wait()
			c.hears(joined("1", "a"), ok("1", "2", "a", "{}"), `["1","1","a","phx_close",{}]`)
			before := time.Now()
			c.says(join("3", "a"))
			if took := time.Since(before); took != waits {
				t.Errorf("with a Terminate of %v the join took %v, want %v", terminates, took, waits)
			}
			c.hears(joined("3", "a"))
			c.hangUp(nil)
			time.Sleep(2 * terminates)
		})
	}
}

// A poll right behind a POST finds the answer, as long as that does not take
// long.
func TestAPostAwaitsItsAnswer(t *testing.T) {
	for answers, waits := range map[time.Duration]time.Duration{
		20 * time.Millisecond: 20 * time.Millisecond,
		time.Second:           50 * time.Millisecond,
	} {
		synctest.Test(t, func(t *testing.T) {
			e := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
			e.Mount("/socket", slowSocket(slow{answers: answers}), phoenix.MountOptions{LongPoll: &phoenix.LongPollOptions{}})
			poll := func(method, query, body string) string {
				w := httptest.NewRecorder()
				r := httptest.NewRequest(method, "/socket/longpoll?vsn=2.0.0"+query, strings.NewReader(body))
				e.ServeHTTP(w, r)
				text, _ := io.ReadAll(w.Body)
				return string(text)
			}
			token := "&token=" + regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(poll("GET", "", ""))[1]
			poll("POST", token, join("1", "a"))
			before := time.Now()
			poll("POST", token, message("1", "2", "a", "e", "{}"))
			if took := time.Since(before); took != waits {
				t.Errorf("with an answer after %v the POST took %v, want %v", answers, took, waits)
			}
			// Behind a busy channel nobody waits once more.
			before = time.Now()
			poll("POST", token, message("1", "3", "a", "e", "{}"))
			if took := time.Since(before); answers == time.Second && took != 0 {
				t.Errorf("a POST to a busy channel took %v", took)
			}
			heard := poll("GET", token, "")
			if want := answers < time.Second; strings.Contains(heard, `\"2\",\"a\",\"phx_reply\"`) != want {
				t.Errorf("with an answer after %v the poll found %s", answers, heard)
			}
			if err := e.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
