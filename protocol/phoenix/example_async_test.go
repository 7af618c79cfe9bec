package phoenix_test

import (
	"fmt"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// A kitchen takes orders while others are being cooked.
type kitchen struct{}

func (kitchen) Join(*phoenix.Socket, protocol.Payload) (any, error) { return nil, nil }

func (kitchen) HandleIn(s *phoenix.Socket, event string, order protocol.Payload) (phoenix.Reply, error) {
	if event != "order" {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	ref, err := s.Ref() // names the message, for later
	if err != nil {
		return phoenix.NoReply, err
	}
	time.AfterFunc(time.Millisecond, func() { // when it is cooked
		if err := s.ReplyTo(ref, phoenix.OK(order)); err != nil {
			fmt.Println("the guest has left:", err)
		}
	})
	return phoenix.NoReply, nil
}

// A message may be answered when HandleIn has returned, from any goroutine.
func ExampleSocket_ReplyTo() {
	socket := &phoenix.UserSocket{
		Channels: []phoenix.Route{{Pattern: "kitchen", New: func() phoenix.Channel { return kitchen{} }}},
	}
	t := new(exampleT)
	client, _ := phoenixtest.Connect(t, socket, phoenixtest.Options{Wait: time.Second})
	room := client.MustJoin("kitchen", nil)
	soup, salad := room.Push("order", "soup"), room.Push("order", "salad")
	fmt.Println(room.ExpectReply(salad, "ok", "salad"))
	fmt.Println(room.ExpectReply(soup, "ok", "soup"))
	t.end()

	// Output:
	// reply to "3" on kitchen, "ok" "salad"
	// reply to "2" on kitchen, "ok" "soup"
}
