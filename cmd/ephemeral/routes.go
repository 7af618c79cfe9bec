package main

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/julienschmidt/httprouter"

	"github.com/ephemeral-p2p/ephemeral/assets"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// routes is what the site answers. The socket is matched first, then the fixed
// paths, then pages' addresses; a path that is none of them cannot be a page.
type routes struct {
	endpoint *phoenix.Endpoint
	// site is nil in a program that was built without its front end.
	site *assets.Site
	// place is what the server says of itself.
	place assets.Place
	// stopping is set as soon as the server has been asked to stop.
	stopping atomic.Bool
}

// handler puts the routes together.
func (s *routes) handler() http.Handler {
	fixed := newRouter()
	get(fixed, "/", s.front)
	get(fixed, "/about", s.about)
	get(fixed, "/frame", s.frame)
	get(fixed, "/frame/scripts", s.scripts)
	get(fixed, "/static/*file", s.static)
	get(fixed, "/robots.txt", robots)
	s.operation(fixed)

	// A parameter cannot share its place with fixed segments in one router.
	addresses := newRouter()
	get(addresses, "/:hash", s.page)
	fixed.NotFound = addresses
	addresses.NotFound = http.HandlerFunc(s.missing)

	pages := secure(fixed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if socket := s.endpoint.Handler(r); socket != nil {
			socket.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// operation adds what is there for whoever looks after the server. None of it can
// be a page's address.
func (s *routes) operation(r *httprouter.Router) {
	get(r, "/.well-known/security.txt", s.securityText)
	get(r, "/live", live)
	get(r, "/healthz", live)
	get(r, "/ready", s.ready)
}

// newRouter returns a router that answers what it was told to answer and
// invents nothing: no redirects, no 405, no OPTIONS.
func newRouter() *httprouter.Router {
	r := httprouter.New()
	r.RedirectTrailingSlash = false
	r.RedirectFixedPath = false
	r.HandleMethodNotAllowed = false
	r.HandleOPTIONS = false
	return r
}

// get registers a handler for GET, and for HEAD, which the router does not do.
func get(r *httprouter.Router, path string, handle http.HandlerFunc) {
	r.HandlerFunc(http.MethodGet, path, handle)
	r.HandlerFunc(http.MethodHead, path, handle)
}

// front answers with the application, whatever the client says it accepts: a 406
// helped nobody.
func (s *routes) front(w http.ResponseWriter, r *http.Request) {
	s.document(w, r, (*assets.Site).ServeFront)
}

// about answers with what the site says about itself.
func (s *routes) about(w http.ResponseWriter, r *http.Request) {
	s.document(w, r, (*assets.Site).ServeAbout)
}

// page answers with the application for an address that can be a page.
func (s *routes) page(w http.ResponseWriter, r *http.Request) {
	if !isAddress(strings.TrimPrefix(r.URL.Path, "/")) {
		s.missing(w, r)
		return
	}
	s.document(w, r, (*assets.Site).ServePage)
}

// document answers with one of the front end's documents, if there is a front
// end.
func (s *routes) document(w http.ResponseWriter, r *http.Request, serve func(*assets.Site, http.ResponseWriter, *http.Request)) {
	if s.site == nil {
		say(w, http.StatusServiceUnavailable, assets.ErrNotBuilt.Error())
		return
	}
	serve(s.site, w, r)
}

// isAddress reports whether the text is a page's address: a SHA-256 in
// lower-case hexadecimal digits.
func isAddress(text string) bool {
	if len(text) != 64 {
		return false
	}
	return strings.Trim(text, "0123456789abcdef") == ""
}

func (s *routes) frame(w http.ResponseWriter, r *http.Request) {
	if s.site == nil {
		say(w, http.StatusServiceUnavailable, assets.ErrNotBuilt.Error())
		return
	}
	nonce := newNonce()
	w.Header().Set("Content-Security-Policy", framePolicy(nonce))
	s.site.ServeFrame(w, r, nonce)
}

// scripts answers with the frame in which a page's scripts run.
func (s *routes) scripts(w http.ResponseWriter, r *http.Request) {
	if s.site == nil {
		say(w, http.StatusServiceUnavailable, assets.ErrNotBuilt.Error())
		return
	}
	w.Header().Set("Content-Security-Policy", scriptsPolicy)
	s.site.ServeScripts(w, r)
}

func (s *routes) static(w http.ResponseWriter, r *http.Request) {
	if s.site == nil || !s.site.ServeStatic(w, r, strings.TrimPrefix(r.URL.Path, "/static/")) {
		say(w, http.StatusNotFound, "there is no such file")
	}
}

func (s *routes) missing(w http.ResponseWriter, r *http.Request) {
	if s.site == nil {
		say(w, http.StatusNotFound, "this address cannot be a page")
		return
	}
	s.site.ServeMissing(w, r)
}

// live says that the process runs and answers.
func live(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// ready says whether visitors should be sent here.
func (s *routes) ready(w http.ResponseWriter, _ *http.Request) {
	if s.stopping.Load() {
		say(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	say(w, http.StatusOK, "ok")
}

// robots lets crawlers come, for the header that forbids listing a page is one
// that they must read.
func robots(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusOK, "User-agent: *\nDisallow: /ws\nDisallow: /frame")
}

// say answers with a line of plain text.
func say(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
