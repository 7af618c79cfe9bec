package channels

import (
	"errors"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// ErrBadHash is the reason for which a have channel ends that sent content without the hash it gave.
var ErrBadHash = errors.New("bad_hash: the content does not have the hash that came with it")

// HaveChannel is one client on have:<hash>: a tab that keeps a page alive. NewSocket's routes make it.
type HaveChannel struct {
	relay  *relay
	holder *holder
	binary bool
	parts  bool
}

// Join lets everybody in, whatever the hash and the payload, but for a token that is none. The channel is counted, and
// can be asked, at once: what it is sent for that goes out behind the join's reply.
func (c *HaveChannel) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	opt, err := parseOptIn(payload)
	if err != nil {
		return nil, err
	}
	c.binary = opt.Binary
	c.parts = c.relay.speaksParts(s, opt)
	c.holder = &holder{
		hash:    strings.TrimPrefix(s.Topic(), topicHave),
		socket:  s,
		caster:  s.Endpoint(),
		optedIn: opt.given(),
		tab:     tabID{opt.token, s.Connection()},
		at:      -1,
	}
	st := c.relay.hold(c.holder)
	if !opt.given() {
		return nil, nil
	}
	return c.relay.welcome(st, c.parts), nil
}

// HandleIn takes content, asked for or not, and parts of it, and nothing else.
func (c *HaveChannel) HandleIn(_ *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	var err error
	switch {
	case event == eventContent:
		err = c.content(payload)
	case event == eventPart && c.parts && payload.IsBinary():
		err = c.relay.receive(c.holder, payload.Bytes())
	default:
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	if errors.Is(err, ErrBadHash) {
		err = phoenix.Stop(err)
	}
	return phoenix.NoReply, err
}

func (c *HaveChannel) content(payload protocol.Payload) error {
	page, hash, ok := parseContent(payload)
	if payload.IsBinary() && c.binary {
		hash = c.holder.hash
		page, ok = plainContent(payload.Bytes())
	}
	if !ok {
		return phoenix.ErrNoClause
	}
	return c.relay.answer(c.holder, hash, page)
}

// Intercept lists the one event that is not for everybody on the topic.
func (c *HaveChannel) Intercept() []string { return []string{eventRequest} }

// HandleOut is the original's lottery: a broadcast content_request reaches this client with the chance 1/n, n being the
// holders. With OneDraw the relay broadcasts none, but others may.
func (c *HaveChannel) HandleOut(s *phoenix.Socket, event string, payload protocol.Payload) error {
	if !c.relay.chosen(c.holder) {
		return nil
	}
	return s.Push(event, payload)
}

// HandleInfo ends the channel when its tab has joined over another connection.
func (c *HaveChannel) HandleInfo(_ *phoenix.Socket, msg any) error {
	if msg == (replaced{}) {
		return errReplaced
	}
	return nil
}

// Terminate tells the others, and the client itself, how many are left; nobody if the same client has joined again.
func (c *HaveChannel) Terminate(_ *phoenix.Socket, reason error) {
	if c.holder == nil {
		return // Join has refused
	}
	c.relay.release(c.holder, errors.Is(reason, phoenix.ErrDuplicateJoin))
}

// TrapExit: the relay must not ask a channel that has been replaced.
func (c *HaveChannel) TrapExit() bool { return true }
