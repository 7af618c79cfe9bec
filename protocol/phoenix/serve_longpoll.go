package phoenix

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
)

// authTokenHeader carries the token over long polling, as it is, in the request
// that opens a session.
const authTokenHeader = "X-Phoenix-Authtoken"

// transportLongPoll is the Transport of a connection that polls.
const transportLongPoll = "longpoll"

// pollPatience is how long a POST waits for a channel that was idle to handle
// what it brought, so that the poll behind it finds the answer.
const pollPatience = 50 * time.Millisecond

// longPoll serves the long-poll URL of a mount.
func (m *mount) longPoll() func(http.ResponseWriter, *http.Request, Params) {
	options := m.options.LongPoll.Options
	if options.Logger == nil {
		options.Logger = m.endpoint.log
	}
	server := longpoll.NewServer(options)
	return func(w http.ResponseWriter, r *http.Request, variables Params) {
		req, status := m.parse(r, variables)
		if status != 0 {
			w.WriteHeader(status)
			return
		}
		if !m.allowed(r) {
			longpoll.Refuse(w)
			return
		}
		server.Serve(w, r, req.params.Get("token"), func(s *longpoll.Session) (longpoll.Handler, error) {
			return m.openLongPoll(req, s)
		})
	}
}

func (m *mount) openLongPoll(r request, s *longpoll.Session) (longpoll.Handler, error) {
	if m.endpoint.isDraining() {
		return nil, longpoll.ErrUnavailable
	}
	var authToken *string
	if tokens := r.Header[authTokenHeader]; m.options.AuthToken && len(tokens) > 0 {
		authToken = &tokens[0]
	}
	c, serializer, err := m.connect(r, transportLongPoll, authToken)
	var crashed *CrashError
	if errors.As(err, &crashed) {
		m.endpoint.logCrash("", err)
		return nil, fmt.Errorf("%w: %w", longpoll.ErrCrash, err)
	}
	if err != nil {
		return nil, err
	}
	session := m.endpoint.Open(m.user, c, serializer, s)
	session.patience = pollPatience
	return session, nil
}
