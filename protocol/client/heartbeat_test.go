package client

import (
	"errors"
	"testing"
	"time"
)

// Thirty seconds after the answer comes the next.
func TestHeartbeats(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.open(s.options())
		l := s.link()
		after(30*time.Second - 1)
		l.hears()
		after(1)
		l.hears(`[null,"1","phoenix","heartbeat",{}]`)
		after(20 * time.Second)
		l.says(ok("", "1", "phoenix", `{}`))
		after(30*time.Second - 1)
		l.hears()
		after(1)
		l.hears(`[null,"2","phoenix","heartbeat",{}]`)
		l.says(replied("", "2", "phoenix", "error", `{}`)) // an answer all the same
		after(30 * time.Second)
		l.hears(`[null,"3","phoenix","heartbeat",{}]`)
	})
}

// One that is not answered in time ends the connection.
func TestHeartbeatUnanswered(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		var d diary
		o := s.options()
		o.OnState = d.note
		o.HeartbeatTimeout = 5 * time.Second
		s.open(o)
		first := s.link()
		after(35*time.Second - 1)
		d.says(t, "open")
		after(1)
		d.says(t, "connecting: "+ErrHeartbeat.Error())
		after(10 * time.Millisecond)
		d.says(t, "open")
		if s.link() == first {
			t.Fatal("there is no other connection")
		}
		s.link().hears()
		after(30 * time.Second)
		s.link().hears(`[null,"2","phoenix","heartbeat",{}]`)
	})
}

// A server from which something comes is alive, though the answer be behind it.
func TestHeartbeatBehindSomethingLong(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		var d diary
		o := s.options()
		o.OnState = d.note
		s.open(o)
		l := s.link()
		after(30 * time.Second)
		for range 10 {
			l.bytes.Add(1000)
			after(30 * time.Second)
		}
		d.says(t, "open")
		l.hears(`[null,"1","phoenix","heartbeat",{}]`)
		l.says(ok("", "1", "phoenix", `{}`))
		after(30 * time.Second)
		l.hears(`[null,"2","phoenix","heartbeat",{}]`)
		after(30 * time.Second)
		d.says(t, "connecting: "+ErrHeartbeat.Error())
	})
}

func TestWithoutHeartbeats(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.HeartbeatInterval = -1
		s.open(o)
		l := s.link()
		polls := s.options()
		polls.Transport = LongPoll
		s.open(polls)
		after(time.Hour)
		l.hears()
		s.link().hears()
	})
}

// A connection that is stuck, so that nothing can be sent, is found out too.
func TestHeartbeatThatCannotBeSent(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		var d diary
		o := s.options()
		o.OnState = d.note
		s.open(o)
		s.link().stick(true)
		after(time.Minute)
		d.says(t, "open", "connecting: "+ErrHeartbeat.Error())
		after(time.Second)
		d.says(t, "open")
	})
}

func TestPing(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ping := func() *pending[time.Duration] {
			return begin(t, func() (time.Duration, error) { return c.Ping(t.Context()) })
		}
		p := ping()
		l.hears(`[null,"1","phoenix","heartbeat",{}]`)
		after(120 * time.Millisecond)
		l.says(ok("", "1", "phoenix", `{}`))
		if took, err := p.result(); err != nil || took != 120*time.Millisecond {
			t.Errorf("Ping = %v, %v", took, err)
		}
		p = ping()
		after(DefaultTimeout)
		if _, err := p.result(); !errors.Is(err, ErrTimeout) {
			t.Errorf("Ping: %v, want ErrTimeout", err)
		}
		p = ping()
		l.breaks()
		if _, err := p.result(); !errors.Is(err, ErrDisconnected) {
			t.Errorf("Ping: %v, want ErrDisconnected", err)
		}
		if _, err := ping().result(); !errors.Is(err, ErrDisconnected) {
			t.Errorf("Ping without a connection: %v, want ErrDisconnected", err)
		}
	})
}
