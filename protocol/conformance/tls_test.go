package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A server behind TLS, with a path before the laboratory's.
func TestReplayOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake below fails on purpose
	server.StartTLS()
	defer server.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(server.Certificate())
	transcript, err := Parse([]byte(script(`{"do":"http","method":"GET","path":"/x","expect":{"status":200,"text":"/below/x"}}`)))
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{server.URL + "/below", server.URL + "/below/", "wss" + strings.TrimPrefix(server.URL, "https") + "/below"} {
		if err := Replay(t.Context(), base, transcript, Options{TLS: &tls.Config{RootCAs: trusted}}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	if err := Replay(t.Context(), server.URL+"/below", transcript, Options{}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want the certificate refused", err)
	}
}

func TestParseTarget(t *testing.T) {
	for base, want := range map[string]struct{ address, host, prefix, server string }{
		"http://a.example":           {"a.example:80", "a.example", "", ""},
		"ws://a.example:81/":         {"a.example:81", "a.example:81", "", ""},
		"https://a.example/x/y/":     {"a.example:443", "a.example", "/x/y", "a.example"},
		"wss://[::1]:4100/a%20b":     {"[::1]:4100", "[::1]:4100", "/a%20b", "::1"},
		"https://user@a.example:444": {"a.example:444", "a.example:444", "", "a.example"},
	} {
		got, err := parseTarget(base, Options{})
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		server := ""
		if got.tls != nil {
			server = got.tls.ServerName
		}
		if got.address != want.address || got.host != want.host || got.prefix != want.prefix || server != want.server {
			t.Errorf("%s: got %q, %q, %q, %q; want %q", base, got.address, got.host, got.prefix, server, want)
		}
	}
}
