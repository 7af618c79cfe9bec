package lab

import (
	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// PresenceRoute is the laboratory's channel "presence:*", for Options.Routes.
// What it tracks is in p, which must send on the endpoint's bus.
func PresenceRoute(p *presence.Presence) phoenix.Route {
	return phoenix.Route{Pattern: "presence:*", New: func() phoenix.Channel { return &presenceChannel{everybody: p} }}
}

// presenceChannel tracks itself under the key and with the meta that its client
// joins with.
type presenceChannel struct {
	everybody *presence.Presence
	key       string
	meta      protocol.Payload
}

var _ phoenix.InfoHandler = (*presenceChannel)(nil)

// Join takes what the client says of itself. A meta that is none is found out
// after the join, as on the reference server.
func (c *presenceChannel) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	c.key = "anon"
	given, err := members(payload)
	if err != nil {
		return nil, err
	}
	if key, ok := given["key"]; ok {
		if c.key, ok = text(key); !ok {
			c.key = key.String() // 42 is "42"
		}
	}
	c.meta = given["meta"]
	s.Send(trackYourself{})
	return nil, nil
}

// HandleInfo handles what the channel sent itself.
func (c *presenceChannel) HandleInfo(s *phoenix.Socket, msg any) error {
	return msg.(trackYourself).handle(c, s)
}

// trackYourself is what is left to do when the join has been answered.
type trackYourself struct{}

func (trackYourself) handle(c *presenceChannel, s *phoenix.Socket) error {
	if _, err := c.everybody.Track(s, s.Topic(), c.key, c.meta); err != nil {
		return err
	}
	return s.Push(presence.EventState, c.everybody.List(s.Topic()))
}

// HandleIn handles update, untrack and list.
func (c *presenceChannel) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "update":
		_, err := c.everybody.Update(s, s.Topic(), c.key, payload)
		if err != nil {
			return phoenix.NoReply, err
		}
		return phoenix.OK(nil), nil
	case "untrack":
		c.everybody.Untrack(s, s.Topic(), c.key)
		return phoenix.OK(nil), nil
	case "list":
		return phoenix.OK(c.everybody.List(s.Topic())), nil
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}
