package phoenix

import (
	"slices"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// join handles a phx_join, on the connection's own goroutine: the connection
// waits for it (DESIGN.md D8). old is the channel that is on the topic already,
// nil as a rule.
func (s *Session) join(m protocol.Message, old *Socket) {
	route, ok := s.user.route(m.Topic)
	if !ok {
		s.endpoint.log.Warn("a client tried to join a topic that no route matches", "topic", s.endpoint.topic(m.Topic))
		s.replyUnmatched(m)
		return
	}
	var last []protocol.Frame
	if old != nil && s.remove(old) {
		s.endpoint.log.Debug("a duplicate join replaces a channel", "topic", s.endpoint.topic(m.Topic))
		last = append(old.displace(), s.encodeClose(old)...)
	}
	s.awaitParted(m.Topic)
	c, answer, err := s.admit(route, m)
	if err == nil {
		s.open(c, answer, last)
		return
	}
	s.send(s.refusal(m, err))
	s.sendAll(last)
	if c != nil {
		c.turnAway(err)
	}
}

// remove takes a channel out of the session. It reports false if the channel's
// own end has come before: its client has been told then, and must not be told
// again behind the new join's reply.
func (s *Session) remove(c *Socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channels[c.topic] != c {
		return false
	}
	delete(s.channels, c.topic)
	return true
}

// encodeClose returns the phx_close of a channel as a list of one frame, empty
// if it cannot be written.
func (s *Session) encodeClose(c *Socket) []protocol.Frame {
	f, err := s.serializer.Encode(c.closeMessage())
	if err != nil {
		return nil
	}
	return []protocol.Frame{f}
}

func (s *Session) sendAll(frames []protocol.Frame) {
	for _, f := range frames {
		s.send(f)
	}
}

// admit asks the limits and the channel itself whether the client may join. It
// returns the channel, if it came to that, and either the answer for the client
// or why not.
func (s *Session) admit(route Route, m protocol.Message) (*Socket, protocol.Frame, error) {
	if limit := s.user.MaxTopicLength; limit > 0 {
		switch {
		case len(m.Topic) > limit:
			s.endpoint.limited(LimitTopic)
			return nil, protocol.Frame{}, Reject(topicTooLong)
		case len(m.JoinRef) > limit || len(m.Ref) > limit:
			s.endpoint.limited(LimitTopic)
			return nil, protocol.Frame{}, Reject(refTooLong)
		}
	}
	if limit, ok := s.user.maxChannels(); ok && !s.awaitRoom(limit) {
		s.endpoint.log.Error("a client tried to join more channels than one connection may", "topic", s.endpoint.topic(m.Topic), "limit", limit)
		s.endpoint.limited(LimitChannels)
		return nil, protocol.Frame{}, Reject(tooManyChannels)
	}
	start := time.Now()
	c := &Socket{session: s, topic: m.Topic, joinRef: m.JoinRef, storedRef: m.JoinRef}
	s.born()
	if c.joinRef == protocol.Null {
		c.joinRef = m.Ref
	}
	settled := false
	defer func() {
		if !settled { // Join ended its goroutine, as t.FailNow does
			c.turnAway(errExited)
		}
	}()
	answer, err := c.join(route, m)
	settled = true
	s.endpoint.logJoin(m, time.Since(start), err)
	return c, answer, err
}

// join makes the channel and has it decide. It returns the answer if that is
// yes.
func (s *Socket) join(route Route, m protocol.Message) (answer protocol.Frame, err error) {
	err = protect(func() error {
		s.channel = route.New()
		response, err := s.channel.Join(s, m.Payload)
		if err != nil {
			return err
		}
		s.begun = true
		if i, ok := s.channel.(Interceptor); ok {
			s.intercepts = slices.Clone(i.Intercept())
		}
		answer, err = s.session.encodeReply(m.JoinRef, m, OK(response))
		return err
	})
	return answer, err
}

// refusal is the answer to a join that failed: the channel's own payload if it
// refused, else that it crashed.
func (s *Session) refusal(m protocol.Message, err error) protocol.Frame {
	response := any(joinCrashed)
	if refused, ok := rejected(err); ok {
		response = refused.payload
	}
	var f protocol.Frame
	err = protect(func() (err error) { // the payload may have methods of the application's own
		f, err = s.encodeReply(m.JoinRef, m, Error(response))
		return err
	})
	if err != nil {
		s.endpoint.log.Error("the payload of a refused join cannot be encoded", "topic", s.endpoint.topic(m.Topic), "error", err)
		f, _ = s.encodeReply(m.JoinRef, m, Error(joinCrashed))
	}
	return f
}

// turnAway ends a channel that did not come to be. One that refused is told of
// its end, one that crashed in Join is not (PROTOCOL.md §4.4). It has nobody to
// talk to: its phase is still that of joining.
func (s *Socket) turnAway(err error) {
	defer s.finish()
	s.mu.Lock()
	s.ends = true
	s.mu.Unlock()
	if _, refused := rejected(err); refused {
		s.terminate(ErrShutdown)
	} else if s.begun {
		s.terminate(crash(err))
	}
}

// open lets an admitted channel live. The client hears, in this order, the
// join's reply, the last words of the channel that it replaces, and then what
// the new one says (PROTOCOL.md §4.5).
func (s *Session) open(c *Socket, answer protocol.Frame, last []protocol.Frame) {
	// Subscribed before the reply: the client must not miss what is broadcast
	// once it knows that it has joined. What comes now is held back.
	subscription := s.endpoint.bus.Subscribe(c.topic, c)

	s.mu.Lock()
	if s.channels == nil {
		s.channels = make(map[string]*Socket, 1)
	}
	s.channels[c.topic] = c
	s.mu.Unlock()

	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscription = subscription
	if len(last) == 0 && len(c.held) == 0 {
		s.answer(answer)
	} else {
		s.send(answer)
		s.sendAll(last)
		s.sendAll(c.held)
		c.held = nil
	}
	c.phase = joined
	c.work()
}
