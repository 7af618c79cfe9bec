package presence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// An owner is one whose end a test can choose.
type owner struct {
	mu    sync.Mutex
	ended bool
	told  []func()
}

func (o *owner) AtEnd(f func()) {
	o.mu.Lock()
	ended := o.ended
	if !ended {
		o.told = append(o.told, f)
	}
	o.mu.Unlock()
	if ended {
		f()
	}
}

// end ends the owner; it may be called again.
func (o *owner) end() {
	o.mu.Lock()
	o.ended = true
	told := o.told
	o.told = nil
	o.mu.Unlock()
	for _, f := range told {
		f()
	}
}

// asked returns how often somebody asked to be told of the end.
func (o *owner) asked() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.told)
}

// A witness is subscribed to a topic and remembers the diffs.
type witness struct {
	mu    sync.Mutex
	diffs []string
}

func (w *witness) Deliver(m *pubsub.Message) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.Event != presence.EventDiff {
		return fmt.Errorf("the event %q on the topic", m.Event)
	}
	w.diffs = append(w.diffs, string(m.Payload.Bytes()))
	return nil
}

// take returns the diffs since the last time.
func (w *witness) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	diffs := w.diffs
	w.diffs = nil
	return diffs
}

// A world is a presence, its bus and its log.
type world struct {
	*presence.Presence
	t   testing.TB
	bus *pubsub.Local
	log logbook
}

func newWorld(t testing.TB, o presence.Options) *world {
	w := &world{t: t, bus: pubsub.NewLocal()}
	o.Logger = slog.New(slog.NewTextHandler(&w.log, nil))
	w.Presence = presence.New(w.bus, o)
	return w
}

func (w *world) witness(topic string) *witness {
	v := new(witness)
	w.bus.Subscribe(topic, v)
	return v
}

// track, update are those of a presence, and cannot fail.
func (w *world) track(o presence.Owner, topic, key string, meta any) string {
	w.t.Helper()
	ref, err := w.Track(o, topic, key, meta)
	if err != nil {
		w.t.Fatalf("Track(%q, %q): %v", topic, key, err)
	}
	return ref
}

func (w *world) update(o presence.Owner, topic, key string, meta any) string {
	w.t.Helper()
	ref, err := w.Update(o, topic, key, meta)
	if err != nil {
		w.t.Fatalf("Update(%q, %q): %v", topic, key, err)
	}
	return ref
}

// lists checks who is on the topic, as JSON.
func (w *world) lists(topic, want string) {
	w.t.Helper()
	if got := jsonOf(w.t, w.List(topic)); !sameJSON(got, want) {
		w.t.Fatalf("List(%q) is\n\t%s\nwant\n\t%s", topic, got, want)
	}
}

// sees checks which diffs came since the last time.
func (v *witness) sees(t testing.TB, want ...string) {
	t.Helper()
	got := v.take()
	if len(got) != len(want) {
		t.Fatalf("%d diffs came, want %d:\n\t%s", len(got), len(want), strings.Join(got, "\n\t"))
	}
	for i := range want {
		if !sameJSON(got[i], want[i]) {
			t.Fatalf("diff %d is\n\t%s\nwant\n\t%s", i, got[i], want[i])
		}
	}
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%v: %v", v, err)
	}
	return string(text)
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// A logbook is what was logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// deliverFunc is a subscriber that is told that something came.
type deliverFunc func()

func (f deliverFunc) Deliver(*pubsub.Message) error {
	f()
	return nil
}

// failing is a subscriber that cannot be sent anything.
type failing struct{}

func (failing) Deliver(*pubsub.Message) error { return errors.New("no form for it") }
