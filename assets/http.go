package assets

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeFront answers with the application, about to write a page. Browsers keep
// its documents but ask each time whether they are still the same: they name the
// scripts of one build.
func (s *Site) ServeFront(w http.ResponseWriter, r *http.Request) {
	s.translated(w, r).write.serve(w, r)
}

// ServePage answers with the application, about to show a page.
func (s *Site) ServePage(w http.ResponseWriter, r *http.Request) {
	s.translated(w, r).page.serve(w, r)
}

// ServeAbout answers with the document that says what the site is, and who can
// see what. With scripts it is the application.
func (s *Site) ServeAbout(w http.ResponseWriter, r *http.Request) {
	s.translated(w, r).about.serve(w, r)
}

// ServeMissing answers 404 with the document that says why an address cannot be
// a page.
func (s *Site) ServeMissing(w http.ResponseWriter, r *http.Request) {
	f := s.translated(w, r).missing
	body, _ := f.form(w, r)
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// translated returns the documents in the visitor's language, and says in the
// header that there are others.
func (s *Site) translated(w http.ResponseWriter, r *http.Request) translation {
	t := s.documents.wanted(r)
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Language", t.language)
	h.Add("Vary", "Accept-Language")
	return t
}

// ServeStatic answers with the file of that name in the static folder, or
// reports false if there is none. A name carries the digest of what is in the
// file, so browsers may keep it for ever.
func (s *Site) ServeStatic(w http.ResponseWriter, r *http.Request, name string) bool {
	f, ok := s.static[name]
	if !ok {
		return false
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	f.serve(w, r)
	return true
}

// ServeFrame answers with the frame's document. Its nonce must be used for this
// one response, and be in the Content-Security-Policy that the caller sets.
func (s *Site) ServeFrame(w http.ResponseWriter, r *http.Request, nonce string) {
	body := s.Frame(nonce)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// ServeScripts answers with the document of the frame in which a page's own
// scripts run. The Content-Security-Policy is the caller's to set.
func (s *Site) ServeScripts(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	s.scripts.serve(w, r)
}

// serve sends the file, or says that the client has it already.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	body, etag := f.form(w, r)
	w.Header().Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(body))
}

// form returns the file compressed for those who can read it so, and says so in
// the header. Both forms have an ETag of their own, as they are different bytes.
func (f file) form(w http.ResponseWriter, r *http.Request) (body []byte, etag string) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	body, etag = f.body, f.etag
	if f.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = f.gzip, f.etag+"-gzip"
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	return body, etag
}

// acceptsGzip reports whether the client takes gzip. "gzip;q=0" means that it
// does not.
func acceptsGzip(r *http.Request) bool {
	for _, offer := range strings.Split(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, parameter, _ := strings.Cut(offer, ";")
		if coding = strings.TrimSpace(coding); !strings.EqualFold(coding, "gzip") && coding != "*" {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
		if q, err := strconv.ParseFloat(weight, 64); !weighted || err != nil || q > 0 {
			return true
		}
	}
	return false
}
