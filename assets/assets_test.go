package assets

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// script is long enough that gzip makes it smaller.
var script = strings.Repeat("export {};\n", 100)

// build is a front end as build.mjs writes it.
func build() fstest.MapFS {
	return fstest.MapFS{
		"README":                      {Data: []byte("not ours to serve")},
		"index.html":                  {Data: []byte("<!doctype html><title>app</title>")},
		"page.html":                   {Data: []byte("<!doctype html><title>page</title>")},
		"about.html":                  {Data: []byte("<!doctype html><title>about</title>")},
		"missing.html":                {Data: []byte("<!doctype html><title>missing</title>")},
		"de/index.html":               {Data: []byte("<!doctype html><title>app deutsch</title>")},
		"de/page.html":                {Data: []byte("<!doctype html><title>page deutsch</title>")},
		"de/about.html":               {Data: []byte("<!doctype html><title>about deutsch</title>")},
		"de/missing.html":             {Data: []byte("<!doctype html><title>missing deutsch</title>")},
		"frame.html":                  {Data: []byte(`<script nonce="{{nonce}}">1</script>`)},
		"scripts.html":                {Data: []byte("<script>2</script>")},
		"static/app-0123.js":          {Data: []byte(script)},
		"static/style-0123.css":       {Data: []byte("a{}")},
		"static/icon-0123.svg":        {Data: []byte("<svg/>")},
		"static/more/m-1.webmanifest": {Data: []byte("{}")},
		"static/unknown-1.ephemeral":  {Data: []byte("?")},
	}
}

func read(t *testing.T) *Site {
	t.Helper()
	s, err := Read(build(), Place{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEmbedded(t *testing.T) {
	// Whether the front end was built before this test is the builder's choice;
	// that what there is can be served is not.
	site, err := Embedded(Place{Origin: "https://example.org", Contact: "mailto:a@example.org"})
	if _, absent := fs.Stat(dist, "dist/index.html"); absent != nil {
		if !errors.Is(err, ErrNotBuilt) {
			t.Errorf("without index.html: %v, want ErrNotBuilt", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(site.documents) < 2 {
		t.Error("there is one language alone")
	}
	for _, one := range site.documents {
		for _, page := range []file{one.write, one.page, one.about, one.missing} {
			names := links(string(page.body))
			if len(names) == 0 {
				t.Errorf("%s %s names no file", one.language, page.name)
			}
			for _, name := range names {
				if _, ok := site.static[name]; !ok {
					t.Errorf("%s %s names /static/%s, which is not there", one.language, page.name, name)
				}
			}
			if !strings.Contains(string(page.body), `<html lang="`+one.language+`">`) {
				t.Errorf("%s %s does not say its language", one.language, page.name)
			}
			for _, mark := range []string{"[[", "{{"} {
				if strings.Contains(string(page.body), mark) {
					t.Errorf("%s %s has a place that nothing was put in: %s", one.language, page.name, mark)
				}
			}
		}
	}
}

// links returns the names of the static files that a document refers to.
func links(document string) []string {
	var names []string
	document = strings.ReplaceAll(document, `"https://example.org/static/`, `"/static/`)
	for _, part := range strings.Split(document, `"/static/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		names = append(names, name)
	}
	return names
}

func TestReadWithoutFrontEnd(t *testing.T) {
	_, err := Read(fstest.MapFS{"README": {}}, Place{})
	if !errors.Is(err, ErrNotBuilt) {
		t.Fatalf("got %v, want ErrNotBuilt", err)
	}
	if !strings.Contains(err.Error(), "make build") {
		t.Errorf("%q does not say what to do", err)
	}
}

func TestReadIncomplete(t *testing.T) {
	for _, name := range []string{"page.html", "about.html", "missing.html", "frame.html", "scripts.html"} {
		t.Run(name, func(t *testing.T) {
			root := build()
			delete(root, name)
			_, err := Read(root, Place{})
			if err == nil || errors.Is(err, ErrNotBuilt) || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v, want an error that names %s", err, name)
			}
		})
	}
	t.Run("no nonce", func(t *testing.T) {
		root := build()
		root["frame.html"] = &fstest.MapFile{Data: []byte("<script>1</script>")}
		if _, err := Read(root, Place{}); err == nil || !strings.Contains(err.Error(), "nonce") {
			t.Errorf("got %v, want an error about the nonce", err)
		}
	})
	t.Run("no static files", func(t *testing.T) {
		root := build()
		for name := range root {
			if strings.HasPrefix(name, "static/") {
				delete(root, name)
			}
		}
		if _, err := Read(root, Place{}); err != nil {
			t.Error(err)
		}
	})
}

func TestServeStatic(t *testing.T) {
	tests := []struct{ name, kind, body string }{
		{"app-0123.js", "text/javascript; charset=utf-8", script},
		{"style-0123.css", "text/css; charset=utf-8", "a{}"},
		{"icon-0123.svg", "image/svg+xml", "<svg/>"},
		{"more/m-1.webmanifest", "application/manifest+json", "{}"},
		{"unknown-1.ephemeral", "application/octet-stream", "?"},
	}
	s := read(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			if !s.ServeStatic(w, httptest.NewRequest("GET", "/", nil), test.name) {
				t.Fatal("not found")
			}
			if got := w.Header().Get("Content-Type"); got != test.kind {
				t.Errorf("Content-Type: %q, want %q", got, test.kind)
			}
			if got := w.Body.String(); got != test.body {
				t.Errorf("body: %q", got)
			}
			if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("Cache-Control: %q", got)
			}
		})
	}
	for _, name := range []string{"", "app.js", "../index.html", "../README", "more", "more/"} {
		if s.ServeStatic(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), name) {
			t.Errorf("%q was served", name)
		}
	}
}

func TestServeGzip(t *testing.T) {
	s := read(t)
	get := func(name, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/", nil)
		if accept != "" {
			r.Header.Set("Accept-Encoding", accept)
		}
		w := httptest.NewRecorder()
		s.ServeStatic(w, r, name)
		return w
	}
	for accept, want := range map[string]bool{
		"":                    false,
		"gzip":                true,
		"GZIP":                true,
		"br, gzip;q=0.5":      true,
		"*":                   true,
		"gzip;q=0":            false,
		"gzip;q=0.000, br":    false,
		"identity":            false,
		"gzippy":              false,
		"gzip;q=nonsense, br": true,
	} {
		w := get("app-0123.js", accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: compressed %t, want %t", accept, got, want)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: no Vary", accept)
		}
	}

	plain, small := get("app-0123.js", ""), get("app-0123.js", "gzip")
	if plain.Header().Get("ETag") == small.Header().Get("ETag") {
		t.Error("two forms with one ETag")
	}
	if small.Body.Len() >= plain.Body.Len() {
		t.Errorf("gzip made %d bytes of %d", small.Body.Len(), plain.Body.Len())
	}
	reader, err := gzip.NewReader(bytes.NewReader(small.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(reader); err != nil || string(text) != script {
		t.Errorf("the compressed form does not give the file back: %v", err)
	}
	if w := get("style-0123.css", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("three bytes were compressed")
	}
}

func TestServeFrontIsAskedForAgain(t *testing.T) {
	s := read(t)
	first := httptest.NewRecorder()
	s.ServeFront(first, httptest.NewRequest("GET", "/", nil))
	if first.Code != http.StatusOK || first.Header().Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d, Cache-Control %q", first.Code, first.Header().Get("Cache-Control"))
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	again := httptest.NewRecorder()
	s.ServeFront(again, r)
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("%d with %d bytes, want 304 with none", again.Code, again.Body.Len())
	}
}

func TestServeMissing(t *testing.T) {
	s := read(t)
	for _, method := range []string{"GET", "HEAD"} {
		w := httptest.NewRecorder()
		s.ServeMissing(w, httptest.NewRequest(method, "/x", nil))
		if w.Code != http.StatusNotFound || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %q", method, w.Code, w.Header().Get("Content-Type"))
		}
		if got, want := w.Body.Len() > 0, method == "GET"; got != want {
			t.Errorf("%s: a body: %t", method, got)
		}
		if w.Header().Get("Content-Length") == "" {
			t.Errorf("%s: no Content-Length", method)
		}
	}
}

func TestServeFrame(t *testing.T) {
	s := read(t)
	w := httptest.NewRecorder()
	s.ServeFrame(w, httptest.NewRequest("GET", "/frame", nil), "N0NCE")
	if got, want := w.Body.String(), `<script nonce="N0NCE">1</script>`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: %q: a nonce is for one answer", got)
	}
	w = httptest.NewRecorder()
	s.ServeFrame(w, httptest.NewRequest("HEAD", "/frame", nil), "N0NCE")
	if w.Body.Len() != 0 {
		t.Error("HEAD got a body")
	}
}
