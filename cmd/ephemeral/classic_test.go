package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// original lays a folder out as priv/static of ephemeral2 is.
func original(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"static/js/app.js":          "the script of 2015",
		"static/css/app.css":        "body{}",
		"static/images/phoenix.png": "a picture",
		"static/favicon.ico":        "an icon",
		"static/robots.txt":         "User-agent: *",
		"static/secret.txt":         "not one of the folders that were served",
		"outside.txt":               "beside the folder",
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join("..", "..", "outside.txt"), filepath.Join(dir, "static", "js", "link.js")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "static")
}

func classicSite(t *testing.T) http.Handler {
	t.Helper()
	files, err := openClassic(original(t))
	if err != nil {
		t.Fatal(err)
	}
	return (&classic{routes: site(t, nil), files: files}).handler()
}

// PROTOCOL.md §10.1.
func TestClassicRoutes(t *testing.T) {
	h := classicSite(t)
	tests := []struct {
		method, path string
		code         int
		says         string
	}{
		{"GET", "/", 200, `id="create-new-page"`},
		{"GET", "/" + someAddress, 200, `id="content-goes-here"`},
		{"GET", "/whatever", 200, `id="content-goes-here"`},
		{"HEAD", "/whatever", 200, ""},
		{"GET", "/js/app.js", 200, "the script of 2015"},
		{"GET", "/css/app.css", 200, "body{}"},
		{"GET", "/images/phoenix.png", 200, "a picture"},
		{"GET", "/favicon.ico", 200, "an icon"},
		{"GET", "/robots.txt", 200, "User-agent"},
		{"GET", "/js/", 404, ""},
		{"GET", "/js/none.js", 404, ""},
		{"GET", "/js/../secret.txt", 404, ""},
		{"GET", "/js/link.js", 404, ""},
		{"GET", "/two/segments", 404, "Page not found"},
		{"POST", "/", 404, ""},
		{"GET", "/live", 200, "ok\n"},
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/ready", 200, "ok\n"},
		{"HEAD", "/ready", 200, ""},
		{"GET", "/readiness", 200, `id="content-goes-here"`},
		{"GET", "/.well-known/security.txt", 404, ""},
		{"GET", "/ws/websocket", 400, "'connection' header"},
		{"GET", "/ws", 400, "'connection' header"},
	}
	for _, test := range tests {
		w := request(h, test.method, test.path)
		if w.Code != test.code || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s %s: %d %q", test.method, test.path, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "beside the folder") || strings.Contains(w.Body.String(), "not one of the folders") {
			t.Errorf("%s %s gives away a file", test.method, test.path)
		}
	}
}

// PROTOCOL.md §10.2: what the original's scripts look for, and by what they tell
// the pages apart.
func TestClassicPages(t *testing.T) {
	h := classicSite(t)
	home, show := request(h, "GET", "/").Body.String(), request(h, "GET", "/x").Body.String()
	for _, hook := range []string{`id="visitor-count">0<`, `id="js-console" class="web-console"><ul>`, `id="content-goes-here"`, `src="/js/app.js"`} {
		if !strings.Contains(home, hook) || !strings.Contains(show, hook) {
			t.Errorf("a page lacks %s", hook)
		}
	}
	for _, hook := range []string{`id="create-new-page"`, `id="new-page-content"`} {
		if !strings.Contains(home, hook) || strings.Contains(show, hook) {
			t.Errorf("%s must be on the home page alone", hook)
		}
	}
}

func TestClassicFolderThatIsNone(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		var stderr bytes.Buffer
		cmd := prepare(t, "--addr", "127.0.0.1:0", "--classic", dir)
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(stderr.String(), "ephemeral: --classic: ") {
			t.Errorf("exit code %d, %s", code, &stderr)
		}
	}
}

func TestClassicWarns(t *testing.T) {
	p := start(t, "--addr", "127.0.0.1:0", "--classic", original(t))
	if answer, err := http.Get(p.url + "/anything"); err != nil || answer.StatusCode != 200 {
		t.Errorf("%v, %v", answer, err)
	} else {
		_ = answer.Body.Close()
	}
	p.end(t, syscall.SIGTERM)
	if !strings.Contains(p.stderr.String(), "without a sandbox") {
		t.Errorf("no warning: %s", p.stderr)
	}
}

// Whoever looks after the server finds what the site of today has.
func TestClassicTellsWhoeverLooksAfterIt(t *testing.T) {
	files, err := openClassic(original(t))
	if err != nil {
		t.Fatal(err)
	}
	s := site(t, nil)
	s.place.Contact = "mailto:somebody@example.org"
	h := (&classic{routes: s, files: files}).handler()
	if w := request(h, "GET", "/.well-known/security.txt"); w.Code != 200 || !strings.Contains(w.Body.String(), "Contact: mailto:somebody@example.org\n") {
		t.Errorf("/.well-known/security.txt: %d %q", w.Code, w.Body)
	}
	s.stopping.Store(true)
	if w := request(h, "GET", "/ready"); w.Code != 503 {
		t.Errorf("/ready: %d while stopping", w.Code)
	}
	if w := request(h, "GET", "/live"); w.Code != 200 {
		t.Errorf("/live: %d while stopping", w.Code)
	}
}

// The original's pages run scripts of strangers, and set no policy; what keeps an
// address from going elsewhere is there all the same.
func TestClassicHeaders(t *testing.T) {
	h := classicSite(t)
	for _, path := range []string{"/", "/" + someAddress, "/js/app.js", "/two/segments", "/ready"} {
		header := request(h, "GET", path).Header()
		for name, want := range map[string]string{
			"X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff",
			"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}
