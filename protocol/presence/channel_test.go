package presence_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// A room tracks its channel once it has joined, under the key that the client names, and pushes the state.
type room struct {
	everybody *presence.Presence
	key       string
}

func (r *room) Join(s *phoenix.Socket, p protocol.Payload) (any, error) {
	var named struct {
		Key string `json:"key"`
	}
	if err := p.Decode(&named); err != nil {
		return nil, err
	}
	r.key = named.Key
	s.Send(nil)
	return nil, nil
}

func (r *room) HandleInfo(s *phoenix.Socket, _ any) error {
	if _, err := r.everybody.Track(s, s.Topic(), r.key, nil); err != nil {
		return err
	}
	return s.Push(presence.EventState, r.everybody.List(s.Topic()))
}

func (r *room) HandleIn(s *phoenix.Socket, event string, p protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "update":
		_, err := r.everybody.Update(s, s.Topic(), r.key, p)
		return phoenix.OK(nil), err
	case "stop":
		return phoenix.NoReply, phoenix.Stop(phoenix.ErrNormal)
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

// A building is an endpoint with rooms, in a bubble.
type building struct {
	t         *testing.T
	endpoint  *phoenix.Endpoint
	user      *phoenix.UserSocket
	everybody *presence.Presence
}

func inBuilding(t *testing.T, test func(b *building)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		logger := slog.New(slog.DiscardHandler)
		b := &building{t: t, endpoint: phoenix.NewEndpoint(phoenix.Config{Logger: logger})}
		b.everybody = presence.New(b.endpoint.Bus(), presence.Options{Logger: logger})
		b.user = &phoenix.UserSocket{Channels: []phoenix.Route{
			{Pattern: "room", New: func() phoenix.Channel { return &room{everybody: b.everybody} }},
		}}
		test(b)
	})
}

// A line is a client's connection without a network.
type line struct {
	t       *testing.T
	session *phoenix.Session
	mu      sync.Mutex
	frames  []string
}

func (l *line) Send(f protocol.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames = append(l.frames, string(f.Bytes()))
}

func (l *line) Close(int, string) {}

func (b *building) dial(s protocol.Serializer) *line {
	l := &line{t: b.t}
	l.session = b.endpoint.Open(b.user, &phoenix.Connection{}, s, l)
	return l
}

func (l *line) says(text string) {
	l.t.Helper()
	if err := l.session.Message([]byte(text), false); err != nil {
		l.t.Fatalf("%s: %v", text, err)
	}
	synctest.Wait()
}

// takes returns the frames since the last time.
func (l *line) takes() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	frames := l.frames
	l.frames = nil
	return frames
}

// hears checks the frames since the last time, byte by byte; REF1, REF2 and so on stand for the refs given.
func (l *line) hears(refs []string, want ...string) {
	l.t.Helper()
	got := l.takes()
	for i := range want {
		for n, ref := range refs {
			want[i] = strings.ReplaceAll(want[i], "REF"+string(rune('1'+n)), ref)
		}
		if i >= len(got) || got[i] != want[i] {
			l.t.Fatalf("heard\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	}
	if len(got) > len(want) {
		l.t.Fatalf("heard more than expected:\n\t%s", strings.Join(got[len(want):], "\n\t"))
	}
}

func (b *building) ref(key string) string {
	b.t.Helper()
	entry, ok := b.everybody.GetByKey("room", key)
	if !ok {
		b.t.Fatalf("%s is not present", key)
	}
	return entry.Metas[len(entry.Metas)-1].Ref
}

// The very bytes of what V1 and V2 clients hear when they join, update and leave.
func TestChannelFrames(t *testing.T) {
	inBuilding(t, func(b *building) {
		ann, bob := b.dial(protocol.V2), b.dial(protocol.V1)
		ann.says(`["1","1","room","phx_join",{"key":"ann"}]`)
		a := b.ref("ann")
		ann.hears([]string{a},
			`["1","1","room","phx_reply",{"status":"ok","response":{}}]`,
			`[null,null,"room","presence_diff",{"joins":{"ann":{"metas":[{"phx_ref":"REF1"}]}},"leaves":{}}]`,
			`["1",null,"room","presence_state",{"ann":{"metas":[{"phx_ref":"REF1"}]}}]`)
		bob.says(`{"topic":"room","event":"phx_join","payload":{"key":"ann"},"ref":"5"}`)
		two := b.ref("ann")
		bob.hears([]string{a, two},
			`{"topic":"room","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"5"}`,
			`{"topic":"room","event":"presence_diff","payload":{"joins":{"ann":{"metas":[{"phx_ref":"REF2"}]}},"leaves":{}},"ref":null}`,
			`{"topic":"room","event":"presence_state","payload":{"ann":{"metas":[{"phx_ref":"REF1"},{"phx_ref":"REF2"}]}},"ref":null}`)
		ann.takes()
		ann.says(`["1","2","room","update",{"n":1.50}]`)
		ann.hears([]string{a, b.ref("ann")},
			`[null,null,"room","presence_diff",{"joins":{"ann":{"metas":[{"n":1.50,"phx_ref":"REF2","phx_ref_prev":"REF1"}]}},"leaves":{"ann":{"metas":[{"phx_ref":"REF1"}]}}}]`,
			`["1","2","room","phx_reply",{"status":"ok","response":{}}]`)
		bob.says(`{"topic":"room","event":"phx_leave","payload":{},"ref":"6"}`)
		ann.hears([]string{two}, `[null,null,"room","presence_diff",{"joins":{},"leaves":{"ann":{"metas":[{"phx_ref":"REF1"}]}}}]`)
		ann.session.Closed(nil)
		bob.session.Closed(nil)
	})
}

// However a channel ends, it leaves the presence.
func TestChannelEnds(t *testing.T) {
	for name, end := range map[string]func(*line){
		"leaves":       func(l *line) { l.says(`["1","2","room","phx_leave",{}]`) },
		"stops":        func(l *line) { l.says(`["1","2","room","stop",{}]`) },
		"crashes":      func(l *line) { l.says(`["1","2","room","no such event",{}]`) },
		"hangs up":     func(l *line) { l.session.Closed(nil) },
		"malformed":    func(l *line) { _ = l.session.Message([]byte("]"), false); l.session.Closed(protocol.ErrMalformed) },
		"joins again":  func(l *line) { l.says(`["3","3","room","phx_join",{"key":"other"}]`) },
		"bad new meta": func(l *line) { l.says(`["1","2","room","update",[1]]`) },
	} {
		t.Run(name, func(t *testing.T) {
			inBuilding(t, func(b *building) {
				bob, ann := b.dial(protocol.V2), b.dial(protocol.V2)
				bob.says(`["1","1","room","phx_join",{"key":"bob"}]`)
				ann.says(`["1","1","room","phx_join",{"key":"ann"}]`)
				ref := b.ref("ann")
				bob.takes()
				end(ann)
				if heard := bob.takes(); len(heard) == 0 ||
					heard[0] != `[null,null,"room","presence_diff",{"joins":{},"leaves":{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}}}]` {
					t.Errorf("the other client heard %q", heard)
				}
				if _, ok := b.everybody.GetByKey("room", "ann"); ok {
					t.Error("ann is still present")
				}
				if name != "hangs up" && name != "malformed" {
					ann.session.Closed(nil)
				}
				bob.session.Closed(nil)
				synctest.Wait()
				if topics, owners := b.everybody.Held(); topics != 0 || owners != 0 {
					t.Errorf("%d topics and %d owners are still remembered", topics, owners)
				}
			})
		})
	}
}
