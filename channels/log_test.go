package channels

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestLogsAreShort whatever clients write: a hash is text of theirs, of any length.
func TestLogsAreShort(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	inWorld(t, Options{Logger: logger, MaxContent: 100}, func(t *testing.T, w *world) {
		endless := strings.Repeat("x", 10_000)
		h, v := w.holder(topicHave+endless, optingIn), w.visitor(topicWant+endless, optingIn)
		h.take()
		h.answer(topicHave+endless, strings.Repeat("x", 101), endless)
		v.take()
		other := w.holder(topicHave+endless, optingIn)
		other.answer(topicHave+endless, "not it", endless)
		other.take()
	})
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for _, want := range []string{"too large", "does not have the hash", "outcome=wrong", "outcome=too_large"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("nothing was logged of %q", want)
		}
	}
	for _, line := range lines {
		if len(line) > 300 {
			t.Errorf("a line has %d bytes: %.120s", len(line), line)
		}
	}
}
