package client

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// benchChannel joins a topic of the laboratory over the loopback.
func benchChannel(b *testing.B, o Options) *Channel {
	b.Helper()
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	endpoint.Mount("/socket", lab.Socket(lab.Options{}), phoenix.MountOptions{LongPoll: &phoenix.LongPollOptions{}})
	server := httptest.NewServer(endpoint)
	c, err := Dial(b.Context(), server.URL+"/socket", o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		c.Close()
		_ = endpoint.Shutdown(context.Background())
		server.Close()
	})
	ch, err := c.Join(b.Context(), "lab:bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	return ch
}

// The allocations are the client's and the server's together: they share the process.
func BenchmarkPush(b *testing.B) {
	for _, test := range []struct {
		name    string
		o       Options
		event   string
		payload protocol.Payload
	}{
		{"websocket", Options{}, "echo", protocol.JSON([]byte(`{"text":"hello"}`))},
		{"websocket binary", Options{}, "binary", protocol.Binary([]byte("hello"))},
		{"websocket v1", Options{Version: "1.0.0"}, "echo", protocol.JSON([]byte(`{"text":"hello"}`))},
		{"longpoll", Options{Transport: LongPoll}, "echo", protocol.JSON([]byte(`{"text":"hello"}`))},
	} {
		b.Run(test.name, func(b *testing.B) {
			ch := benchChannel(b, test.o)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ch.Push(b.Context(), test.event, test.payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Pushes that do not wait for one another.
func BenchmarkPushParallel(b *testing.B) {
	ch := benchChannel(b, Options{})
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := ch.Push(b.Context(), "ok", nil); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// An echoLink answers every message at once, so that what is left is the client's own cost.
type echoLink struct {
	answers chan []byte
	closed  chan struct{}
}

func (l *echoLink) send(batch []outgoing) error {
	for _, m := range batch {
		decoded, err := protocol.V2.Decode(m.data, m.binary)
		if err != nil {
			return err
		}
		f, err := protocol.V2.EncodeReply(protocol.Reply{
			JoinRef: decoded.JoinRef, Ref: decoded.Ref, Topic: decoded.Topic, Status: "ok", Response: decoded.Payload,
		})
		if err != nil {
			return err
		}
		l.answers <- f.Bytes()
	}
	return nil
}

func (l *echoLink) receive() ([]byte, bool, error) {
	select {
	case answer := <-l.answers:
		return answer, false, nil
	case <-l.closed:
		return nil, false, errCut
	}
}

func (l *echoLink) close()           { close(l.closed) }
func (l *echoLink) cut()             {}
func (l *echoLink) progress() uint64 { return 0 }
func (l *echoLink) polls() bool      { return true }

func BenchmarkPushWithoutNetwork(b *testing.B) {
	l := &echoLink{make(chan []byte, 100), make(chan struct{})}
	c, err := Dial(b.Context(), "ws://nowhere", Options{
		dial: func(context.Context, Transport, Handshake) (link, error) { return l, nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	ch, err := c.Join(b.Context(), "room", nil)
	if err != nil {
		b.Fatal(err)
	}
	payload := protocol.JSON([]byte(`{"text":"hello"}`))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ch.Push(b.Context(), "say", payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, text := range map[string]string{
		"event": `["1",null,"room:lobby","message",{"from":"ann","text":"hello"}]`,
		"reply": `["1","22","room:lobby","phx_reply",{"status":"ok","response":{"a":1}}]`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (v2{}).decode([]byte(text), false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
