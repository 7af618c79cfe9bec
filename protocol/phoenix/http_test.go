package phoenix_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// answer serves a request without a network.
func answer(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var errRefused = errors.New("not you")

// PROTOCOL.md §1.3 and §1.2, with requests that are no upgrades: what may connect is told what is wrong with its headers.
func TestStatuses(t *testing.T) {
	const noUpgrade = "'connection' header must contain 'upgrade', got []"
	asked := 0
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/socket", &phoenix.UserSocket{Connect: func(_ *phoenix.Connection, p phoenix.Params, _ phoenix.ConnectInfo) error {
		asked++
		switch p.Get("how") {
		case "refuse":
			return errRefused
		case "panic":
			panic("in Connect")
		}
		return nil
	}}, phoenix.MountOptions{})
	for _, tt := range []struct {
		method, query string
		headers       []string
		status        int
		body          string
		asks          bool
	}{
		{"GET", "?vsn=2.0.0", nil, 400, noUpgrade, true},
		{"GET", "", nil, 400, noUpgrade, true},
		{"GET", "?how=refuse", nil, 403, "", true},
		{"GET", "?how=panic", nil, 500, "Internal Server Error\n", true},
		{"POST", "?vsn=2.0.0", nil, 400, "", false},
		{"PUT", "", nil, 400, "", false},
		{"HEAD", "", nil, 400, "", false},
		{"DELETE", "", nil, 400, "", false},
		{"OPTIONS", "", nil, 400, "", false},
		{"POST", "?a=%ff&" + strings.Repeat("x", 1_000_000), nil, 400, "", false}, // the method comes first
		{"GET", "?a=%ff", []string{"Origin", "http://evil.net"}, 400, "", false},  // then the query
		{"GET", "?" + strings.Repeat("x", 1_000_001), nil, 414, "", false},
		{"GET", "?vsn=9.9.9", []string{"Origin", "http://evil.net"}, 403, "", false}, // then the origin
		{"GET", "?vsn=9.9.9", nil, 403, "", false},                                   // then the version, then Connect
		{"GET", "?vsn[]=2.0.0", nil, 403, "", false},
		{"GET", "?vsn=2.0.0&vsn=1", nil, 403, "", false},
		{"GET", "?vsn=1&vsn=2.0.0", nil, 400, noUpgrade, true},
		{"GET", "", []string{"Connection", "upgrade", "Upgrade", "h2c"}, 400, `'upgrade' header must contain 'websocket', got ["h2c"]`, true},
		{"GET", "", []string{"Connection", "x, Upgrade", "Upgrade", "websocket", "Sec-Websocket-Version", "13"}, 400, "'sec-websocket-key' header is absent", true},
	} {
		asked = 0
		w := answer(e, tt.method, "/socket/websocket"+tt.query, tt.headers...)
		if w.Code != tt.status || w.Body.String() != tt.body {
			t.Errorf("%s %.40s: %d %q; want %d %q", tt.method, tt.query, w.Code, w.Body, tt.status, tt.body)
		}
		if (asked == 1) != tt.asks {
			t.Errorf("%s %.40s: Connect was asked %d times", tt.method, tt.query, asked)
		}
	}
}

// PROTOCOL.md §2.
func TestVersions(t *testing.T) {
	log := new(logbook)
	e := mounted(phoenix.MountOptions{}, phoenix.Config{Logger: log.logger()})
	for vsn, ok := range map[string]bool{
		"1.0.0": true, "1.0.5": true, "2.0.0": true, "2.0.9": true, "2.0.1-rc.1": true, "2.0.0%2Bb": true,
		"1": false, "2": false, "2.0": false, "": false, "1.1.0": false, "2.1.0": false, "2.1.0-rc.1": false, "2.0.0-dev": false, "v2.0.0": false, "abc": false, "123.1.1": false,
	} {
		log.take()
		w := answer(e, "GET", "/socket/websocket?vsn="+vsn)
		if (w.Code == 400) != ok || !ok && (w.Code != 403 || w.Body.Len() > 0) {
			t.Errorf("vsn %q is answered %d %q", vsn, w.Code, w.Body)
		}
		if text := log.take(); strings.Contains(text, "level=WARN") == ok || strings.Contains(text, "connected") != ok {
			t.Errorf("vsn %q: logged:\n%s", vsn, text)
		}
	}
	only2 := mounted(phoenix.MountOptions{Serializers: []protocol.Version{{Serializer: protocol.V2, Requirement: "~> 2.0.0"}}}, phoenix.Config{})
	if w := answer(only2, "GET", "/socket/websocket"); w.Code != 403 {
		t.Errorf("a V1 client is answered %d where only V2 is served", w.Code)
	}
}

// A refusal may be answered in the application's own words; the version's may not.
func TestRefused(t *testing.T) {
	refused := func(w http.ResponseWriter, r *http.Request, reason error) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = fmt.Fprintf(w, "%s: %v", r.URL.Path, reason)
	}
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/socket", &phoenix.UserSocket{Connect: func(*phoenix.Connection, phoenix.Params, phoenix.ConnectInfo) error {
		return fmt.Errorf("wrapped: %w", errRefused)
	}}, phoenix.MountOptions{Refused: refused})
	if w := answer(e, "GET", "/socket/websocket"); w.Code != 429 || w.Body.String() != "/socket/websocket: wrapped: not you" {
		t.Errorf("answered %d %q", w.Code, w.Body)
	}
	if w := answer(e, "GET", "/socket/websocket?vsn=3.0.0"); w.Code != 403 || w.Body.Len() != 0 {
		t.Errorf("a version is answered %d %q", w.Code, w.Body)
	}
}

func TestConnectPanicIsLogged(t *testing.T) {
	log := new(logbook)
	e := phoenix.NewEndpoint(phoenix.Config{Logger: log.logger()})
	called := false
	e.Mount("/socket", &phoenix.UserSocket{Connect: func(*phoenix.Connection, phoenix.Params, phoenix.ConnectInfo) error { panic("ouch") }},
		phoenix.MountOptions{LongPoll: new(phoenix.LongPollOptions), Refused: func(http.ResponseWriter, *http.Request, error) { called = true }})
	for _, path := range []string{"/socket/websocket", "/socket/longpoll"} {
		if w := answer(e, "GET", path); w.Code != 500 {
			t.Errorf("%s is answered %d", path, w.Code)
		}
		if text := log.take(); !strings.Contains(text, "panic: ouch") || !strings.Contains(text, "http_test.go") {
			t.Errorf("%s: logged:\n%s", path, text)
		}
	}
	if called {
		t.Error("Refused was called for a panic")
	}
}

// served names who answers a path: a mount by its name, or "-".
func served(e *phoenix.Endpoint, target string) string {
	return answer(e, "GET", target).Header().Get("Served-By")
}

func mountNamed(e *phoenix.Endpoint, path, name string, o phoenix.MountOptions) {
	o.Refused = func(w http.ResponseWriter, _ *http.Request, reason error) {
		w.Header().Set("Served-By", name+reason.Error())
	}
	e.Mount(path, &phoenix.UserSocket{Connect: func(_ *phoenix.Connection, p phoenix.Params, _ phoenix.ConnectInfo) error {
		delete(p, "vsn")
		if len(p) == 0 {
			return errors.New("")
		}
		return fmt.Errorf(" %v", p)
	}}, o)
}

// PROTOCOL.md §1.1.
func TestMounts(t *testing.T) {
	c := quiet()
	c.NotFound = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Served-By", "-") })
	e := phoenix.NewEndpoint(c)
	mountNamed(e, "/socket", "first", phoenix.MountOptions{})
	mountNamed(e, "/socket", "last", phoenix.MountOptions{})
	mountNamed(e, "admin/deep/", "admin", phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Path: "/ws/v2"}})
	mountNamed(e, "/rooms/:room", "rooms", phoenix.MountOptions{})
	mountNamed(e, "/rooms/lobby", "lobby", phoenix.MountOptions{})
	mountNamed(e, "/_/:_hidden/:id", "hidden", phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Path: ":kind"}})
	mountNamed(e, "/", "root", phoenix.MountOptions{})
	mountNamed(e, "/sök a{b}", "escaped", phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Path: "/é"}})
	mountNamed(e, "/b%C3%A9%2f", "given escaped", phoenix.MountOptions{})
	mountNamed(e, "/empty", "empty", phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Path: "/"}})

	for target, want := range map[string]string{
		"/socket/websocket":                "last",
		"/socket/websocket/":               "last",
		"//socket///websocket":             "last",
		"/socket/websocket?vsn=2.0.0":      "last",
		"/socket":                          "-",
		"/socket/longpoll":                 "-", // not enabled
		"/socket/WebSocket":                "-",
		"/socket/websocket/more":           "-",
		"/sock%65t/websocket":              "-", // paths are compared before escapes are undone
		"/socket%2Fwebsocket":              "-",
		"/admin/deep/ws/v2":                "admin",
		"/admin/deep/websocket":            "-",
		"/rooms/kitchen/websocket":         "rooms map[room:kitchen]",
		"/rooms/lobby/websocket":           "lobby",
		"/rooms/a%20b%2Fc/websocket":       "rooms map[room:a b/c]",
		"/rooms/websocket":                 "-",
		"/rooms//websocket":                "-",
		"/rooms/x/websocket?room=y&a=1":    "rooms map[a:1 room:x]", // the path goes before the query
		"/rooms/x/websocket?room[y]=1":     "rooms map[room:x]",
		"/_/secret/7/socket":               "hidden map[id:7 kind:socket]",
		"/_/secret/7/socket?_hidden=there": "hidden map[_hidden:there id:7 kind:socket]",
		"/websocket":                       "root",
		"/":                                "-",
		"/empty":                           "empty",
		"/s%C3%B6k%20a%7Bb%7D/%C3%A9":      "escaped",
		"/b%C3%A9%2f/websocket":            "given escaped",
		"/rooms/%ff/websocket":             "",
		"/rooms/:room/websocket":           "rooms map[room::room]",
	} {
		if got := served(e, target); got != want {
			t.Errorf("%s is served by %q, want %q", target, got, want)
		}
	}
	if w := answer(e, "GET", "/rooms/%ff/websocket"); w.Code != 400 {
		t.Errorf("a path variable that is not UTF-8 is answered %d", w.Code)
	}
}

func TestDisabledTransports(t *testing.T) {
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/socket", new(phoenix.UserSocket), phoenix.MountOptions{
		WebSocket: phoenix.WebSocketOptions{Disabled: true}, LongPoll: &phoenix.LongPollOptions{Path: "poll"}, Serve2015: true,
	})
	for target, want := range map[string]int{"/socket/websocket": 404, "/socket": 404, "/socket/longpoll": 404, "/socket/poll?vsn=0": 200} {
		if w := answer(e, "GET", target); w.Code != want {
			t.Errorf("%s is answered %d, want %d", target, w.Code, want)
		}
	}
}

// Of one mount's transports long polling is tried first.
func TestLongPollingIsTriedFirst(t *testing.T) {
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/socket", new(phoenix.UserSocket), phoenix.MountOptions{
		WebSocket: phoenix.WebSocketOptions{Path: "/same"}, LongPoll: &phoenix.LongPollOptions{Path: "/same"},
	})
	if w := answer(e, "GET", "/socket/same?vsn=0"); w.Code != 200 || !strings.Contains(w.Body.String(), `"status":403`) {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
}

func TestHandlerForAnotherRouter(t *testing.T) {
	e := mounted(phoenix.MountOptions{}, phoenix.Config{})
	if h := e.Handler(httptest.NewRequest("GET", "/elsewhere", nil)); h != nil {
		t.Error("a handler for a path that nothing serves")
	}
	r := httptest.NewRequest("GET", "/socket/websocket", nil)
	h := e.Handler(r)
	if h == nil {
		t.Fatal("no handler for a mount")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 400 {
		t.Errorf("answered %d", w.Code)
	}
	if w := answer(phoenix.NewEndpoint(quiet()), "GET", "/"); w.Code != 404 {
		t.Errorf("an endpoint without mounts answers %d", w.Code)
	}
}

// PROTOCOL.md §1.8, and §1.2 for what the parameters are.
func TestConnectInfo(t *testing.T) {
	var (
		got    phoenix.ConnectInfo
		params phoenix.Params
		conn   phoenix.Connection
	)
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/socket/:tenant", &phoenix.UserSocket{Connect: func(c *phoenix.Connection, p phoenix.Params, info phoenix.ConnectInfo) error {
		got, params, conn = info, p, *c
		return errRefused
	}}, phoenix.MountOptions{LongPoll: new(phoenix.LongPollOptions)})
	headers := []string{"X-Forwarded-For", "1.2.3.4", "X-One", "a", "x-one", "b", "Traceparent", "00-1", "Tracestate", "s", "User-Agent", "phoenix.js",
		"Sec-Websocket-Version", "13", "Sec-Websocket-Extensions", "x", "Cookie", "secret", "Authorization", "secret"}
	for transport, path := range map[string]string{"websocket": "/socket/t1/websocket", "longpoll": "/socket/t1/longpoll"} {
		target := "http://example.com:4000" + path + "?vsn=2.0.0&user[name]=x&list[]=1"
		answer(e, "GET", target, headers...)
		for name, headers := range map[string][2]http.Header{
			"XHeaders":         {got.XHeaders(), {"X-Forwarded-For": {"1.2.3.4"}, "X-One": {"a", "b"}}},
			"TraceHeaders":     {got.TraceHeaders(), {"Traceparent": {"00-1"}, "Tracestate": {"s"}}},
			"WebSocketHeaders": {got.WebSocketHeaders(), {"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Extensions": {"x"}}},
		} {
			if !reflect.DeepEqual(headers[0], headers[1]) {
				t.Errorf("%s: %s are %v, want %v", transport, name, headers[0], headers[1])
			}
		}
		if cookie := got.Header.Get("Cookie"); cookie != "secret" {
			t.Errorf("%s: the cookie is %q", transport, cookie)
		}
		got.Header = nil
		want := phoenix.ConnectInfo{PeerAddr: "192.0.2.1:1234", URI: must(url.Parse(target)), UserAgent: "phoenix.js"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: Connect was told\n\t%+v, want\n\t%+v", transport, got, want)
		}
		if want := (phoenix.Params{"vsn": "2.0.0", "user": phoenix.Params{"name": "x"}, "list": []any{"1"}, "tenant": "t1"}); !reflect.DeepEqual(params, want) {
			t.Errorf("%s: the parameters are %v, want %v", transport, params, want)
		}
		if want := (phoenix.Connection{Transport: transport}); conn != want {
			t.Errorf("the connection is %+v, want %+v", conn, want)
		}
	}
	answer(e, "GET", "https://example.com/socket/t1/websocket")
	if got.URI.Scheme != "https" || got.TLS == nil || got.XHeaders() != nil || got.TraceHeaders() != nil || got.WebSocketHeaders() != nil {
		t.Errorf("Connect was told %+v", got)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A mount that cannot work says so when the server starts.
func TestConfigurationErrors(t *testing.T) {
	newChannel := func() phoenix.Channel { return nil }
	route := func(pattern string) *phoenix.UserSocket {
		return &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "fine:*", New: newChannel}, {Pattern: pattern, New: newChannel}}}
	}
	for name, tt := range map[string]struct {
		u    *phoenix.UserSocket
		o    phoenix.MountOptions
		want string
	}{
		"star inside":         {route("a*b"), phoenix.MountOptions{}, `route "a*b": a * may only be the last character`},
		"star first":          {route("*a"), phoenix.MountOptions{}, `route "*a": a * may only be the last character`},
		"two stars":           {route("a**"), phoenix.MountOptions{}, `route "a**": a * may only be the last character`},
		"no factory":          {&phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "a"}}}, phoenix.MountOptions{}, `route "a": New is nil`},
		"no socket":           {nil, phoenix.MountOptions{}, "there is no UserSocket"},
		"no transport":        {route("a"), phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Disabled: true}}, "no transport is enabled"},
		"no serializer":       {route("a"), phoenix.MountOptions{Serializers: []protocol.Version{{Requirement: "~> 2.0.0"}}}, "has no serializer"},
		"no such range":       {route("a"), phoenix.MountOptions{Serializers: []protocol.Version{{Serializer: protocol.V2, Requirement: "2"}}}, `"2" is not of the form`},
		"both routes at once": {&phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "a"}, {Pattern: "*b", New: newChannel}}}, phoenix.MountOptions{}, "New is nil\nroute \"*b\""},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				text := fmt.Sprint(recover())
				if !strings.Contains(text, "phoenix: cannot mount /socket: ") || !strings.Contains(text, tt.want) {
					t.Errorf("Mount says %q, want %q", text, tt.want)
				}
			}()
			phoenix.NewEndpoint(quiet()).Mount("/socket", tt.u, tt.o)
		})
	}
	func() {
		defer func() {
			if text := fmt.Sprint(recover()); !strings.Contains(text, `phoenix: cannot mount /100%/websocket: invalid URL escape "%"`) {
				t.Errorf("Mount says %q", text)
			}
		}()
		phoenix.NewEndpoint(quiet()).Mount("/100%", route("a"), phoenix.MountOptions{})
	}()
	for _, pattern := range []string{"*", "a*", "a:*", "exact", ""} {
		phoenix.NewEndpoint(quiet()).Mount("/socket", route(pattern), phoenix.MountOptions{})
	}
}

// Long polling refuses in its own way: HTTP 200 with the status inside (PROTOCOL.md §1.4, §2).
func TestLongPollRefusals(t *testing.T) {
	e := phoenix.NewEndpoint(quiet())
	refuse := true
	e.Mount("/socket", &phoenix.UserSocket{Connect: func(*phoenix.Connection, phoenix.Params, phoenix.ConnectInfo) error {
		if refuse {
			return errRefused
		}
		return nil
	}}, phoenix.MountOptions{LongPoll: new(phoenix.LongPollOptions), Refused: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(429) }})
	for _, tt := range []struct {
		query   string
		headers []string
		code    int
		body    string
	}{
		{"?vsn=2.0.0", nil, 200, `{"status":403}`},
		{"?vsn=1", nil, 200, `{"status":403}`},
		{"", []string{"Origin", "http://evil.net"}, 200, `{"status":403}`},
		{"?a=%ff", nil, 400, ""},
		{"?" + strings.Repeat("x", 1_000_001), nil, 414, ""},
	} {
		w := answer(e, "GET", "/socket/longpoll"+tt.query, tt.headers...)
		if w.Code != tt.code || w.Body.String() != tt.body {
			t.Errorf("%.40s is answered %d %q, want %d %q", tt.query, w.Code, w.Body, tt.code, tt.body)
		}
	}
	refuse = false
	if w := answer(e, "GET", "/socket/longpoll?vsn=2.0.0"); !strings.Contains(w.Body.String(), `"status":410`) {
		t.Errorf("answered %s", w.Body)
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// The body of an upgrade's 400 is one line of text without a type that net/http would have guessed.
func TestUpgradeErrorHasNoType(t *testing.T) {
	server := httptest.NewServer(mounted(phoenix.MountOptions{}, phoenix.Config{}))
	defer server.Close()
	resp, err := http.Get(server.URL + "/socket/websocket")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if types := resp.Header.Values("Content-Type"); resp.StatusCode != 400 || len(types) != 0 || strings.Count(string(body), "\n") != 0 {
		t.Errorf("answered %d, %v, %q", resp.StatusCode, types, body)
	}
}
