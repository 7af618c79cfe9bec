package phoenix_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// asked answers whether a page of an origin may connect: a request that may gets as far as its headers, which are wrong.
func asked(t *testing.T, e *phoenix.Endpoint, r *http.Request) bool {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	switch w.Code {
	case http.StatusBadRequest:
		return true
	case http.StatusForbidden:
		if w.Body.Len() != 0 {
			t.Errorf("a 403 with the body %q", w.Body)
		}
		return false
	}
	t.Fatalf("answered %d", w.Code)
	return false
}

func from(origin string) *http.Request {
	r := httptest.NewRequest("GET", "/socket/websocket?vsn=2.0.0", nil)
	r.Header.Set("Origin", origin)
	return r
}

func mounted(o phoenix.MountOptions, c phoenix.Config) *phoenix.Endpoint {
	if c.Logger == nil {
		c.Logger = quiet().Logger
	}
	e := phoenix.NewEndpoint(c)
	e.Mount("/socket", &phoenix.UserSocket{}, o)
	return e
}

func list4(t *testing.T, origins ...string) phoenix.OriginCheck {
	t.Helper()
	check, err := phoenix.OriginList(origins...)
	if err != nil {
		t.Fatal(err)
	}
	return check
}

// PROTOCOL.md §1.4, and §11.4 to 12.
func TestOrigins(t *testing.T) {
	hostless := []string{"null", "file://", "", "file:///etc/passwd", "example.com", "about:blank", "http://", "/", "http://[broken", "%"}
	for _, tt := range []struct {
		name  string
		o     phoenix.MountOptions
		c     phoenix.Config
		allow []string
		deny  []string
	}{
		{name: "nothing configured: the request's host (example.com)",
			allow: []string{"http://example.com", "https://example.com", "HTTP://example.com", "http://example.com:4000", "//example.com", "ws://example.com"},
			deny:  append(hostless, "http://www.example.com", "http://example.org", "http://example.com.evil.net", "http://example.com@evil.net", "http://Example.com", "http://:80")},
		{name: "configured host", c: phoenix.Config{Host: "host.com"},
			allow: []string{"http://host.com", "https://host.com", "http://host.com:81", "//host.com", "ws://host.com/path"},
			deny:  append(hostless, "http://example.com", "http://www.host.com", "http://host.com.", "http://HOST.com")},
		{name: "any", o: phoenix.MountOptions{CheckOrigin: phoenix.AnyOrigin},
			allow: append(hostless, "http://example.com", "https://evil.net:81")},
		{name: "host only", o: phoenix.MountOptions{CheckOrigin: list4(t, "//example.com", "//other.com:81")},
			allow: []string{"http://example.com", "https://example.com", "http://example.com:81", "ws://example.com", "http://other.com:81", "https://other.com:81"},
			deny:  append(hostless, "http://sub.example.com", "http://other.com", "http://other.com:82", "http://notexample.com")},
		{name: "scheme and host, which has a default port", o: phoenix.MountOptions{CheckOrigin: list4(t, "https://example.com", "http://plain.com")},
			allow: []string{"https://example.com", "https://example.com:443", "http://plain.com", "http://plain.com:80", "HTTPS://example.com"},
			deny:  append(hostless, "http://example.com", "https://example.com:444", "wss://example.com", "https://plain.com", "http://plain.com:443", "//example.com", "//example.com:443")},
		{name: "scheme, host and port", o: phoenix.MountOptions{CheckOrigin: list4(t, "http://example.com:8080", "//any.com:80")},
			allow: []string{"http://example.com:8080", "http://any.com", "http://any.com:80", "//any.com:80", "ws://any.com"},
			deny:  append(hostless, "https://example.com:8080", "http://example.com", "http://example.com:80", "https://any.com", "//any.com")},
		{name: "wildcard", o: phoenix.MountOptions{CheckOrigin: list4(t, "//*.w.com", "https://*.s.com")},
			allow: []string{"http://w.com", "http://a.w.com", "https://a.b.w.com:81", "https://s.com", "https://a.s.com"},
			deny:  append(hostless, "http://xw.com", "http://w.com.evil.net", "http://a.com", "http://a.s.com", "https://a.s.com:81", "http://.com")},
		{name: "the request's own", o: phoenix.MountOptions{CheckOrigin: phoenix.SameOrigin},
			allow: []string{"http://example.com", "http://example.com:80"},
			deny:  append(hostless, "https://example.com", "http://example.com:81", "ws://example.com", "wss://example.com", "http://a.example.com", "//example.com")},
		{name: "an empty list", o: phoenix.MountOptions{CheckOrigin: list4(t)},
			deny: append(hostless, "http://example.com")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := mounted(tt.o, tt.c)
			for _, origin := range tt.allow {
				if !asked(t, e, from(origin)) {
					t.Errorf("%q may not connect", origin)
				}
			}
			for _, origin := range tt.deny {
				if asked(t, e, from(origin)) {
					t.Errorf("%q may connect", origin)
				}
			}
			if !asked(t, e, httptest.NewRequest("GET", "/socket/websocket?vsn=2.0.0", nil)) {
				t.Error("a request without an origin may not connect")
			}
		})
	}
}

func TestOriginBehindPortsAndTLS(t *testing.T) {
	same := mounted(phoenix.MountOptions{CheckOrigin: phoenix.SameOrigin}, phoenix.Config{})
	host := mounted(phoenix.MountOptions{}, phoenix.Config{})
	for _, tt := range []struct {
		requestHost, origin string
		tls                 bool
		same, host          bool
	}{
		{"example.com:4000", "http://example.com:4000", false, true, true},
		{"example.com:4000", "http://example.com", false, false, true},
		{"example.com:443", "https://example.com", true, true, true},
		{"example.com", "https://example.com", true, true, true},
		{"example.com", "http://example.com", true, false, true},
		{"example.com", "wss://example.com", true, false, true},
		{"[::1]:4000", "http://[::1]:4000", false, true, true},
		{"[::1]", "http://[::1]", false, true, true},
		{"[::1]:4000", "http://[::2]:4000", false, false, false},
		{"", "http://:80", false, false, false},
		{"", "null", false, false, false},
	} {
		r := from(tt.origin)
		r.Host = tt.requestHost
		if tt.tls {
			r.TLS = new(tls.ConnectionState)
		}
		if got := asked(t, same, r); got != tt.same {
			t.Errorf("%q at %q: SameOrigin says %v", tt.origin, tt.requestHost, got)
		}
		if got := asked(t, host, r); got != tt.host {
			t.Errorf("%q at %q: the default says %v", tt.origin, tt.requestHost, got)
		}
	}
}

// A function is asked for origins without a host, too, and only if there is an origin.
func TestOriginFunction(t *testing.T) {
	var got []string
	allowNull := func(want string) phoenix.OriginCheck { // with an argument of its own
		return func(r *http.Request, origin *url.URL) bool {
			got = append(got, r.URL.Path+" "+origin.String())
			return origin.String() == want
		}
	}
	e := mounted(phoenix.MountOptions{CheckOrigin: allowNull("null")}, phoenix.Config{})
	for origin, want := range map[string]bool{"null": true, "file://": false, "": false, "http://example.com": false} {
		if asked(t, e, from(origin)) != want {
			t.Errorf("%q is not answered as the function says", origin)
		}
	}
	asked(t, e, httptest.NewRequest("GET", "/socket/websocket?vsn=2.0.0", nil))
	if len(got) != 4 || !strings.HasPrefix(got[0], "/socket/websocket ") {
		t.Errorf("the function was called for %q", got)
	}
}

// Only the first header counts.
func TestTwoOrigins(t *testing.T) {
	e := mounted(phoenix.MountOptions{}, phoenix.Config{})
	r := from("http://example.com")
	r.Header.Add("Origin", "http://evil.net")
	if !asked(t, e, r) {
		t.Error("the second header counted")
	}
	r = from("http://evil.net")
	r.Header.Add("Origin", "http://example.com")
	if asked(t, e, r) {
		t.Error("the second header counted")
	}
}

// PROTOCOL.md §11.13: one socket at two mounts has two policies.
func TestOriginsOfTwoMounts(t *testing.T) {
	u := new(phoenix.UserSocket)
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/a", u, phoenix.MountOptions{CheckOrigin: list4(t, "//a.com")})
	e.Mount("/b", u, phoenix.MountOptions{CheckOrigin: list4(t, "//b.com")})
	for path, want := range map[string]string{"/a": "http://a.com", "/b": "http://b.com"} {
		for _, origin := range []string{"http://a.com", "http://b.com"} {
			r := from(origin)
			r.URL.Path = path + "/websocket"
			if asked(t, e, r) != (origin == want) {
				t.Errorf("%s at %s", origin, path)
			}
		}
	}
}

func TestOriginRefusalIsLogged(t *testing.T) {
	log := new(logbook)
	e := mounted(phoenix.MountOptions{}, phoenix.Config{Logger: log.logger()})
	asked(t, e, from("http://evil.net"))
	if text := log.take(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, "http://evil.net") {
		t.Errorf("logged:\n%s", text)
	}
}

func TestOriginListErrors(t *testing.T) {
	for entry, want := range map[string]string{
		"example.com":         "has no host: write it as",
		"":                    "has no host",
		"https://":            "has no host",
		"https://:443":        "has no host",
		"/path":               "has no host",
		"http://a b":          `origin "http://a b"`,
		"//example.com:x":     "invalid port",
		"example.com:8080":    "origin",
		"https:///only/a/way": "has no host",
	} {
		if _, err := phoenix.OriginList("https://fine.com", entry); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", entry, err)
		}
	}
}
