package assets

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeApp answers with the application's document. Browsers keep it but ask
// each time whether it is still the same: it names the scripts of one build.
func (s *Site) ServeApp(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	s.app.serve(w, r)
}

// ServeMissing answers 404 with the document that says why an address cannot be
// a page.
func (s *Site) ServeMissing(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Type", s.missing.kind)
	h.Set("Content-Length", strconv.Itoa(len(s.missing.body)))
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(s.missing.body)
	}
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

// serve sends the file, compressed for those who can read it so. Both forms
// have an ETag of their own, as they are different bytes.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	body, etag := f.body, f.etag
	if f.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = f.gzip, f.etag+"-gzip"
		}
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, f.name, time.Time{}, bytes.NewReader(body))
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
