package channels

import (
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// WantChannel is one client on want:<hash>: a tab that waits for a page. NewSocket's routes make it.
type WantChannel struct {
	relay   *relay
	visitor *visitor
}

// Join lets everybody in, whatever the hash and the payload. The channel waits for content from here on: what comes
// before the join's reply has gone out is sent behind it.
func (c *WantChannel) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	opt := parseOptIn(payload)
	c.visitor = &visitor{
		hash:    strings.TrimPrefix(s.Topic(), topicWant),
		socket:  s,
		optedIn: opt.given(),
		// Long polling carries text alone to the client.
		binary: opt.Binary && s.Connection().Transport != "longpoll",
		at:     -1,
	}
	st := c.relay.await(c.visitor)
	if !opt.given() {
		return nil, nil
	}
	return c.relay.welcome(st), nil
}

// HandleIn takes requests, and nothing else. The hash asked for is the payload's (DESIGN.md D11).
func (c *WantChannel) HandleIn(_ *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	var request struct {
		Hash *string `json:"hash"`
	}
	if event != eventRequest || !payload.IsObject() || payload.Decode(&request) != nil || request.Hash == nil {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	c.relay.request(*request.Hash)
	return phoenix.NoReply, nil
}

// Terminate ends the wait.
func (c *WantChannel) Terminate(*phoenix.Socket, error) { c.relay.depart(c.visitor) }

// TrapExit: the relay must not count a channel that has been replaced.
func (c *WantChannel) TrapExit() bool { return true }
