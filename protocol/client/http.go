package client

import (
	"encoding/base64"
	"net/http"
)

// httpClient is what makes the connections; own is its transport, unless it is the application's.
type httpClient struct {
	*http.Client
	own *http.Transport
}

func newHTTPClient(given *http.Client) httpClient {
	if given != nil {
		return httpClient{given, nil}
	}
	own := &http.Transport{Proxy: http.ProxyFromEnvironment}
	if standard, ok := http.DefaultTransport.(*http.Transport); ok {
		own = standard.Clone()
	}
	return httpClient{&http.Client{Transport: own}, own}
}

// close ends the connections that are kept for further requests.
func (h httpClient) close() {
	if h.own != nil {
		h.own.CloseIdleConnections()
	}
}

// The two ways in which the auth token is sent (PROTOCOL.md §1.5). Despite its prefix the subprotocol has the standard
// alphabet.
const (
	authTokenPrefix = "base64url.bearer.phx."
	authTokenHeader = "X-Phoenix-AuthToken"
)

func (h Handshake) subprotocols() []string {
	if h.AuthToken == "" {
		return nil
	}
	return []string{"phoenix", authTokenPrefix + base64.RawStdEncoding.EncodeToString([]byte(h.AuthToken))}
}
