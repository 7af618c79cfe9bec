package main

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func get(site http.Handler, address string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
	return w
}

func TestSite(t *testing.T) {
	js := filepath.Join(phoenixFolder(t), "phoenix.mjs")
	site := newSite(newChat(slog.New(slog.DiscardHandler), time.Second), js)
	for _, test := range []struct {
		address     string
		status      int
		contentType string
		holds       string
	}{
		{"/", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/?longpoll", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/chat.js", 200, "text/javascript; charset=utf-8", "new Socket("},
		{"/chat.css", 200, "text/css; charset=utf-8", "prefers-color-scheme: dark"},
		{"/icon.svg", 200, "image/svg+xml", "<svg"},
		{"/phoenix.mjs", 200, "text/javascript; charset=utf-8", "export {}"},
		{"/socket/longpoll?vsn=2.0.0", 200, "application/json", `"status":410,"token":`},
		{"/main.go", 404, "", ""},
		{"/lobby", 404, "", ""},
	} {
		w := get(site, test.address)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.holds) {
			t.Errorf("%s: status %d, %.80q", test.address, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Type"); test.contentType != "" && !strings.HasPrefix(got, test.contentType) {
			t.Errorf("%s is of type %q, want %q", test.address, got, test.contentType)
		}
	}
}

// The page works under its policy: everything it has comes from this server,
// and nothing is inline.
func TestPolicy(t *testing.T) {
	site := newSite(newChat(slog.New(slog.DiscardHandler), time.Second), "phoenix.mjs")
	w := get(site, "/")
	got := w.Header().Get("Content-Security-Policy")
	for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains("; "+got+";", "; "+directive+";") {
			t.Errorf("the policy %q lacks %q", got, directive)
		}
	}
	if strings.Contains(got, "unsafe") {
		t.Errorf("the policy is %q", got)
	}
	if w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("the browser may guess the page's type")
	}
	inline := regexp.MustCompile(`(?i)<script(?:[^>]*\ssrc="[^"]+")?[^>]*>[^<]|<style|\sstyle=|\son\w+=|(?:src|href)="(?:https?:)?//`)
	if found := inline.FindString(w.Body.String()); found != "" {
		t.Errorf("the page has %q in it", found)
	}
	script, err := fs.ReadFile(files, "chat.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, markup := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("} {
		if strings.Contains(string(script), markup) {
			t.Errorf("chat.js uses %s", markup)
		}
	}
}

// The limits stand in the page too, so that the browser keeps them first.
func TestPageKnowsTheLimits(t *testing.T) {
	page, err := fs.ReadFile(files, "page.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{
		fmt.Sprintf(`<input name="name" required maxlength="%d"`, maxName),
		fmt.Sprintf(`<input name="text" maxlength="%d"`, maxText),
	} {
		if !strings.Contains(string(page), field) {
			t.Errorf("page.html has no %s", field)
		}
	}
}
