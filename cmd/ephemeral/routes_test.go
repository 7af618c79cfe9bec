package main

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ephemeral-p2p/ephemeral/assets"
)

const someAddress = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

var frontEnd = fstest.MapFS{
	"index.html":       {Data: []byte("the application")},
	"page.html":        {Data: []byte("the application, for a page")},
	"about.html":       {Data: []byte("about\n[[contact]]\n[[origin]]/x.png\n")},
	"missing.html":     {Data: []byte("cannot be a page")},
	"de/index.html":    {Data: []byte("die Anwendung")},
	"de/page.html":     {Data: []byte("die Anwendung für eine Seite")},
	"de/about.html":    {Data: []byte("darüber")},
	"de/missing.html":  {Data: []byte("kann keine Seite sein")},
	"frame.html":       {Data: []byte(`<script nonce="{{nonce}}"></script>`)},
	"scripts.html":     {Data: []byte("the other frame")},
	"static/app-12.js": {Data: []byte("the script")},
}

// site returns the routes over a small front end, or over none.
func site(t *testing.T, files fs.FS) *routes {
	t.Helper()
	var c config
	c.setDefaults()
	s := &routes{endpoint: newEndpoint(c, slog.New(slog.DiscardHandler), newMetrics())}
	if files != nil {
		built, err := assets.Read(files, s.place)
		if err != nil {
			t.Fatal(err)
		}
		s.site = built
	}
	return s
}

func request(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutes(t *testing.T) {
	h := site(t, frontEnd).handler()
	tests := []struct {
		path string
		code int
		body string
	}{
		{"/", 200, "the application"},
		{"/?utm=1", 200, "the application"},
		{"/" + someAddress, 200, "the application, for a page"},
		{"/" + someAddress + "?x", 200, "the application, for a page"},
		{"/static/app-12.js", 200, "the script"},
		{"/static/app-13.js", 404, "there is no such file"},
		{"/static/", 404, "there is no such file"},
		{"/static/../index.html", 404, "there is no such file"},
		{"/about", 200, "about"},
		{"/about/", 404, "cannot be a page"},
		{"/de/about", 404, "cannot be a page"},
		{"/.well-known/security.txt", 404, "cannot be a page"},
		{"/robots.txt", 200, "User-agent"},
		{"/live", 200, "ok"},
		{"/healthz", 200, "ok"},
		{"/ready", 200, "ok"},
		{"/frame", 200, "nonce"},
		{"/frame/scripts", 200, "the other frame"},
		{"/frame/", 404, "cannot be a page"},
		{"/frame/other", 404, "cannot be a page"},
		// What cannot be a page.
		{"/" + strings.ToUpper(someAddress), 404, "cannot be a page"},
		{"/" + someAddress[1:], 404, "cannot be a page"},
		{"/" + someAddress + "0", 404, "cannot be a page"},
		{"/" + someAddress[1:] + "g", 404, "cannot be a page"},
		{"/" + someAddress + "/", 404, "cannot be a page"},
		{"/x/" + someAddress, 404, "cannot be a page"},
		{"//" + someAddress, 404, "cannot be a page"},
		{"/live/", 404, "cannot be a page"},
		{"/favicon.ico", 404, "cannot be a page"},
		{"/index.html", 404, "cannot be a page"},
		{"/..%2findex.html", 404, "cannot be a page"},
	}
	for _, test := range tests {
		w := request(h, "GET", test.path)
		if w.Code != test.code || !strings.Contains(w.Body.String(), test.body) {
			t.Errorf("GET %s: %d %q, want %d %q", test.path, w.Code, w.Body, test.code, test.body)
		}
		head := request(h, "HEAD", test.path)
		if head.Code != test.code {
			t.Errorf("HEAD %s: %d, want %d", test.path, head.Code, test.code)
		}
		if got, want := head.Header().Get("Content-Type"), w.Header().Get("Content-Type"); got != want {
			t.Errorf("HEAD %s: Content-Type %q, GET's is %q", test.path, got, want)
		}
	}
}

func TestAnyAcceptHeaderIsServed(t *testing.T) {
	h := site(t, frontEnd).handler()
	for _, accept := range []string{"", "*/*", "application/json", "image/png", "text/plain;q=0.1", "nonsense"} {
		for _, path := range []string{"/", "/" + someAddress} {
			if w := request(h, "GET", path, "Accept", accept); w.Code != 200 {
				t.Errorf("GET %s with Accept %q: %d", path, accept, w.Code)
			}
		}
	}
}

func TestNothingIsInvented(t *testing.T) {
	h := site(t, frontEnd).handler()
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		for _, path := range []string{"/", "/live", "/" + someAddress} {
			if w := request(h, method, path); w.Code != 404 {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
}

func TestTheSocketComesFirst(t *testing.T) {
	h := site(t, frontEnd).handler()
	for _, path := range []string{"/ws/websocket?vsn=2.0.0", "/ws"} {
		// No upgrade: the socket itself says so (PROTOCOL.md §1.3).
		if w := request(h, "GET", path); w.Code != 400 {
			t.Errorf("GET %s: %d, want 400", path, w.Code)
		}
	}
	w := request(h, "GET", "/ws/websocket?vsn=2.0.0", "Origin", "https://elsewhere.example")
	if w.Code != 403 {
		t.Errorf("from another origin: %d, want 403", w.Code)
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := site(t, frontEnd).handler()
	for _, path := range []string{"/", "/" + someAddress, "/about", "/nowhere", "/frame", "/frame/scripts", "/static/app-12.js", "/static/x", "/live", "/robots.txt"} {
		header := request(h, "GET", path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy":        "no-referrer",
			"X-Robots-Tag":           "noindex, nofollow",
			"X-DNS-Prefetch-Control": "off",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: Permissions-Policy is %q", path, header.Get("Permissions-Policy"))
		}
	}
}

// The policy as PRODUCT.md §3 has it, word for word.
const wantPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"frame-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

func TestApplicationPolicy(t *testing.T) {
	h := site(t, frontEnd).handler()
	for _, path := range []string{"/", "/" + someAddress, "/about", "/nowhere"} {
		if got := request(h, "GET", path).Header().Values("Content-Security-Policy"); len(got) != 1 || got[0] != wantPolicy {
			t.Errorf("%s: %q, want %q", path, got, wantPolicy)
		}
	}
}

func TestFramePolicy(t *testing.T) {
	const before, after = "sandbox allow-scripts; default-src 'none'; script-src 'nonce-",
		"'; style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; font-src data:; connect-src 'none'; " +
			"frame-src 'none'; form-action 'none'; base-uri 'none'"
	h := site(t, frontEnd).handler()
	seen := make(map[string]bool)
	for range 100 {
		w := request(h, "GET", "/frame")
		policies := w.Header().Values("Content-Security-Policy")
		if len(policies) != 1 {
			t.Fatalf("%d policies", len(policies))
		}
		nonce, ok := strings.CutPrefix(policies[0], before)
		nonce, ok2 := strings.CutSuffix(nonce, after)
		if !ok || !ok2 {
			t.Fatalf("the policy is %q", policies[0])
		}
		if !regexp.MustCompile(`^[A-Za-z0-9+/_-]{22,}$`).MatchString(nonce) || seen[nonce] {
			t.Fatalf("the nonce %q is short, or was used before", nonce)
		}
		seen[nonce] = true
		if want := `<script nonce="` + nonce + `"></script>`; w.Body.String() != want {
			t.Fatalf("the document is %q, want %q", w.Body, want)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Fatal("the frame may be kept, and its nonce with it")
		}
	}
}

func TestScriptsPolicy(t *testing.T) {
	const want = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; worker-src 'none'; " +
		"style-src 'unsafe-inline'; img-src data: blob:; media-src data: blob:; font-src data:; connect-src 'none'; " +
		"frame-src 'none'; form-action 'none'; base-uri 'none'"
	h := site(t, frontEnd).handler()
	if got := request(h, "GET", "/frame/scripts").Header().Values("Content-Security-Policy"); len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What would let a page out of its frame, or the network into it, is in neither policy.
func TestNoFrameIsLetOut(t *testing.T) {
	h := site(t, frontEnd).handler()
	for _, path := range []string{"/frame", "/frame/scripts"} {
		got := request(h, "GET", path).Header().Get("Content-Security-Policy")
		for _, word := range []string{"allow-same-origin", "allow-popups", "allow-top", "allow-modals", "allow-forms", "allow-downloads", "http:", "https:", "*", "'self'"} {
			if strings.Contains(got, word) {
				t.Errorf("%s: %s is in the policy %q", path, word, got)
			}
		}
	}
}

func TestWithoutFrontEnd(t *testing.T) {
	h := site(t, nil).handler()
	for _, path := range []string{"/", "/about", "/" + someAddress, "/frame", "/frame/scripts"} {
		w := request(h, "GET", path)
		if w.Code != 503 || !strings.Contains(w.Body.String(), "make build") {
			t.Errorf("%s: %d %q, want a sentence that says how to build it", path, w.Code, w.Body)
		}
	}
	if w := request(h, "GET", "/nowhere"); w.Code != 404 || !strings.Contains(w.Body.String(), "cannot be a page") {
		t.Errorf("/nowhere: %d %q", w.Code, w.Body)
	}
	if w := request(h, "GET", "/static/x.js"); w.Code != 404 {
		t.Errorf("/static/x.js: %d", w.Code)
	}
	if w := request(h, "GET", "/ws/websocket?vsn=2.0.0"); w.Code != 400 {
		t.Errorf("the socket: %d, want 400", w.Code)
	}
}

func TestReadyEndsWithTheServer(t *testing.T) {
	s := site(t, frontEnd)
	h := s.handler()
	s.stopping.Store(true)
	if w := request(h, "GET", "/ready"); w.Code != 503 {
		t.Errorf("/ready: %d while stopping", w.Code)
	}
	if w := request(h, "GET", "/live"); w.Code != 200 {
		t.Errorf("/live: %d while stopping", w.Code)
	}
}
