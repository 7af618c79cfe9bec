package phoenix_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// The tests of this file run on real goroutines, for what only the race detector and bad luck bring to light.

func quiet() phoenix.Config {
	return phoenix.Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

// taken returns what has been sent so far, without waiting for more.
func (c *client) taken() (texts []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.frames {
		texts = append(texts, string(f.Bytes()))
	}
	return texts
}

// hangUpAll ends the connections and waits for their channels.
func (w *world) hangUpAll() {
	for _, c := range w.clients {
		c.hangUp(nil)
	}
	for _, c := range w.clients {
		<-c.session.Done()
	}
}

// PROTOCOL.md §4.4: the join's reply precedes every broadcast and push of that channel, and none is lost from then on.
func TestBroadcastsRaceAJoin(t *testing.T) {
	w := newWorld(t, &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).room}}}, quiet())
	var stop atomic.Bool
	var busy sync.WaitGroup
	for _, event := range []string{"plain", "burst"} { // past the channel, and through it
		busy.Go(func() {
			for n := 0; !stop.Load(); n++ {
				if err := w.endpoint.Broadcast("t", event, map[string]int{"n": n}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		c := w.dial(protocol.V2)
		c.says(join("1", "t"))
		for len(c.taken()) < 50 { // the broadcasters go on
			c.says(`[null,null,"phoenix","heartbeat",{}]`)
		}
		c.says(message("1", "9", "t", "phx_leave", "{}"))
	}
	stop.Store(true)
	busy.Wait()
	w.hangUpAll()
	for i, c := range w.clients {
		frames := c.taken()
		if !sameJSON(frames[0], joined("1", "t")) {
			t.Fatalf("client %d heard %q first", i, frames[:3])
		}
		expect := map[string]int{}
		for _, f := range frames[1:] {
			v, _ := parseJSON(f)
			array := v.([]any)
			event, _ := array[3].(string)
			if event != "plain" && event != "burst" {
				continue
			}
			n := 0
			if _, err := fmt.Sscan(fmt.Sprint(array[4].(map[string]any)["n"]), &n); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if want, begun := expect[event]; begun && n != want {
				t.Fatalf("client %d heard %s %d, want %d", i, event, n, want)
			}
			expect[event] = n + 1
		}
	}
}

// A channel that ends by itself while its client joins again: the client hears of each end once.
func TestEndsRaceRejoins(t *testing.T) {
	for _, topic := range []string{"t", "trap"} {
		for _, reason := range []error{phoenix.Stop(phoenix.ErrNormal), errors.New("broken")} {
			g := new(guestbook)
			w := newWorld(t, &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: g.room}}}, quiet())
			c := w.dial(protocol.V2)
			var busy sync.WaitGroup
			const joins = 500
			for i := range joins {
				c.says(join(fmt.Sprint(i), topic))
				s := g.socket(topic)
				busy.Go(func() { s.Send(reason) })
			}
			busy.Wait()
			w.hangUpAll()
			replies, ends := map[any]int{}, map[any]int{}
			for _, f := range c.taken() {
				v, _ := parseJSON(f)
				array := v.([]any)
				switch array[3] {
				case "phx_reply":
					replies[array[0]]++
				case "phx_close", "phx_error":
					ends[array[0]]++
					if replies[array[0]] == 0 {
						t.Errorf("the end of join %v came before its reply", array[0])
					}
				}
			}
			for i := range joins {
				ref := fmt.Sprint(i)
				if replies[ref] != 1 || ends[ref] > 1 || ends[ref] == 0 && i < joins-1 {
					t.Errorf("join %s was answered %d times and ended %d times", ref, replies[ref], ends[ref])
				}
			}
		}
	}
}

// A counted channel says when it begins and when it ends.
type counted struct {
	joined, ended *atomic.Int64
	live          atomic.Bool
}

func (c *counted) TrapExit() bool { return true }

func (c *counted) Join(s *phoenix.Socket, _ protocol.Payload) (any, error) {
	c.joined.Add(1)
	c.live.Store(true)
	if strings.HasSuffix(s.Topic(), "0") {
		return nil, phoenix.Reject(nil)
	}
	return nil, nil
}

func (c *counted) HandleIn(s *phoenix.Socket, event string, p protocol.Payload) (phoenix.Reply, error) {
	if !c.live.Load() {
		panic("a callback behind Terminate")
	}
	switch event {
	case "stop":
		return phoenix.OK(p), phoenix.Stop(phoenix.ErrNormal)
	case "broadcast":
		return phoenix.NoReply, s.Broadcast("e", p)
	}
	return phoenix.OK(p), nil
}

func (c *counted) HandleInfo(*phoenix.Socket, any) error { return nil }

func (c *counted) Terminate(s *phoenix.Socket, _ error) {
	if !c.live.Swap(false) {
		panic("Terminate twice")
	}
	c.ended.Add(1)
	_ = s.Broadcast("bye", nil)
}

// Every join that Join let in or refused is terminated once, whatever happens at the same time.
func TestTerminateExactlyOnce(t *testing.T) {
	var joined, ended atomic.Int64
	log := new(logbook)
	u := &phoenix.UserSocket{
		Channels: []phoenix.Route{{Pattern: "*", New: func() phoenix.Channel { return &counted{joined: &joined, ended: &ended} }}},
		Mailbox:  phoenix.MailboxLimits{Messages: 2, Internal: 20},
	}
	w := newWorld(t, u, phoenix.Config{Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError}))})
	var busy sync.WaitGroup
	for i := range 40 {
		c := w.dialAs(protocol.V2, &phoenix.Connection{ID: fmt.Sprint("user:", i)})
		busy.Go(func() {
			for range 200 {
				topic := fmt.Sprint("t", rand.IntN(4))
				event := []string{"phx_join", "phx_join", "phx_leave", "echo", "stop", "broadcast"}[rand.IntN(6)]
				if c.message([]byte(message("", "1", topic, event, "{}")), false) != nil {
					return
				}
			}
			c.hangUp(nil)
		})
		busy.Go(func() {
			switch i % 4 {
			case 0:
				_ = w.endpoint.Disconnect(fmt.Sprint("user:", i))
			case 1:
				c.hangUp(nil)
			}
		})
	}
	busy.Wait()
	w.hangUpAll()
	if joined.Load() == 0 || joined.Load() != ended.Load() {
		t.Errorf("%d joins, %d terminates", joined.Load(), ended.Load())
	}
	if logs := log.take(); logs != "" {
		t.Errorf("logged:\n%s", logs)
	}
	for i := range 4 {
		if n := w.endpoint.Bus().Count(fmt.Sprint("t", i)); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	}
}

// Connections come and go while the server drains: Shutdown returns when the last has gone.
func TestShutdownRacesConnections(t *testing.T) {
	c := quiet()
	c.Drain = phoenix.DrainOptions{BatchSize: 3, BatchInterval: -1}
	w := newWorld(t, &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).room}}}, c)
	var mu sync.Mutex
	var busy sync.WaitGroup
	for range 50 {
		busy.Go(func() {
			mu.Lock()
			c := w.dial(protocol.V2)
			mu.Unlock()
			_ = c.message([]byte(join("1", "t")), false)
			_ = c.message([]byte(message("1", "2", "t", "broadcast e", "{}")), false)
		})
		busy.Go(func() { _ = w.endpoint.Broadcast("t", "e", nil) })
	}
	busy.Go(func() {
		if err := w.endpoint.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	busy.Wait()
	if err := w.endpoint.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for i, c := range w.clients {
		select {
		case <-c.session.Done():
		default:
			t.Errorf("connection %d has not ended", i)
		}
	}
}
