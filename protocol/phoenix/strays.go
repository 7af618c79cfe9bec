package phoenix

import (
	"sync"
	"time"
)

// strays counts the channels of a connection that are off their topic and yet
// have a callback running: abandoned ones, and those that terminate behind their
// phx_close. A client that joins again and again must not pile them up, so they
// count as channels do.
//
// Its mutex is the innermost.
type strays struct {
	mu    sync.Mutex
	n     int
	fewer chan struct{} // closed when one of them is done; made when somebody waits
}

func (st *strays) add(sign int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.n += sign
	if sign < 0 && st.fewer != nil {
		close(st.fewer)
		st.fewer = nil
	}
}

// reach returns nil if there are fewer than so many, and else what is closed when
// there is one less.
func (st *strays) reach(n int) <-chan struct{} {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.n < n {
		return nil
	}
	if st.fewer == nil {
		st.fewer = make(chan struct{})
	}
	return st.fewer
}

// stray counts a channel that is off its topic, if a callback of it runs, until
// that returns. The caller holds its lock.
func (s *Socket) stray() {
	if s.mailbox.running && s.phase < ended && !s.strays {
		s.strays = true
		s.session.strays.add(1)
	}
}

// letGo notes that the goroutine at work on the mailbox goes. The caller holds
// the lock.
func (s *Socket) letGo() {
	s.mailbox.running = false
	s.mailbox.rest()
	if s.strays {
		s.strays = false
		s.session.strays.add(-1)
	}
}

// awaitRoom reports whether the connection may have another channel. For those
// that stray it waits as long as for one that a duplicate join replaces: they may
// be about to return.
func (s *Session) awaitRoom(limit int) bool {
	var late <-chan time.Time
	for {
		s.mu.Lock()
		room := limit - len(s.channels)
		fewer := s.strays.reach(room)
		s.mu.Unlock()
		switch {
		case room <= 0:
			return false
		case fewer == nil:
			return true
		}
		if late == nil {
			timer := time.NewTimer(trapExitTimeout)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-fewer:
		case <-late:
			return false
		}
	}
}
