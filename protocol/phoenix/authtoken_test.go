package phoenix_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

const bearer = "base64url.bearer.phx."

// tokenOf opens a connection with these subprotocol headers and returns the status, the token that Connect got ("none"),
// and the subprotocol of the answer.
func tokenOf(t *testing.T, o phoenix.MountOptions, headers ...string) (status int, token, answer string) {
	t.Helper()
	token = "not asked"
	e := phoenix.NewEndpoint(quiet())
	e.Mount("/socket", &phoenix.UserSocket{Connect: func(_ *phoenix.Connection, _ phoenix.Params, info phoenix.ConnectInfo) error {
		token = "none"
		if info.AuthToken != nil {
			token = *info.AuthToken
		}
		return nil
	}}, o)
	server := httptest.NewServer(e)
	defer server.Close()
	r := upgrade(t, server.URL+"/socket/websocket?vsn=2.0.0")
	r.Header["Sec-Websocket-Protocol"] = headers
	resp := roundTrip(t, r)
	return resp.StatusCode, token, resp.Header.Get("Sec-WebSocket-Protocol")
}

// upgrade makes a proper WebSocket request.
func upgrade(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		r.Header.Set(name, value)
	}
	return r
}

// roundTrip sends a request over a connection of its own, and hangs up.
func roundTrip(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close()
	}
	return resp
}

// PROTOCOL.md §1.5.
func TestAuthToken(t *testing.T) {
	std := base64.RawStdEncoding.EncodeToString
	on := phoenix.MountOptions{AuthToken: true}
	secret := "\xfb\xff\xfe secret?>" // "+/" in one alphabet, "-_" in the other
	for _, tt := range []struct {
		name    string
		o       phoenix.MountOptions
		headers []string
		status  int
		token   string
		answer  string
	}{
		{"phoenix.js", on, []string{"phoenix, " + bearer + std([]byte("1234"))}, 101, "1234", "phoenix"},
		{"two header lines", on, []string{"phoenix", bearer + std([]byte("1234"))}, 101, "1234", "phoenix"},
		{"token first, no spaces", on, []string{bearer + std([]byte("1234")) + ",phoenix"}, 101, "1234", "phoenix"},
		{"standard alphabet", on, []string{"phoenix, " + bearer + std([]byte(secret))}, 101, secret, "phoenix"},
		{"URL alphabet", on, []string{"phoenix, " + bearer + base64.RawURLEncoding.EncodeToString([]byte(secret))}, 101, secret, "phoenix"},
		{"padded", on, []string{"phoenix, " + bearer + base64.StdEncoding.EncodeToString([]byte("12"))}, 101, "12", "phoenix"},
		{"empty token", on, []string{"phoenix, " + bearer}, 101, "", "phoenix"},
		{"token alone", on, []string{bearer + std([]byte("1234"))}, 101, "1234", ""},
		{"no token", on, []string{"phoenix"}, 101, "none", "phoenix"},
		{"no header", on, nil, 101, "none", ""},
		{"two tokens: neither is used", on, []string{"phoenix, " + bearer + "MQ, " + bearer + "Mg"}, 101, "none", "phoenix"},
		{"two tokens alone", on, []string{bearer + "MQ, " + bearer + "Mg"}, 403, "not asked", ""},
		{"token and an unknown protocol", on, []string{"other, " + bearer + "MQ"}, 403, "not asked", ""},
		{"an unknown protocol", on, []string{"other"}, 403, "not asked", ""},
		{"not base64", on, []string{"phoenix, " + bearer + "!"}, 403, "not asked", ""},
		{"a length that base64 cannot have", on, []string{"phoenix, " + bearer + "A"}, 403, "not asked", ""},
		{"both alphabets at once", on, []string{"phoenix, " + bearer + "-+-+"}, 403, "not asked", ""},
		{"the mount's own protocols besides", phoenix.MountOptions{AuthToken: true, Subprotocols: []string{"v1"}}, []string{"v1, " + bearer + "MQ"}, 101, "1", "v1"},
		{"phoenix is wanted most", phoenix.MountOptions{AuthToken: true, Subprotocols: []string{"v1"}}, []string{"v1, phoenix, " + bearer + "MQ"}, 101, "1", "phoenix"},
		{"a mount without tokens ignores it", phoenix.MountOptions{}, []string{"phoenix, " + bearer + "MQ"}, 101, "none", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, token, answer := tokenOf(t, tt.o, tt.headers...)
			if status != tt.status || token != tt.token || answer != tt.answer {
				t.Errorf("status %d, token %q, subprotocol %q; want %d, %q, %q", status, token, answer, tt.status, tt.token, tt.answer)
			}
		})
	}
}

// PROTOCOL.md §1.6.
func TestSubprotocols(t *testing.T) {
	for _, tt := range []struct {
		name   string
		served []string
		header string
		status int
		answer string
	}{
		{"none served: ignored", nil, "phoenix, v1", 101, ""},
		{"served, none offered", []string{"v1"}, "", 101, ""},
		{"the server's order counts", []string{"v2", "v1"}, "v1, v2", 101, "v2"},
		{"one of them", []string{"v2", "v1"}, "x,v1 ,y", 101, "v1"},
		{"case counts", []string{"v1"}, "V1", 403, ""},
		{"none of them", []string{"v1"}, "v2", 403, ""},
		{"empty parts", []string{"v1"}, " , ,", 101, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.header != "" {
				headers = []string{tt.header}
			}
			status, _, answer := tokenOf(t, phoenix.MountOptions{Subprotocols: tt.served}, headers...)
			if status != tt.status || answer != tt.answer {
				t.Errorf("status %d, subprotocol %q; want %d, %q", status, answer, tt.status, tt.answer)
			}
		})
	}
}

// Over long polling the token is a header, and only what opens a session has one.
func TestAuthTokenOverLongPolling(t *testing.T) {
	for name, tt := range map[string]struct {
		o       phoenix.MountOptions
		headers []string
		want    string
	}{
		"token":            {phoenix.MountOptions{AuthToken: true}, []string{"a/b+c=="}, "a/b+c=="},
		"empty":            {phoenix.MountOptions{AuthToken: true}, []string{""}, ""},
		"none":             {phoenix.MountOptions{AuthToken: true}, nil, "none"},
		"mount without it": {phoenix.MountOptions{}, []string{"1234"}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			got := "not asked"
			tt.o.LongPoll = new(phoenix.LongPollOptions)
			e := phoenix.NewEndpoint(quiet())
			e.Mount("/socket", &phoenix.UserSocket{Connect: func(_ *phoenix.Connection, _ phoenix.Params, info phoenix.ConnectInfo) error {
				got = "none"
				if info.AuthToken != nil {
					got = *info.AuthToken
				}
				return nil
			}}, tt.o)
			r := httptest.NewRequest("GET", "/socket/longpoll?vsn=2.0.0", nil)
			r.Header["X-Phoenix-Authtoken"] = tt.headers
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			if !strings.Contains(w.Body.String(), `"status":410`) || got != tt.want {
				t.Errorf("Connect got the token %q, want %q; the answer is %s", got, tt.want, w.Body)
			}
			if err := e.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
