package phoenix

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// OriginCheck decides whether a page of this origin may connect. It is asked
// only when the request names an origin, as browsers' requests do: others are
// always let in (PROTOCOL.md §1.4). An origin that is no address with a host,
// such as "null", has an empty Host.
type OriginCheck func(r *http.Request, origin *url.URL) bool

// AnyOrigin lets every page on the web connect in its visitors' names. It is
// right where a connection proves nothing about who makes it.
func AnyOrigin(*http.Request, *url.URL) bool { return true }

// SameOrigin wants the origin's scheme, host and port to be the request's own.
// Behind a proxy that ends TLS the request's scheme is http: use [OriginList].
func SameOrigin(r *http.Request, origin *url.URL) bool {
	own := url.URL{Scheme: requestScheme(r), Host: r.Host}
	return origin.Hostname() != "" && origin.Scheme == own.Scheme &&
		origin.Hostname() == own.Hostname() && port(origin) == port(&own)
}

// OriginHost wants the origin's host to be this one, a name or an address
// without a port; the origin's scheme and port are free.
func OriginHost(host string) OriginCheck {
	return func(_ *http.Request, origin *url.URL) bool {
		return origin.Hostname() != "" && origin.Hostname() == host
	}
}

// requestHost is OriginHost for the host that the request names.
func requestHost(r *http.Request, origin *url.URL) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return origin.Hostname() != "" && origin.Hostname() == strings.Trim(host, "[]")
}

// OriginList wants the origin to match one of the list, written as
// "https://example.com", "//example.com:8080" or "//example.com": a part left
// out matches anything, but a scheme without a port means its default port. A
// host that begins with "*." matches the domain and all its subdomains. An
// entry without a host is an error.
func OriginList(origins ...string) (OriginCheck, error) {
	allowed := make([]*url.URL, len(origins))
	for i, o := range origins {
		u, err := url.Parse(o)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", o, err)
		}
		if u.Hostname() == "" {
			return nil, fmt.Errorf("origin %q has no host: write it as https://example.com, //example.com:8080 or //*.example.com", o)
		}
		allowed[i] = u
	}
	return func(_ *http.Request, origin *url.URL) bool {
		for _, a := range allowed {
			if matchesOrigin(a, origin) {
				return true
			}
		}
		return false
	}, nil
}

func matchesOrigin(allowed, origin *url.URL) bool {
	return origin.Hostname() != "" &&
		(allowed.Scheme == "" || allowed.Scheme == origin.Scheme) &&
		(port(allowed) == "" || port(allowed) == port(origin)) &&
		matchesHost(allowed.Hostname(), origin.Hostname())
}

func matchesHost(allowed, host string) bool {
	if domain, ok := strings.CutPrefix(allowed, "*."); ok {
		return host == domain || strings.HasSuffix(host, "."+domain)
	}
	return host == allowed
}

// port returns an address's port, the scheme's own if it names none, and ""
// if the scheme has none that is known.
func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	switch u.Scheme {
	case "http", "ws":
		return "80"
	case "https", "wss":
		return "443"
	}
	return ""
}

// allows applies a check to a request.
func (check OriginCheck) allows(r *http.Request) bool {
	headers := r.Header["Origin"]
	if len(headers) == 0 {
		return true
	}
	origin, err := url.Parse(headers[0])
	if err != nil {
		origin = &url.URL{Opaque: headers[0]}
	}
	return check(r, origin)
}
