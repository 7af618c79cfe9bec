package phoenix_test

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// Every limit that is reached is told once for each time that it made a
// difference.
func TestLimitsAreTold(t *testing.T) {
	var mu sync.Mutex
	told := make(map[phoenix.Limit]int)
	config := phoenix.Config{Limited: func(l phoenix.Limit) {
		mu.Lock()
		defer mu.Unlock()
		told[l]++
	}}
	g := new(guestbook)
	u := &phoenix.UserSocket{
		Channels:       []phoenix.Route{{Pattern: "*", New: g.room}},
		MaxChannels:    2,
		MaxTopicLength: 10,
		Mailbox:        phoenix.MailboxLimits{Messages: 2, Internal: 3},
	}
	inWorldOf(t, u, config, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "a"), join("2", strings.Repeat("x", 11)), join("3", "b"), join("4", "c"))
		c.says(message("1", "5", "a", "sleep 1s", "{}"))
		synctest.Wait()
		go c.says(message("1", "6", "a", "noreply", "{}"), message("1", "7", "a", "noreply", "{}"), message("1", "8", "a", "noreply", "{}"))
		synctest.Wait()
		time.Sleep(2 * time.Second)
		c.says(message("3", "9", "b", "sleep 1s", "{}"))
		synctest.Wait()
		for range 10 {
			g.socket("b").Send("x")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		c.take()
	})
	want := map[phoenix.Limit]int{
		phoenix.LimitTopic: 1, phoenix.LimitChannels: 1, phoenix.LimitMailbox: 1, phoenix.LimitInternal: 1,
	}
	if !maps.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
