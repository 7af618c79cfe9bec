package longpoll

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// A Handler is the host's end of a session. Its methods are called by one goroutine at a time, in the order in which
// the client sent: Message for each message, at last Closed. They may call the session's methods.
type Handler interface {
	// Message takes one message. The data belongs to the handler from then on. It may block: the client's later messages
	// wait, and after Options.PublishTimeout their POSTs are answered with status 408. An error, or a panic, ends the
	// session: the POST answers status 408, every later request 410.
	Message(data []byte, binary bool) error

	// Closed tells that the session has ended, and why (errors.Is: ErrInactive, ErrSlow, ErrClosed, or the error that
	// Message returned). It is called once, and is the last call.
	Closed(cause error)
}

// Connect opens a session for a client: it decides whether the client may, and makes the session's handler. It is called on the
// goroutine of the client's request. The session may be sent to, and closed, at once and from anywhere.
//
// An error refuses the client with status 403; one that is ErrCrash, or a panic, is HTTP 500, and one that is
// ErrUnavailable HTTP 503. Then there is no session: what was sent to it is dropped.
type Connect func(s *Session) (Handler, error)

// A Server serves the long-polling of one mount: it owns the mount's sessions. Make one with NewServer.
type Server struct {
	options Options
	tokens  *signer

	mu       sync.Mutex
	sessions map[sessionID]*Session // those that may be polled
	places   int                    // taken by sessions: being connected, live, and ended until Closed has returned
	closing  bool
	empty    chan struct{} // closed when closing and no place is taken
}

// NewServer returns a server without sessions.
func NewServer(o Options) *Server {
	o = o.withDefaults()
	return &Server{
		options:  o,
		tokens:   newSigner(o.TokenMaxAge),
		sessions: make(map[sessionID]*Session),
		empty:    make(chan struct{}),
	}
}

// tokenHeader goes before the query parameter, even when it is empty (PROTOCOL.md §5.1).
const tokenHeader = "X-Phoenix-Longpoll-Token"

// Serve answers one request, whatever its method. The caller has checked the origin (see Refuse) and decoded the query:
// queryToken is its parameter "token", empty if there is none. connect is called if the request opens a session.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, queryToken string, connect Connect) {
	allowAnyOrigin(w)
	switch r.Method {
	case http.MethodGet:
		if session, token := s.find(r, queryToken); session == nil || !session.poll(w, r, token) {
			s.open(w, connect)
		}
	case http.MethodPost:
		if session, _ := s.find(r, queryToken); session != nil {
			session.publish(w, r)
		} else {
			s.answer(w, statusGone)
		}
	case http.MethodOptions:
		preflight(w, r)
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
}

// find returns the live session that the request names, and the token with which it does, or nil.
func (s *Server) find(r *http.Request, queryToken string) (*Session, string) {
	token := queryToken
	if header := r.Header[tokenHeader]; len(header) > 0 {
		token = header[0]
	}
	id, ok := s.tokens.verify(token, time.Now())
	if !ok {
		return nil, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id], token
}

// open makes a new session, if connect agrees.
func (s *Server) open(w http.ResponseWriter, connect Connect) {
	if !s.takePlace() {
		unavailable(w, "no room for another long-poll session; try again later")
		return
	}
	session := newSession(s)
	handler, err := s.connect(connect, session)
	if err != nil {
		session.discard()
		s.leavePlace()
		switch {
		case errors.Is(err, ErrCrash):
			http.Error(w, "connecting failed", http.StatusInternalServerError)
		case errors.Is(err, ErrUnavailable):
			unavailable(w, "no long-poll session is opened at the moment; try again later")
		default:
			s.answer(w, statusForbidden)
		}
		return
	}
	if !s.enter(session) {
		session.end(ErrClosed)
	}
	session.start(handler)
	s.answerMessages(w, codeGone, s.tokens.sign(session.id, time.Now()), nil)
}

func unavailable(w http.ResponseWriter, why string) {
	w.Header().Set("Retry-After", "5")
	http.Error(w, why, http.StatusServiceUnavailable)
}

// connect calls the host's function and turns a panic into an error: a session that was being opened must give its place
// back.
func (s *Server) connect(connect Connect, session *Session) (handler Handler, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.options.Logger.Error("longpoll: connect panicked", "panic", v, "stack", string(debug.Stack()))
			err = ErrCrash
		}
	}()
	handler, err = connect(session)
	if handler == nil && err == nil {
		panic("connect returned neither a handler nor an error")
	}
	return handler, err
}

// takePlace reserves room for a session, before anything is spent on it.
func (s *Server) takePlace() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || s.places >= s.options.MaxSessions {
		return false
	}
	s.places++
	return true
}

func (s *Server) leavePlace() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.places--
	if s.closing && s.places == 0 {
		close(s.empty)
	}
}

// enter lets the session be found. It is false when the server was shut down meanwhile.
func (s *Server) enter(session *Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.sessions[session.id] = session
	return true
}

// forget makes sure that the session is not found any more.
func (s *Server) forget(id sessionID) {
	s.mu.Lock()
	delete(s.sessions, id)
	s.mu.Unlock()
}

// Sessions returns how many sessions are open: those that a request can reach.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Shutdown ends every session with ErrClosed and refuses new ones with HTTP 503 from now on. It returns when each handler's
// Closed has returned, or with the context's error. A host that drains in batches closes its sessions itself first.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	if first && s.places == 0 {
		close(s.empty)
	}
	sessions := make([]*Session, 0, len(s.sessions))
	for _, session := range s.sessions {
		sessions = append(sessions, session)
	}
	s.mu.Unlock()

	for _, session := range sessions {
		session.Close(closeRestart, "")
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
