package phoenixtest_test

import (
	"fmt"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// A chat is the channel that the example tests.
type chat struct{ name string }

func (c *chat) Join(_ *phoenix.Socket, payload protocol.Payload) (any, error) {
	var params struct {
		Name string `json:"name"`
	}
	if payload.Decode(&params) != nil || params.Name == "" {
		return nil, phoenix.Reject(map[string]string{"reason": "who are you?"})
	}
	c.name = params.Name
	return nil, nil
}

func (c *chat) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	if event != "say" {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	return phoenix.OK(nil), s.Broadcast("said", said{c.name, payload})
}

type said struct {
	From string           `json:"from"`
	Text protocol.Payload `json:"text"`
}

// Two clients of one server talk to each other. In a test, t is the *testing.T.
func Example() {
	t := &exampleT{}
	defer t.end()

	socket := &phoenix.UserSocket{
		Channels: []phoenix.Route{{Pattern: "room:*", New: func() phoenix.Channel { return new(chat) }}},
	}
	ann, err := phoenixtest.Connect(t, socket, phoenixtest.Options{})
	if err != nil {
		t.Fatalf("%v", err)
	}
	bob, err := phoenixtest.Connect(t, socket, phoenixtest.Options{Endpoint: ann.Endpoint()})
	if err != nil {
		t.Fatalf("%v", err)
	}

	_, err = bob.Join("room:lobby", nil)
	fmt.Println(err)

	lobby := ann.MustJoin("room:lobby", map[string]any{"name": "Ann"})
	bobs := bob.MustJoin("room:lobby", map[string]any{"name": "Bob"})
	ref := lobby.Push("say", "hello")
	lobby.ExpectReply(ref, "ok", nil)
	fmt.Println(bobs.ExpectPush("said", phoenixtest.Including(map[string]any{"from": "Ann"})))

	bobs.RefutePush("said", phoenixtest.Anything) // it came once

	// An expectation that is not met ends the test.
	bobs.ExpectPush("said", map[string]any{"from": "Bob"})

	// Output:
	// the join of room:lobby was refused with {"reason":"who are you?"}
	// broadcast or push "said" on room:lobby {"from":"Ann","text":"hello"}
	// --- FAIL: room:lobby: no push "said" {"from":"Bob"} within 100ms
	// nothing came instead
}

// An exampleT stands for the *testing.T that examples do not have.
type exampleT struct{ cleanups []func() }

func (*exampleT) Helper()                           {}
func (*exampleT) Fatalf(format string, args ...any) { fmt.Printf("--- FAIL: "+format+"\n", args...) }
func (t *exampleT) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }

func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
}
