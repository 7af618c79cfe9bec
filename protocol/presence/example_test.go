package presence_test

import (
	"fmt"
	"regexp"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// A tab is what tracks itself here; in a server it is a channel's *phoenix.Socket.
type tab struct{ closed []func() }

func (t *tab) AtEnd(f func()) { t.closed = append(t.closed, f) }

func (t *tab) close() {
	for _, f := range t.closed {
		f()
	}
}

// shown prints a value as clients get it, with short refs.
func shown(v any) string {
	payload, err := protocol.Encode(v)
	if err != nil {
		return err.Error()
	}
	return regexp.MustCompile(`"[\w-]{16}"`).ReplaceAllString(payload.String(), `"…"`)
}

// Two tabs of one user, seen by somebody on the topic.
func Example() {
	bus := pubsub.NewLocal()
	p := presence.New(bus, presence.Options{})
	bus.Subscribe("room:lobby", diffs{})

	phone, laptop := new(tab), new(tab)
	p.Track(phone, "room:lobby", "ann", map[string]string{"on": "phone"})
	p.Track(laptop, "room:lobby", "ann", map[string]string{"on": "laptop"})
	fmt.Println("state:", shown(p.List("room:lobby")))
	phone.close()
	p.Update(laptop, "room:lobby", "ann", map[string]string{"status": "away"})

	// Output:
	// diff: {"joins":{"ann":{"metas":[{"on":"phone","phx_ref":"…"}]}},"leaves":{}}
	// diff: {"joins":{"ann":{"metas":[{"on":"laptop","phx_ref":"…"}]}},"leaves":{}}
	// state: {"ann":{"metas":[{"on":"phone","phx_ref":"…"},{"on":"laptop","phx_ref":"…"}]}}
	// diff: {"joins":{},"leaves":{"ann":{"metas":[{"on":"phone","phx_ref":"…"}]}}}
	// diff: {"joins":{"ann":{"metas":[{"status":"away","phx_ref":"…","phx_ref_prev":"…"}]}},"leaves":{"ann":{"metas":[{"on":"laptop","phx_ref":"…"}]}}}
}

// diffs prints what everybody on a topic is sent.
type diffs struct{}

func (diffs) Deliver(m *pubsub.Message) error {
	fmt.Println("diff:", shown(m.Payload))
	return nil
}

// Names from a database, asked once for all of a list or a diff.
func ExampleOptions_fetch() {
	names := map[string]string{"1": "Ann", "2": "Bob"} // a query for all keys of entries, say
	p := presence.New(pubsub.NewLocal(), presence.Options{
		Fetch: func(_ string, entries presence.Entries) {
			for key, entry := range entries {
				entry.Extra = map[string]any{"name": names[key]}
				entries[key] = entry
			}
		},
	})
	p.Track(new(tab), "room:lobby", "1", nil)
	fmt.Println(shown(p.List("room:lobby")))
	// Output: {"1":{"metas":[{"phx_ref":"…"}],"name":"Ann"}}
}

// A chat is a channel whose clients see who else is there.
type chat struct {
	everybody *presence.Presence
	user      string
}

func (c *chat) Join(s *phoenix.Socket, _ protocol.Payload) (any, error) {
	s.Send(joined{})
	return nil, nil
}

type joined struct{}

func (c *chat) HandleInfo(s *phoenix.Socket, _ any) error {
	if _, err := c.everybody.Track(s, s.Topic(), c.user, nil); err != nil {
		return err
	}
	return s.Push(presence.EventState, c.everybody.List(s.Topic()))
}

func (c *chat) HandleIn(s *phoenix.Socket, event string, p protocol.Payload) (phoenix.Reply, error) {
	if event != "status" {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	_, err := c.everybody.Update(s, s.Topic(), c.user, p)
	return phoenix.OK(nil), err
}

// In a server: one Presence for the endpoint, given to its channels.
func ExamplePresence_channel() {
	endpoint := phoenix.NewEndpoint(phoenix.Config{})
	everybody := presence.New(endpoint.Bus(), presence.Options{})
	endpoint.Mount("/socket", &phoenix.UserSocket{
		Channels: []phoenix.Route{
			{Pattern: "chat:*", New: func() phoenix.Channel { return &chat{everybody: everybody, user: "ann"} }},
		},
	}, phoenix.MountOptions{})
	fmt.Println(shown(everybody.List("chat:lobby")))
	// Output: {}
}
