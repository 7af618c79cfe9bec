package presence

import (
	"log/slog"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// The events by which clients learn of a presence (PROTOCOL.md §6.1).
const (
	// EventState is pushed by the application, usually after a join, with what List returns.
	EventState = "presence_state"
	// EventDiff is broadcast to the topic at each change.
	EventDiff = "presence_diff"
)

// An Owner is what a presence belongs to, and goes with: a channel as a rule. It must be comparable, as pointers are.
type Owner interface {
	// AtEnd has f called once the owner has ended, at once if it has already.
	AtEnd(f func())
}

var _ Owner = (*phoenix.Socket)(nil)

// Options are the settings of a Presence. The zero value is a working one.
type Options struct {
	// Fetch, if not nil, may add fields to the entries of a topic before they are listed or sent. It is called for every
	// List and GetByKey, and for the joins and for the leaves of every diff, also when there are none; so it may ask a
	// database once for all of them. The map is its own; an entry that it changes goes back into it:
	//
	//	for key, entry := range entries {
	//		entry.Extra = map[string]any{"name": names[key]}
	//		entries[key] = entry
	//	}
	//
	// For diffs it runs off the goroutine that made the change, one diff of a topic after another. If it panics there, or
	// its fields cannot be encoded, the diff is sent without them and the Logger told, lest clients miss a change.
	Fetch func(topic string, entries Entries)

	// HandleMetas, if not nil, is told of every change after it was sent: who joined, who left, and who is on the topic
	// after just this change. It runs as Fetch does for diffs. The diff is its own; present is not, and must neither be
	// changed nor be kept.
	HandleMetas func(topic string, diff Diff, present map[string][]Meta)

	// RefuseUnsafeKeys has Track refuse keys such as "__proto__" and "constructor" with ErrKey. The Presence class of
	// phoenix.js looks keys up in a plain object and fails on these in most versions, so that a client that may choose
	// its key could break the others'. Phoenix accepts them. Choose keys on the server, or set this.
	RefuseUnsafeKeys bool

	// Node names this node in refs. If there are several, their names must differ. Empty: a random one.
	Node string

	// Logger is told when a hook panics or a diff cannot be sent. Nil is slog.Default().
	Logger *slog.Logger
}

// hooked reports whether sending a diff calls code of the application.
func (o Options) hooked() bool { return o.Fetch != nil || o.HandleMetas != nil }
