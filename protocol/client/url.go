package client

import (
	"fmt"
	"net/url"
	"strings"
)

// A mount is the URL of a socket on a server.
type mount struct{ base url.URL }

// parseMount takes a URL of any of the schemes that the transports have.
func parseMount(text string) (mount, error) {
	u, err := url.Parse(text)
	if err != nil {
		return mount{}, fmt.Errorf("client: %w", err)
	}
	switch u.Scheme {
	case "ws", "http":
		u.Scheme = "http"
	case "wss", "https":
		u.Scheme = "https"
	default:
		return mount{}, fmt.Errorf("client: the URL %q must begin with ws://, wss://, http:// or https://", text)
	}
	if u.Host == "" {
		return mount{}, fmt.Errorf("client: the URL %q names no host", text)
	}
	u.Fragment, u.RawFragment = "", ""
	return mount{*u}, nil
}

// String returns the URL without what may be secret, for logs.
func (m mount) String() string {
	u := m.base
	u.User, u.RawQuery = nil, ""
	return u.String()
}

// url returns the address of one transport, with the parameters of the client; vsn is the last, as in phoenix.js.
func (m mount) url(suffix string, params url.Values, version string) string {
	u := *m.base.JoinPath(suffix)
	var query []string
	for _, part := range []string{m.base.RawQuery, params.Encode(), "vsn=" + url.QueryEscape(version)} {
		if part != "" {
			query = append(query, part)
		}
	}
	u.RawQuery = strings.Join(query, "&")
	return u.String()
}
