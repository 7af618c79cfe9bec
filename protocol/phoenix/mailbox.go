package phoenix

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// task is one thing that waits for a channel's attention. A returned error ends
// the channel: *gone because its connection did, *stop as it asks, any other as
// a crash.
type task interface {
	do(s *Socket) error
}

type (
	in    received           // an event from the client
	out   protocol.Broadcast // an intercepted broadcast
	info  struct{ msg any }  // a message of the server's own
	leave received           // phx_leave
	gone  struct{ reason error }
)

// received is a message and its size in bytes as it arrived. That is what it
// costs to let it wait: events and refs may be as long as payloads.
type received struct {
	protocol.Message
	size int
}

func (m in) do(s *Socket) error {
	reply, err := m.handle(s)
	if reply.given {
		f, failed := s.encodeReply(m.Ref, reply)
		if failed != nil {
			return failed
		}
		_ = s.answer(f)
	}
	return err
}

func (m in) handle(s *Socket) (Reply, error) {
	e := s.session.endpoint
	logged := e.logs(e.config.Log.HandleIn, m.Topic)
	var start time.Time
	if logged {
		start = time.Now()
	}
	s.current = m.Ref
	reply, err := s.channel.HandleIn(s, m.Event, m.Payload)
	s.current = protocol.Null
	if logged {
		e.logHandled(m.Topic, m.Event, m.Payload, start)
	}
	return reply, err
}

func (b out) do(s *Socket) error {
	return s.channel.(Interceptor).HandleOut(s, b.Event, b.Payload)
}

func (i info) do(s *Socket) error {
	if h, ok := s.channel.(InfoHandler); ok {
		return h.HandleInfo(s, i.msg)
	}
	s.session.endpoint.log.Warn("a channel without HandleInfo was sent a message", "topic", s.session.endpoint.topic(s.topic), "message", fmt.Sprintf("%T", i.msg))
	return nil
}

func (l leave) do(s *Socket) error {
	f, err := s.encodeReply(l.Ref, OK(nil))
	if err != nil {
		return err
	}
	_ = s.say(f)
	return Stop(ErrLeft)
}

func (g gone) do(*Socket) error { return &g }
func (g *gone) Error() string   { return g.reason.Error() }

// mailbox is what waits for a channel: a queue that borrows a goroutine only
// while there is something in it. The socket's mutex guards it.
type mailbox struct {
	tasks    []task
	running  bool // a goroutine is at work on it
	messages int  // of them from the client
	bytes    int  // of those messages
	posted   int  // bytes of the broadcasts that wait
	room     *sync.Cond
	idle     chan struct{} // closed when there is nothing to do any more; made when somebody waits
}

// full reports whether a client must wait.
func (m *mailbox) full(l MailboxLimits) bool {
	return m.messages >= l.Messages || m.bytes >= l.Bytes
}

// overfull reports whether there is no room for what cannot wait.
func (m *mailbox) overfull(l MailboxLimits) bool {
	return len(m.tasks)-m.messages >= l.Internal || m.posted/internalBytes >= l.Bytes
}

func (m *mailbox) push(t task) {
	m.count(t, 1)
	m.tasks = append(m.tasks, t)
}

func (m *mailbox) pop() task {
	t := m.tasks[0]
	m.tasks[0] = nil
	if m.tasks = m.tasks[1:]; len(m.tasks) == 0 {
		m.tasks = nil
	}
	m.count(t, -1)
	return t
}

func (m *mailbox) count(t task, sign int) {
	switch t := t.(type) {
	case in:
		m.messages += sign
		m.bytes += sign * t.size
	case leave:
		m.messages += sign
		m.bytes += sign * t.size
	case out:
		m.posted += sign * len(t.Payload.Bytes())
	case info:
		if b, ok := t.msg.(protocol.Broadcast); ok {
			m.posted += sign * len(b.Payload.Bytes())
		}
	}
	if sign < 0 {
		m.wake()
	}
}

// wake lets whoever waits for room look again.
func (m *mailbox) wake() {
	if m.room != nil {
		m.room.Broadcast()
	}
}

// rest tells whoever waits for it that there is nothing to do any more.
func (m *mailbox) rest() {
	if m.idle != nil {
		close(m.idle)
		m.idle = nil
	}
}

// clear drops what waits: a channel that has ended does nothing more.
func (m *mailbox) clear() {
	m.tasks, m.messages, m.bytes, m.posted = nil, 0, 0, 0
	m.wake()
}

// accept queues a message from the client and waits for room to do so.
func (s *Socket) accept(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	limits := s.session.mailbox
	stopping := &s.session.stopping
	limited := false
	for s.phase < ending && s.mailbox.full(limits) && !stopping.Load() {
		if s.mailbox.room == nil {
			s.mailbox.room = sync.NewCond(&s.mu)
		}
		if !limited {
			limited = true
			s.session.endpoint.limited(LimitMailbox)
		}
		s.mailbox.room.Wait()
	}
	if !stopping.Load() {
		s.queue(t)
	}
}

// post queues what the server itself has for the channel, and never waits. It
// reports whether the channel will see it. That the connection is gone, it must.
func (s *Socket) post(t task) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, last := t.(gone)
	if s.mailbox.overfull(s.session.mailbox) && !last {
		s.mailbox.clear()
		s.queue(overflow{})
		return false
	}
	return s.queue(t)
}

// overflow ends a channel whose mailbox could not take what was posted to it.
type overflow struct{}

func (overflow) do(s *Socket) error {
	s.session.endpoint.limited(LimitInternal)
	return ErrMailboxFull
}

// queue adds a task under the lock and sees to it that somebody does it.
func (s *Socket) queue(t task) bool {
	if s.ends || s.phase >= ending {
		return false
	}
	s.mailbox.push(t)
	s.work()
	return true
}

// work starts the mailbox's goroutine if there is something to do and nobody at
// it. Before the join is answered there is not.
func (s *Socket) work() {
	if s.phase >= joined && !s.mailbox.running && len(s.mailbox.tasks) > 0 {
		s.mailbox.running = true
		go s.run()
	}
}

// run does what is in the mailbox until it is empty or the channel ends.
func (s *Socket) run() {
	idle := false
	defer func() {
		if !idle {
			s.mu.Lock()
			s.letGo()
			s.mu.Unlock()
		}
	}()
	defer func() {
		if !idle {
			// A callback may have called runtime.Goexit, as t.FailNow does. Nobody
			// would work for the channel any more. One that has ended does not again.
			s.end(&CrashError{Err: errExited})
		}
	}()
	for {
		t, ok := s.next()
		if !ok {
			idle = true
			return
		}
		if err := protect(func() error { return t.do(s) }); err != nil {
			s.end(err)
			return
		}
	}
}

// next takes the next task, or lets the goroutine go.
func (s *Socket) next() (task, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mailbox.tasks) == 0 {
		s.letGo()
		return nil, false
	}
	return s.mailbox.pop(), true
}

// settle waits until the channel has nothing to do, but no longer than that.
func (s *Socket) settle(atMost time.Duration) {
	s.mu.Lock()
	if !s.mailbox.running || s.phase >= ended {
		s.mu.Unlock()
		return
	}
	if s.mailbox.idle == nil {
		s.mailbox.idle = make(chan struct{})
	}
	idle := s.mailbox.idle
	s.mu.Unlock()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}

var errExited = errors.New("a callback ended its goroutine")

// protect calls a callback and turns a panic into a *CrashError.
func protect(callback func() error) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		cause, ok := v.(error)
		if !ok {
			cause = fmt.Errorf("panic: %v", v)
		}
		err = &CrashError{Err: cause, Stack: debug.Stack()}
	}()
	return callback()
}
