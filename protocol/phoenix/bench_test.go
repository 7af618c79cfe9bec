package phoenix_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A sink is a transport that sends nothing, and tells when it was asked to.
type sink struct{ sent chan struct{} }

func (s *sink) Send(protocol.Frame) {
	if s.sent != nil {
		s.sent <- struct{}{}
	}
}
func (*sink) Close(int, string) {}

// bare is the least a channel can be.
type bare struct{}

func (bare) Join(*phoenix.Socket, protocol.Payload) (any, error) { return nil, nil }
func (bare) HandleIn(_ *phoenix.Socket, _ string, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK(p), nil
}

var bareSocket = &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: func() phoenix.Channel { return bare{} }}}}

func benchEndpoint() *phoenix.Endpoint {
	return phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
}

func say(b testing.TB, s *phoenix.Session, text []byte) {
	if err := s.Message(text, false); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEcho is one message and its reply, decoded and encoded, without a network.
func BenchmarkEcho(b *testing.B) {
	t := &sink{sent: make(chan struct{}, 1)}
	s := benchEndpoint().Open(bareSocket, &phoenix.Connection{}, protocol.V2, t)
	say(b, s, []byte(`["1","1","room:lobby","phx_join",{}]`))
	<-t.sent
	text := []byte(`["1","2","room:lobby","echo",{"text":"hello, world","n":12345}]`)
	b.ReportAllocs()
	for b.Loop() {
		say(b, s, text)
		<-t.sent
	}
	s.Closed(nil)
	<-s.Done()
}

// BenchmarkHeartbeat is what every connection costs every half a minute.
func BenchmarkHeartbeat(b *testing.B) {
	s := benchEndpoint().Open(bareSocket, &phoenix.Connection{}, protocol.V2, new(sink))
	text := []byte(`[null,"2","phoenix","heartbeat",{}]`)
	b.ReportAllocs()
	for b.Loop() {
		say(b, s, text)
	}
	s.Closed(nil)
}

// BenchmarkBroadcast is one broadcast to so many clients; a recipient costs no allocation.
func BenchmarkBroadcast(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := benchEndpoint()
			sessions := crowd(b, e, n)
			payload := protocol.JSON([]byte(`{"text":"hello, world"}`))
			b.ReportAllocs()
			for b.Loop() {
				if err := e.Broadcast("room:lobby", "said", payload); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/recipient")
			disperse(sessions)
		})
	}
}

func crowd(b testing.TB, e *phoenix.Endpoint, n int) []*phoenix.Session {
	sessions := make([]*phoenix.Session, n)
	for i := range sessions {
		sessions[i] = e.Open(bareSocket, &phoenix.Connection{}, protocol.V2, new(sink))
		say(b, sessions[i], []byte(`["1","1","room:lobby","phx_join",{}]`))
	}
	return sessions
}

func disperse(sessions []*phoenix.Session) {
	for _, s := range sessions {
		s.Closed(nil)
	}
	for _, s := range sessions {
		<-s.Done()
	}
}

// What TestBroadcastSharesItsBytes shows of the bytes, this does of all that is allocated.
func TestBroadcastAllocatesNothingPerRecipient(t *testing.T) {
	e := benchEndpoint()
	payload := protocol.JSON([]byte(`{}`))
	cost := func(n int) float64 {
		sessions := crowd(t, e, n)
		defer disperse(sessions)
		return testing.AllocsPerRun(100, func() {
			if err := e.Broadcast("room:lobby", "said", payload); err != nil {
				t.Fatal(err)
			}
		})
	}
	if one, many := cost(1), cost(1000); many != one {
		t.Errorf("%v allocations for 1000 recipients, %v for one", many, one)
	}
}

// BenchmarkJoinLeave is a join and a leave with their three frames.
func BenchmarkJoinLeave(b *testing.B) {
	t := &sink{sent: make(chan struct{}, 3)}
	s := benchEndpoint().Open(bareSocket, &phoenix.Connection{}, protocol.V2, t)
	join, leave := []byte(`["1","1","room:lobby","phx_join",{}]`), []byte(`["1","2","room:lobby","phx_leave",{}]`)
	b.ReportAllocs()
	for b.Loop() {
		say(b, s, join)
		say(b, s, leave)
		for range 3 {
			<-t.sent
		}
	}
	s.Closed(nil)
	<-s.Done()
}

// BenchmarkPush is a push from within the server.
func BenchmarkPush(b *testing.B) {
	g := new(guestbook)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.plain}}}
	s := benchEndpoint().Open(u, &phoenix.Connection{}, protocol.V2, new(sink))
	say(b, s, []byte(`["1","1","room:lobby","phx_join",{}]`))
	socket, payload := g.socket("room:lobby"), protocol.JSON([]byte(`{"text":"hello, world"}`))
	b.ReportAllocs()
	for b.Loop() {
		if err := socket.Push("said", payload); err != nil {
			b.Fatal(err)
		}
	}
	s.Closed(nil)
	<-s.Done()
}

func BenchmarkParseParams(b *testing.B) {
	const query = "user_id=12345&token=SFMyNTY.g2gDYQFuBgDQ&device[os]=linux&device[kind]=phone&vsn=2.0.0"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := phoenix.ParseParams(query); err != nil {
			b.Fatal(err)
		}
	}
}
