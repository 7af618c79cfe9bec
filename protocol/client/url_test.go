package client

import (
	"net/url"
	"strings"
	"testing"
)

func TestURL(t *testing.T) {
	for _, test := range []struct {
		base, params, suffix, want string
	}{
		{"ws://host", "", "websocket", "http://host/websocket?vsn=2.0.0"},
		{"wss://host:81/socket", "", "websocket", "https://host:81/socket/websocket?vsn=2.0.0"},
		{"http://host/a/socket/", "b=2&a=1", "longpoll", "http://host/a/socket/longpoll?a=1&b=2&vsn=2.0.0"},
		{"https://host/socket?k=v#fragment", "a=%26", "longpoll", "https://host/socket/longpoll?k=v&a=%26&vsn=2.0.0"},
		{"ws://user:secret@host/a%2Fb", "", "websocket", "http://user:secret@host/a%2Fb/websocket?vsn=2.0.0"},
	} {
		m, err := parseMount(test.base)
		if err != nil {
			t.Fatal(err)
		}
		params, _ := url.ParseQuery(test.params)
		if got := m.url(test.suffix, params, "2.0.0"); got != test.want {
			t.Errorf("%s: %s, want %s", test.base, got, test.want)
		}
		if text := m.String(); strings.Contains(text, "secret") || strings.Contains(text, "?") {
			t.Errorf("logs would show %s", text)
		}
	}
}
