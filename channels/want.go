package channels

import (
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// WantChannel is one client on want:<hash>: a tab that waits for a page. NewSocket's routes make it.
type WantChannel struct {
	relay    *relay
	visitor  *visitor
	delivery *delivery // of a parcel, while it lasts
}

// Join lets everybody in, whatever the hash and the payload, but for a token that is none. The channel waits for content from here on: what comes
// before the join's reply has gone out is sent behind it.
func (c *WantChannel) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	opt, err := parseOptIn(payload)
	if err != nil {
		return nil, err
	}
	c.visitor = &visitor{
		hash:    strings.TrimPrefix(s.Topic(), topicWant),
		socket:  s,
		optedIn: opt.given(),
		tab:     tabID{opt.token, s.Connection()},
		binary:  opt.Binary && s.TakesBytes(),
		parts:   c.relay.speaksParts(s, opt),
	}
	st := c.relay.await(c.visitor)
	if !opt.given() {
		return nil, nil
	}
	return c.relay.welcome(st, c.visitor.parts), nil
}

// HandleIn takes requests, and word of the parts that have arrived, and nothing else. The hash asked for is the payload's
// (DESIGN.md D11).
func (c *WantChannel) HandleIn(_ *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	ok := false
	switch {
	case !payload.IsObject():
	case event == eventRequest:
		ok = c.request(payload)
	case event == eventGot && c.visitor.parts:
		ok = c.got(payload)
	}
	if !ok {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	return phoenix.NoReply, nil
}

func (c *WantChannel) request(payload protocol.Payload) (ok bool) {
	var request struct {
		Hash *string `json:"hash"`
	}
	if payload.Decode(&request) != nil || request.Hash == nil {
		return false
	}
	c.relay.request(*request.Hash)
	return true
}

func (c *WantChannel) got(payload protocol.Payload) (ok bool) {
	var word struct {
		Bytes *int64 `json:"bytes"`
	}
	if payload.Decode(&word) != nil || word.Bytes == nil {
		return false
	}
	if c.delivery != nil {
		c.delivery.acknowledge(*word.Bytes)
		c.proceed()
	}
	return true
}

// Terminate ends the wait.
func (c *WantChannel) Terminate(*phoenix.Socket, error) {
	if c.visitor == nil {
		return // Join has refused
	}
	if c.delivery != nil {
		c.delivery.end()
	}
	c.relay.depart(c.visitor)
}

// TrapExit: the relay must not count a channel that has been replaced.
func (c *WantChannel) TrapExit() bool { return true }
