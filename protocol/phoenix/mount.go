package phoenix

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// MountOptions says how a socket is served at a path. The zero value serves
// WebSocket alone, to pages of the endpoint's own host, as in Phoenix.
type MountOptions struct {
	// WebSocket is how WebSocket is served, below the path at "/websocket".
	WebSocket WebSocketOptions
	// LongPoll, if not nil, serves long polling too, at "/longpoll". Clients
	// behind proxies that break WebSocket need it.
	LongPoll *LongPollOptions
	// CheckOrigin decides which web pages may connect. Nil: pages of
	// Config.Host.
	CheckOrigin OriginCheck
	// AuthToken lets clients send a token outside of the parameters, which end
	// up in logs: ConnectInfo.AuthToken (PROTOCOL.md §1.5).
	AuthToken bool
	// Subprotocols are the WebSocket subprotocols that the server speaks, the
	// most wanted first. A client that offers only others is refused. Empty:
	// what clients offer is ignored.
	Subprotocols []string
	// Serializers are the protocol versions that are spoken. Nil is V1 for
	// "~> 1.0.0" and V2 for "~> 2.0.0".
	Serializers []protocol.Version
	// Refused answers a WebSocket request whose Connect returned an error. Nil
	// is an empty 403.
	Refused func(w http.ResponseWriter, r *http.Request, reason error)
	// Serve2015 also upgrades at the path itself, without a version, for the
	// clients of 2015 (phoenix.js 0.11 to 0.13.0; PROTOCOL.md §10.8).
	Serve2015 bool
}

// WebSocketOptions is how a mount serves WebSocket.
type WebSocketOptions struct {
	// Options are the transport's. Subprotocol has no effect: the mount's
	// Subprotocols decide.
	websocket.Options
	// Path is added to the mount's; "" is "/websocket".
	Path string
	// Disabled leaves WebSocket out.
	Disabled bool
}

// LongPollOptions is how a mount serves long polling.
type LongPollOptions struct {
	// Options are the transport's. A nil Logger is that of the endpoint.
	longpoll.Options
	// Path is added to the mount's; "" is "/longpoll".
	Path string
}

// mount is a socket at a path.
type mount struct {
	endpoint *Endpoint
	user     *UserSocket
	options  MountOptions
	// entries are the URLs below the path, in the order in which they are
	// tried.
	entries []entry
}

// entry is one URL of a mount.
type entry struct {
	pattern []string // of path segments; ":name" matches any
	serve   func(w http.ResponseWriter, r *http.Request, variables Params)
}

// Mount serves a socket at a path, whose segments may be variables: ":name"
// becomes a parameter, unless its name begins with an underscore. The path may
// be written with percent escapes or without. Of mounts at the same path, the
// last one wins. A configuration that cannot work panics. Everything must be
// mounted before the endpoint serves.
func (e *Endpoint) Mount(path string, u *UserSocket, o MountOptions) {
	if u == nil {
		panic(fmt.Sprintf("phoenix: cannot mount %s: there is no UserSocket", path))
	}
	if err := u.validate(); err != nil {
		panic(fmt.Sprintf("phoenix: cannot mount %s: %v", path, err))
	}
	if o.CheckOrigin == nil {
		o.CheckOrigin = requestHost
		if e.config.Host != "" {
			o.CheckOrigin = OriginHost(e.config.Host)
		}
	}
	m := &mount{endpoint: e, user: u, options: o}
	if o.LongPoll != nil {
		m.entries = append(m.entries, entry{pattern(path, o.LongPoll.Path, "/longpoll"), m.longPoll()})
	}
	if !o.WebSocket.Disabled {
		m.entries = append(m.entries, entry{pattern(path, o.WebSocket.Path, "/websocket"), m.webSocket()})
		if o.Serve2015 {
			m.entries = append(m.entries, entry{escaped(path), m.webSocket2015()})
		}
	}
	for _, v := range o.Serializers {
		if err := v.Check(); err != nil {
			panic(fmt.Sprintf("phoenix: cannot mount %s: %v", path, err))
		}
	}
	if len(m.entries) == 0 {
		panic(fmt.Sprintf("phoenix: cannot mount %s: no transport is enabled", path))
	}
	e.mounts = append(e.mounts, m)
}

func pattern(path, suffix, standard string) []string {
	if suffix == "" {
		suffix = standard
	}
	return escaped(path + "/" + strings.TrimPrefix(suffix, "/"))
}

// escaped returns the segments of a path to mount at as the paths of requests
// name them: what cannot stand in those as it is, they escape.
func escaped(path string) []string {
	pattern := segments(path)
	for i, segment := range pattern {
		if strings.HasPrefix(segment, ":") {
			continue
		}
		plain, err := url.PathUnescape(segment)
		if err != nil {
			panic(fmt.Sprintf("phoenix: cannot mount %s: %v: a percent sign is written %%25", path, err))
		}
		u := url.URL{Path: plain, RawPath: segment}
		pattern[i] = u.EscapedPath()
	}
	return pattern
}

// segments splits a path; empty segments do not count.
func segments(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

// ServeHTTP serves the mounts, and what is at none of them with
// Config.NotFound. Paths are compared before percent escapes are undone.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if serve := e.Handler(r); serve != nil {
		serve.ServeHTTP(w, r)
		return
	}
	e.config.NotFound.ServeHTTP(w, r)
}

// Handler returns what serves the request's path, nil if no mount does: for
// servers that have a router of their own to ask next.
func (e *Endpoint) Handler(r *http.Request) http.Handler {
	path := segments(r.URL.EscapedPath())
	for _, m := range slices.Backward(e.mounts) {
		for _, entry := range m.entries {
			if variables, ok := entry.match(path); ok {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					entry.serve(w, r, variables)
				})
			}
		}
	}
	return nil
}

func (e entry) match(path []string) (Params, bool) {
	if len(path) != len(e.pattern) {
		return nil, false
	}
	var variables Params
	for i, want := range e.pattern {
		name, variable := strings.CutPrefix(want, ":")
		if !variable {
			if path[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(path[i])
		if err != nil {
			return nil, false
		}
		if !strings.HasPrefix(name, "_") {
			if variables == nil {
				variables = make(Params)
			}
			variables[name] = value
		}
	}
	return variables, true
}

// request is a client's request to connect, as far as both transports treat it
// alike.
type request struct {
	*http.Request
	params Params
}

// parse decodes a request's parameters, or returns the HTTP status to refuse it
// with.
func (m *mount) parse(r *http.Request, variables Params) (request, int) {
	params, err := parseParams(r.URL.RawQuery)
	switch {
	case errors.Is(err, errQueryTooLong):
		return request{}, http.StatusRequestURITooLong
	case err != nil:
		return request{}, http.StatusBadRequest
	}
	for name, value := range variables {
		if text, ok := value.(string); ok && !utf8.ValidString(text) {
			return request{}, http.StatusBadRequest // like text in the query
		}
		params[name] = value
	}
	return request{r, params}, 0
}

// allowed applies the mount's origin check.
func (m *mount) allowed(r *http.Request) bool {
	if m.options.CheckOrigin.allows(r) {
		return true
	}
	m.endpoint.log.Error("a page of an origin that is not allowed tried to connect: allow it in CheckOrigin if it should",
		"origin", loggable(r.Header.Get("Origin")), "path", loggable(r.URL.Path))
	return false
}

// connect chooses the serializer and asks the application. A *CrashError means
// that it panicked.
func (m *mount) connect(r request, transport string, authToken *string) (*Connection, protocol.Serializer, error) {
	serializer, err := m.negotiate(r.params)
	if err != nil {
		m.endpoint.log.Warn("a client speaks a protocol version that is not served", "error", err)
		return nil, nil, err
	}
	return m.admit(r, transport, authToken, serializer)
}

func (m *mount) negotiate(params Params) (protocol.Serializer, error) {
	vsn, given := params["vsn"]
	if !given {
		vsn = "1.0.0"
	}
	text, ok := vsn.(string)
	if !ok {
		return nil, errVersionType
	}
	return protocol.Negotiate(m.options.Serializers, text)
}

var errVersionType = fmt.Errorf("%w: the vsn parameter is no string", protocol.ErrVersion)

func (m *mount) admit(r request, transport string, authToken *string, serializer protocol.Serializer) (*Connection, protocol.Serializer, error) {
	c := &Connection{Transport: transport}
	start := time.Now()
	err := protect(func() error {
		if m.user.Connect == nil {
			return nil
		}
		info := newConnectInfo(r.Request)
		info.AuthToken = authToken
		return m.user.Connect(c, r.params, info)
	})
	m.endpoint.logConnect(transport, r, start, err)
	if err != nil {
		return nil, nil, err
	}
	return c, serializer, nil
}
