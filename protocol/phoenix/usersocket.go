package phoenix

import (
	"errors"
	"fmt"
	"strings"
)

// DefaultMaxChannels is how many channels a connection may join unless its
// [UserSocket] says otherwise, as in Phoenix (PROTOCOL.md §4.4).
const DefaultMaxChannels = 100

// UserSocket describes one kind of connection: who may connect, and which
// channels there are. It is what a Phoenix application writes in its
// user_socket.ex. It must not change once it is mounted.
type UserSocket struct {
	// Connect decides whether a client may connect, given the parameters of its
	// opening request and what else is known of that. It may set the
	// connection's ID and Assigns. An error refuses the client: HTTP 403 by
	// default (see MountOptions.Refused), {"status":403} over long polling. A
	// panic is answered with HTTP 500. Nil accepts everybody.
	//
	// It runs before the request is known to be an upgrade at all, as in
	// Phoenix (PROTOCOL.md §1.3).
	Connect func(c *Connection, params Params, info ConnectInfo) error

	// Channels are the topics that can be joined, tried in this order: the
	// first match wins.
	Channels []Route

	// MaxChannels bounds the channels of one connection; the join after that is
	// answered with {"reason":"too many channels joined"}. A channel that the
	// client has left, or joined again, counts until the callback that runs has
	// returned, and a join waits for that up to five seconds. 0 is
	// [DefaultMaxChannels]; negative is no limit, and dangerous: each joined
	// channel costs memory that one client can multiply.
	MaxChannels int

	// MaxTopicLength bounds, in bytes, what a channel keeps of the message that
	// joined it: the topic, and the join_ref and ref as JSON. A join beyond it is
	// refused with {"reason":"topic too long"} or {"reason":"ref too long"}. 0 is
	// no limit but that of a message, and dangerous: a client can have as much
	// kept for each of its channels.
	MaxTopicLength int

	// Mailbox bounds what may wait for a busy channel.
	Mailbox MailboxLimits
}

// Route leads the topics that match a pattern to a kind of channel.
type Route struct {
	// Pattern is a whole topic ("lobby"), or a prefix followed by * ("room:*",
	// "*"). A * anywhere else is a configuration error.
	Pattern string
	// New makes the channel for one join. What Phoenix's route assigns do, a
	// closure does here.
	New func() Channel
}

func (r Route) matches(topic string) bool {
	if prefix, ok := strings.CutSuffix(r.Pattern, "*"); ok {
		return strings.HasPrefix(topic, prefix)
	}
	return r.Pattern == topic
}

func (r Route) validate() error {
	if i := strings.IndexByte(r.Pattern, '*'); i >= 0 && i != len(r.Pattern)-1 {
		return fmt.Errorf("route %q: a * may only be the last character", r.Pattern)
	}
	if r.New == nil {
		return fmt.Errorf("route %q: New is nil", r.Pattern)
	}
	return nil
}

func (u *UserSocket) validate() error {
	var errs []error
	for _, r := range u.Channels {
		errs = append(errs, r.validate())
	}
	return errors.Join(errs...)
}

// route returns the first route that matches the topic.
func (u *UserSocket) route(topic string) (Route, bool) {
	for _, r := range u.Channels {
		if r.matches(topic) {
			return r, true
		}
	}
	return Route{}, false
}

// maxChannels reports the limit, and whether there is one.
func (u *UserSocket) maxChannels() (int, bool) {
	switch {
	case u.MaxChannels == 0:
		return DefaultMaxChannels, true
	case u.MaxChannels < 0:
		return 0, false
	}
	return u.MaxChannels, true
}

// MailboxLimits bounds what may wait for a channel whose callback is running.
//
// The limits are each channel's, not the connection's: a client whose channels
// are all blocked at once can have MaxChannels times as much wait for them. By
// default that is 100 times 1 MiB and one message that goes beyond it, which a
// WebSocket takes up to 10,000,000 bytes of: 1.1 GB. Where callbacks wait for what
// a client, or something slow, has in its hands, lower MaxChannels or the
// transport's limit of a message; callbacks that return soon let nothing pile up.
type MailboxLimits struct {
	// Messages and Bytes bound what the client has sent and the channel has not
	// handled: when either is reached, the connection is not read until there
	// is room, so that a flood stops at the client's own TCP window. Bytes
	// counts whole messages, as they arrived, and may be exceeded by one. 0: 128
	// messages, 1 MiB.
	Messages int
	Bytes    int
	// Internal bounds the messages from the server itself: intercepted
	// broadcasts, Send and subscriptions, whose senders cannot wait. The payloads
	// of the broadcasts among them are bounded by 64 times Bytes, and may exceed
	// that by one. A channel that gets more ends with [ErrMailboxFull]. 0: 4096.
	Internal int
}

// internalBytes is how much more may wait of what others broadcast to a channel
// than of what its own client sends, which can be made to wait. It is shared by
// all channels that wait for it.
const internalBytes = 64

func (l MailboxLimits) withDefaults() MailboxLimits {
	if l.Messages <= 0 {
		l.Messages = 128
	}
	if l.Bytes <= 0 {
		l.Bytes = 1 << 20
	}
	if l.Internal <= 0 {
		l.Internal = 4096
	}
	return l
}
