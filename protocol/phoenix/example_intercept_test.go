package phoenix_test

import (
	"fmt"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// A mutingRoom does not show its client what those say whom the client has muted.
type mutingRoom struct{ muted map[string]bool }

func (c *mutingRoom) Join(*phoenix.Socket, protocol.Payload) (any, error) {
	c.muted = make(map[string]bool)
	return nil, nil
}

func (c *mutingRoom) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "say":
		return phoenix.NoReply, s.Broadcast("said", payload)
	case "mute":
		var name string
		if err := payload.Decode(&name); err != nil {
			return phoenix.NoReply, err
		}
		c.muted[name] = true
		return phoenix.OK(nil), nil
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

// Intercept lists what HandleOut wants to see before the client does.
func (c *mutingRoom) Intercept() []string { return []string{"said"} }

func (c *mutingRoom) HandleOut(s *phoenix.Socket, event string, payload protocol.Payload) error {
	var said struct {
		From string `json:"from"`
	}
	if err := payload.Decode(&said); err != nil || c.muted[said.From] {
		return err
	}
	return s.Push(event, payload)
}

// A channel that intercepts an event decides for its client whether it is sent,
// and how.
func ExampleInterceptor() {
	socket := &phoenix.UserSocket{
		Channels: []phoenix.Route{{Pattern: "room:*", New: func() phoenix.Channel { return new(mutingRoom) }}},
	}
	t := new(exampleT)
	client, _ := phoenixtest.Connect(t, socket, phoenixtest.Options{})
	room := client.MustJoin("room:lobby", nil)
	room.ExpectReply(room.Push("mute", "Bob"), "ok", nil)

	room.Push("say", map[string]string{"from": "Bob"})
	room.Push("say", map[string]string{"from": "Ann"})
	fmt.Println(room.ExpectPush("said", phoenixtest.Anything).Payload)
	room.RefutePush("said", phoenixtest.Anything)
	t.end()

	// Output:
	// {"from":"Ann"}
}
