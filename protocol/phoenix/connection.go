package phoenix

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
)

// Connection is one client's connection, WebSocket or long-poll session alike.
// [UserSocket.Connect] fills it in; afterwards its channels share it and must
// only read it.
type Connection struct {
	// ID names the connection for [Endpoint.Disconnect]; connections may share
	// one, as those of a user do. Empty: anonymous.
	ID string
	// Assigns is whatever Connect wants its channels to know.
	Assigns any
	// Transport is "websocket" or "longpoll", or what the caller of
	// [Endpoint.Open] named its own.
	Transport string
}

// ConnectInfo is what a client's opening request said beside its parameters
// (PROTOCOL.md §1.8). The cookie session of Plug is the one key of Phoenix's
// that is not offered. It is not kept: what the channels need of it, Connect
// puts into the connection's Assigns.
type ConnectInfo struct {
	// PeerAddr is the client's address and port as the HTTP server saw it.
	PeerAddr string
	// TLS is how the client connected over https, with the certificates that it
	// showed; nil over plain http.
	TLS *tls.ConnectionState
	// URI is the whole address of the request: scheme http or https, host,
	// path and query.
	URI *url.URL
	// UserAgent is the header of that name.
	UserAgent string
	// AuthToken is the token of a mount with MountOptions.AuthToken, nil where
	// the client sent none (PROTOCOL.md §1.5).
	AuthToken *string
	// Header is all headers of the request. XHeaders, TraceHeaders and
	// WebSocketHeaders pick what Phoenix offers of them.
	Header http.Header
}

// XHeaders returns the headers that begin with X-, nil if there are none.
func (i ConnectInfo) XHeaders() http.Header {
	return headersWhere(i.Header, func(name string) bool { return strings.HasPrefix(name, "X-") })
}

// TraceHeaders returns Traceparent and Tracestate, nil if there is neither.
func (i ConnectInfo) TraceHeaders() http.Header {
	return headersWhere(i.Header, func(name string) bool { return name == "Traceparent" || name == "Tracestate" })
}

// WebSocketHeaders returns the headers that begin with Sec-Websocket-, nil if
// there are none.
func (i ConnectInfo) WebSocketHeaders() http.Header {
	return headersWhere(i.Header, func(name string) bool { return strings.HasPrefix(name, "Sec-Websocket-") })
}

func newConnectInfo(r *http.Request) ConnectInfo {
	uri := *r.URL
	uri.Host = r.Host
	uri.Scheme = requestScheme(r)
	return ConnectInfo{PeerAddr: r.RemoteAddr, TLS: r.TLS, URI: &uri, UserAgent: r.UserAgent(), Header: r.Header}
}

func requestScheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// headersWhere returns the headers whose canonical names satisfy keep.
func headersWhere(h http.Header, keep func(name string) bool) http.Header {
	var kept http.Header
	for name, values := range h {
		if keep(name) {
			if kept == nil {
				kept = make(http.Header)
			}
			kept[name] = values
		}
	}
	return kept
}
