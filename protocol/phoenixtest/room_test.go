package phoenixtest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// A room is the channel under test in the tests of this package.
type room struct{}

func (*room) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	switch s.Topic() {
	case "room:deny":
		return nil, phoenix.Reject(map[string]string{"reason": "denied"})
	case "room:crash":
		return nil, errors.New("broken join")
	case "room:slow":
		time.Sleep(time.Second)
	}
	return payload, nil
}

func (*room) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "echo":
		return phoenix.OK(payload), nil
	case "error":
		return phoenix.Error(payload), nil
	case "push":
		return phoenix.NoReply, s.Push("pushed", payload)
	case "broadcast":
		return phoenix.NoReply, s.Broadcast("told", payload)
	case "later":
		time.AfterFunc(time.Second, func() { _ = s.Push("pushed", payload) })
		return phoenix.NoReply, nil
	case "busy":
		time.Sleep(time.Minute)
		return phoenix.NoReply, nil
	case "stop":
		return phoenix.NoReply, phoenix.Stop(phoenix.ErrNormal)
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

var socket = &phoenix.UserSocket{
	Connect: func(c *phoenix.Connection, p phoenix.Params, info phoenix.ConnectInfo) error {
		if p.Has("refuse") {
			return errRefused
		}
		c.ID, c.Assigns = p.Get("id"), info.UserAgent
		return nil
	},
	Channels: []phoenix.Route{{Pattern: "room:*", New: func() phoenix.Channel { return new(room) }}},
}

var errRefused = errors.New("not today")

func connect(t phoenixtest.TB, o phoenixtest.Options) *phoenixtest.Client {
	t.Helper()
	c, err := phoenixtest.Connect(t, socket, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return c
}

// inBubble runs a test where waiting takes no time.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

// everywhere runs a test with each serializer.
func everywhere(t *testing.T, test func(t *testing.T, o phoenixtest.Options)) {
	t.Helper()
	for name, s := range map[string]protocol.Serializer{"V1": protocol.V1, "V2": protocol.V2, "V2015": protocol.V2015, "default": nil} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) { test(t, phoenixtest.Options{Serializer: s}) })
		})
	}
}
