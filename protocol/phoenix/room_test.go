package phoenix_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A guestbook is where the channels of a test leave word of what they were told.
type guestbook struct {
	mu      sync.Mutex
	entries []string
	reasons []error // of the terminates
	sockets map[string]*phoenix.Socket
}

func (g *guestbook) write(entry string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.entries = append(g.entries, entry)
}

func (g *guestbook) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	entries := g.entries
	g.entries = nil
	return entries
}

// endings returns the reasons that Terminate was told since the last time.
func (g *guestbook) endings() []error {
	g.mu.Lock()
	defer g.mu.Unlock()
	reasons := g.reasons
	g.reasons = nil
	return reasons
}

// socket returns the socket of the latest join of a topic.
func (g *guestbook) socket(topic string) *phoenix.Socket {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sockets[topic]
}

func (g *guestbook) enter(s *phoenix.Socket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sockets == nil {
		g.sockets = make(map[string]*phoenix.Socket)
	}
	g.sockets[s.Topic()] = s
}

func (g *guestbook) room() phoenix.Channel { return &room{plain{book: g}} }

// plain returns channels that implement nothing but what they must.
func (g *guestbook) plain() phoenix.Channel { return &plain{book: g} }

// A plain channel does what the client's events say.
type plain struct {
	book *guestbook
	word string // what Terminate pushes and broadcasts, if anything
	trap bool
}

// Join does what the last part of the topic says.
func (p *plain) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	p.book.enter(s)
	p.trap = strings.Contains(s.Topic(), "trap")
	_, how, _ := strings.Cut(s.Topic(), ":")
	switch how {
	case "deny":
		return nil, phoenix.Reject(map[string]string{"reason": "denied"})
	case "crash":
		return nil, errors.New("the join failed")
	case "panic":
		panic("in the join")
	case "params":
		return payload, nil
	case "slow":
		time.Sleep(time.Second)
	}
	return nil, nil
}

func (p *plain) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	event, argument, _ := strings.Cut(event, " ")
	switch event {
	case "echo":
		return phoenix.OK(payload), nil
	case "error":
		return phoenix.Error(payload), nil
	case "status":
		return phoenix.Status(argument, payload), nil
	case "ok":
		return phoenix.OK(nil), nil
	case "noreply":
		return phoenix.NoReply, nil
	case "word":
		p.word = argument
		return phoenix.OK(nil), nil
	case "push":
		return phoenix.NoReply, s.Push("pushed", payload)
	case "broadcast":
		return phoenix.NoReply, s.Broadcast(argument, payload)
	case "broadcast_from":
		return phoenix.NoReply, s.BroadcastFrom(argument, payload)
	case "sleep":
		d, err := time.ParseDuration(argument)
		time.Sleep(d)
		return phoenix.OK(nil), err
	case "sleep_fail", "sleep_panic", "sleep_goexit":
		d, err := time.ParseDuration(argument)
		time.Sleep(d)
		switch event {
		case "sleep_panic":
			panic("at last")
		case "sleep_goexit":
			runtime.Goexit()
		}
		return phoenix.NoReply, errors.Join(err, errors.New("failed at last"))
	case "async":
		d, err := time.ParseDuration(argument)
		if err != nil {
			return phoenix.NoReply, err
		}
		ref, err := s.Ref()
		if err != nil {
			return phoenix.NoReply, err
		}
		time.AfterFunc(d, func() {
			if err := s.ReplyTo(ref, phoenix.OK(payload)); err != nil {
				p.book.write(err.Error())
			}
		})
		return phoenix.NoReply, nil
	case "subscribe":
		return phoenix.OK(nil), s.Subscribe(argument)
	case "unsubscribe":
		s.Unsubscribe(argument)
		return phoenix.OK(nil), nil
	case "stop":
		return phoenix.NoReply, stopFor(argument)
	case "stop_reply":
		return phoenix.OK(payload), stopFor(argument)
	case "return":
		return phoenix.NoReply, errors.New(argument)
	case "panic":
		panic(argument)
	case "panic_error":
		panic(errors.New(argument))
	case "panic_stop":
		panic(stopFor(argument))
	case "panic_runtime":
		var nobody *plain
		nobody.word = argument
	case "goexit":
		runtime.Goexit()
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

var errOther = errors.New("other")

func stopFor(word string) error {
	switch word {
	case "normal":
		return phoenix.Stop(phoenix.ErrNormal)
	case "shutdown":
		return phoenix.Stop(phoenix.ErrShutdown)
	case "detail":
		return phoenix.Stop(phoenix.Shutdown("a detail"))
	case "nil":
		return phoenix.Stop(nil)
	}
	return phoenix.Stop(errOther)
}

// A room is a plain channel with all that is optional.
type room struct{ plain }

func (r *room) Intercept() []string { return []string{"secret", "drop", "stop", "fail", "burst"} }

func (r *room) HandleOut(s *phoenix.Socket, event string, payload protocol.Payload) error {
	r.book.write("out " + event + " " + payload.String())
	switch event {
	case "secret":
		return s.Push(event, map[string]string{"for": s.JoinRef().String()})
	case "drop":
		return nil
	case "stop":
		return phoenix.Stop(phoenix.ErrNormal)
	case "fail":
		return errors.New("HandleOut failed")
	}
	return s.Push(event, payload)
}

func (r *room) HandleInfo(s *phoenix.Socket, msg any) error {
	switch msg := msg.(type) {
	case protocol.Broadcast:
		r.book.write("info " + msg.Topic + " " + msg.Event + " " + msg.Payload.String())
		return s.Push("overheard", msg.Payload)
	case error:
		return msg
	case func(*phoenix.Socket) error:
		return msg(s)
	}
	return s.Push("info", map[string]any{"msg": msg})
}

func (r *room) Terminate(s *phoenix.Socket, reason error) {
	r.book.mu.Lock()
	r.book.reasons = append(r.book.reasons, reason)
	r.book.mu.Unlock()
	switch r.word {
	case "":
	case "panic":
		panic("in Terminate")
	case "goexit":
		runtime.Goexit()
	case "sleep":
		time.Sleep(time.Second)
	default:
		r.note(s.Push("last push", map[string]string{"word": r.word}))
		r.note(s.Broadcast("last broadcast", map[string]string{"word": r.word}))
	}
}

func (r *room) note(err error) {
	if err != nil {
		r.book.write(err.Error())
	}
}

func (r *room) TrapExit() bool { return r.trap }
