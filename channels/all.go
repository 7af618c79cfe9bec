package channels

import (
	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// AllChannel is one client on the topic all, which every page of the original joins: it counts open pages. NewSocket's
// routes make it.
type AllChannel struct{ relay *relay }

// Join lets everybody in, but with a token that is none. Who opts in is told the limit: it may be about to write a page.
func (c *AllChannel) Join(_ *phoenix.Socket, payload protocol.Payload) (any, error) {
	c.relay.options.Observer.Member(KindAll, +1)
	opt, err := parseOptIn(payload)
	if err != nil || !opt.given() {
		return nil, err
	}
	return c.relay.greeting(), nil
}

// HandleIn ignores every event, as a Phoenix 1.3 channel without a handler does.
func (c *AllChannel) HandleIn(*phoenix.Socket, string, protocol.Payload) (phoenix.Reply, error) {
	return phoenix.NoReply, nil
}

// Terminate takes the channel off the count.
func (c *AllChannel) Terminate(*phoenix.Socket, error) { c.relay.options.Observer.Member(KindAll, -1) }

// TrapExit: a channel that has been replaced counts no more.
func (c *AllChannel) TrapExit() bool { return true }
