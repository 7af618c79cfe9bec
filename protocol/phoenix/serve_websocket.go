package phoenix

import (
	"errors"
	"io"
	"net/http"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// negotiator chooses a connection's serializer and asks the application whether
// it may be made.
type negotiator func(r request, transport string, authToken *string) (*Connection, protocol.Serializer, error)

// webSocket serves the WebSocket URL of a mount.
func (m *mount) webSocket() func(http.ResponseWriter, *http.Request, Params) {
	return func(w http.ResponseWriter, r *http.Request, variables Params) {
		m.serveWebSocket(w, r, variables, m.connect)
	}
}

// webSocket2015 serves the mount's path itself to the clients of 2015, who know
// of no version.
func (m *mount) webSocket2015() func(http.ResponseWriter, *http.Request, Params) {
	connect := func(r request, transport string, authToken *string) (*Connection, protocol.Serializer, error) {
		return m.admit(r, transport, authToken, protocol.V2015)
	}
	return func(w http.ResponseWriter, r *http.Request, variables Params) {
		m.serveWebSocket(w, r, variables, connect)
	}
}

// serveWebSocket takes a request through the steps of PROTOCOL.md §1.3, in that
// order: the application is asked before the request is known to be an upgrade.
func (m *mount) serveWebSocket(w http.ResponseWriter, r *http.Request, variables Params, connect negotiator) {
	if r.Method != http.MethodGet {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	req, status := m.parse(r, variables)
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	if !m.allowed(r) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	authToken, subprotocol, ok := m.subprotocol(r)
	if !ok {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	c, serializer, err := connect(req, "websocket", authToken)
	if err != nil {
		m.refuse(w, r, err)
		return
	}
	if err := websocket.CheckUpgrade(r); err != nil {
		w.Header()["Content-Type"] = nil // or net/http would guess one
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, err.Error())
		return
	}
	options := m.options.WebSocket.Options
	options.Subprotocol = subprotocol
	if options.Logger == nil {
		options.Logger = m.endpoint.log
	}
	session := m.endpoint.prepare(m.user, c, serializer)
	// The handler's end comes before the close frame is out. The session ends behind it: when Shutdown returns the
	// process may end, and what has not been written by then never is.
	observer := options.Observer
	options.Observer = func(s websocket.Summary) {
		if observer != nil {
			observer(s)
		}
		session.died()
	}
	conn, err := websocket.Accept(w, r, options)
	if err != nil {
		m.endpoint.log.Warn("a WebSocket handshake failed", "error", err)
		session.Closed(err)
		return
	}
	session.attach(conn)
	session.born()
	conn.Serve(session)
}

// subprotocol returns the client's token, if it has one and the mount wants it,
// and the subprotocol to answer with; false refuses the request.
func (m *mount) subprotocol(r *http.Request) (authToken *string, subprotocol string, ok bool) {
	served, offered := m.options.Subprotocols, subprotocols(r)
	if m.options.AuthToken {
		token, rest, err := takeAuthToken(offered)
		if err != nil {
			m.endpoint.log.Warn("a client was refused", "error", err)
			return nil, "", false
		}
		authToken, offered = token, rest
		served = append([]string{"phoenix"}, served...)
	}
	if len(served) == 0 {
		return authToken, "", true
	}
	subprotocol, ok = chooseSubprotocol(served, offered)
	return authToken, subprotocol, ok
}

// refuse answers a request that the application, or the version, does not let
// in.
func (m *mount) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var crashed *CrashError
	switch {
	case errors.As(err, &crashed):
		m.endpoint.logCrash("", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	case m.options.Refused != nil && !errors.Is(err, protocol.ErrVersion):
		m.options.Refused(w, r, err)
	default:
		w.WriteHeader(http.StatusForbidden)
	}
}
