package assets

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestLanguageOfTheVisitor(t *testing.T) {
	s := read(t)
	for accept, want := range map[string]string{
		"":                            "en",
		"de":                          "de",
		"DE-at":                       "de",
		"fr, de;q=0.5":                "de",
		"fr":                          "en",
		"*":                           "en",
		"en, de":                      "en",
		"de, en":                      "de",
		"de;q=0.8, en;q=0.9":          "en",
		" de ; q=0.9 , en;q=0.8":      "de",
		"de;q=0":                      "en",
		"de;q=nonsense, en;q=0.5":     "de",
		"de;q=NaN":                    "en",
		"den, d, -de, static":         "en",
		strings.Repeat("x,", 9000):    "en",
		"fr;q=0.9, en;q=0.1, de;q=.2": "de",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if accept != "" {
			r.Header.Set("Accept-Language", accept)
		}
		for name, serve := range map[string]http.HandlerFunc{"front": s.ServeFront, "page": s.ServePage, "about": s.ServeAbout, "missing": s.ServeMissing} {
			w := httptest.NewRecorder()
			serve(w, r)
			if got := w.Header().Get("Content-Language"); got != want {
				t.Errorf("Accept-Language %.40q: %s is in %q, want %q", accept, name, got, want)
			}
			if got := strings.Contains(w.Body.String(), "deutsch"); got != (want == "de") {
				t.Errorf("Accept-Language %.40q: %s is %q", accept, name, w.Body)
			}
			if !strings.Contains(strings.Join(w.Header().Values("Vary"), ","), "Accept-Language") {
				t.Errorf("%s: caches are not told that there are other languages", name)
			}
		}
	}
}

func TestLanguagesHaveETagsOfTheirOwn(t *testing.T) {
	s := read(t)
	tag := func(language string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", language)
		w := httptest.NewRecorder()
		s.ServeFront(w, r)
		return w.Header().Get("ETag")
	}
	if tag("en") == tag("de") {
		t.Error("two languages with one ETag")
	}
}

func TestReadIncompleteTranslation(t *testing.T) {
	for _, name := range []string{"de/index.html", "de/page.html", "de/about.html", "de/missing.html"} {
		root := build()
		delete(root, name)
		if _, err := Read(root, Place{}); err == nil || errors.Is(err, ErrNotBuilt) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want an error that names %s", err, name)
		}
	}
	root := build()
	root["about.html"].Data = nil
	if _, err := Read(root, Place{}); err == nil || !strings.Contains(err.Error(), "about.html is empty") {
		t.Errorf("%v, want an error about the empty about.html", err)
	}
}
