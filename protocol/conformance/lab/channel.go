package lab

import (
	"strings"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// channel is the channel of "exact" and "lab:*".
type channel struct {
	visitor *visitor
	name    string // what follows "lab:"
	count   int
}

var (
	_ phoenix.Interceptor = (*channel)(nil)
	_ phoenix.InfoHandler = (*channel)(nil)
	_ phoenix.Terminator  = (*channel)(nil)
	_ phoenix.ExitTrapper = (*channel)(nil)
)

func newChannel() phoenix.Channel { return new(channel) }

// Join does what the topic's name says.
func (c *channel) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	c.visitor = s.Connection().Assigns.(*visitor)
	c.name, _ = strings.CutPrefix(s.Topic(), "lab:")
	switch {
	case c.name == "deny":
		return nil, phoenix.Reject(reason("denied"))
	case c.name == "crash":
		panic("the laboratory was asked to crash in a join")
	case c.name == "params":
		return payload, nil
	case strings.HasPrefix(c.name, "after"):
		s.Send(afterJoin{})
	case strings.HasPrefix(c.name, "slowjoin"):
		wait, err := milliseconds(payload)
		if err != nil {
			return nil, err
		}
		time.Sleep(wait)
	}
	return nil, nil
}

// TrapExit reports whether the channel wants to know that another join
// replaced it.
func (c *channel) TrapExit() bool { return strings.HasPrefix(c.name, "trap") }

// HandleIn looks the event up in the table.
func (c *channel) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	handle, ok := events[event]
	if !ok {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	return handle(c, s, payload)
}

// Intercept lists the one event that is not sent out as it is.
func (c *channel) Intercept() []string { return []string{eventSecret} }

// HandleOut lets a whisper through to the user it is for.
func (c *channel) HandleOut(s *phoenix.Socket, _ string, payload protocol.Payload) error {
	whispered, err := members(payload, "for", "text")
	if err != nil {
		return err
	}
	to, isText := text(whispered["for"])
	if c.visitor.user == nil || !isText || to != *c.visitor.user {
		return nil
	}
	return s.Push(eventSecret, struct {
		Text   protocol.Payload `json:"text"`
		SeenBy string           `json:"seen_by"`
	}{whispered["text"], to})
}

// HandleInfo handles what the channel, or a timer of its own, sent it.
func (c *channel) HandleInfo(s *phoenix.Socket, msg any) error {
	return msg.(note).handle(s)
}

// A note is something that the channel will do later.
type note interface {
	handle(s *phoenix.Socket) error
}

// afterJoin is the note of a channel whose name begins with "after".
type afterJoin struct{}

func (afterJoin) handle(s *phoenix.Socket) error {
	return s.Push("after_join", struct {
		Topic string `json:"topic"`
	}{s.Topic()})
}

// lateReply is the note of the event "async".
type lateReply struct {
	to       phoenix.MessageRef
	response protocol.Payload
}

func (r lateReply) handle(s *phoenix.Socket) error {
	return s.ReplyTo(r.to, phoenix.OK(r.response))
}

// reason is the response of a refusal.
func reason(text string) any {
	return struct {
		Reason string `json:"reason"`
	}{text}
}
