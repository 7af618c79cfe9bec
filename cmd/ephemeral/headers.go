package main

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
)

// applicationPolicy is the Content-Security-Policy of the application's own
// documents (PRODUCT.md §3). Everything is ours and nothing is markup made from
// text; frame-src 'self' is also what keeps the frame below from going anywhere
// else, which would tell that place something.
var applicationPolicy = policy(
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self' data: blob:",
	"connect-src 'self'",
	"frame-src 'self'",
	"manifest-src 'self'",
	"form-action 'none'",
	"base-uri 'none'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types 'none'",
)

// shownPolicy is that of a frame in which a stranger's page is shown (PRODUCT.md
// §3): no origin, no network, no frame and no form. The scripts are what the two
// frames differ in. Never allow-same-origin beside allow-scripts.
func shownPolicy(scripts ...string) string {
	return policy(slices.Concat([]string{
		"sandbox allow-scripts",
		"default-src 'none'",
	}, scripts, []string{
		"style-src 'unsafe-inline'",
		"img-src data: blob:",
		"media-src data: blob:",
		"font-src data:",
		"connect-src 'none'",
		"frame-src 'none'",
		"form-action 'none'",
		"base-uri 'none'",
	})...)
}

// framePolicy is that of the frame which every visitor gets: no script runs but
// the one that carries the nonce.
func framePolicy(nonce string) string {
	return shownPolicy("script-src 'nonce-" + nonce + "'")
}

// scriptsPolicy is that of the other frame, in which a page's own scripts run
// once the visitor has said so. They have the page to themselves, and no more.
// What no policy keeps from a script is to learn the visitor's IP address
// (WebRTC), so the visitor is told.
var scriptsPolicy = shownPolicy("script-src 'unsafe-inline' 'unsafe-eval' data: blob:", "worker-src 'none'")

func policy(directives ...string) string { return strings.Join(directives, "; ") }

// newNonce returns 128 bits that nobody can guess.
func newNonce() string { return rand.Text() }

// permissions are what no page here, and so no page in its frame, may ask for.
var permissions = strings.Join([]string{
	"camera=()", "microphone=()", "geolocation=()", "display-capture=()",
	"payment=()", "usb=()", "serial=()", "hid=()", "midi=()",
}, ", ")

// secure sets the headers that every answer but the socket's carries. The
// address of a page is its key: no referrer may give it away, and no search
// engine may list it. Browsers resolve the hosts of a page's links ahead of time
// unless told not to, which would tell those hosts' name servers about the
// visitor.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("X-DNS-Prefetch-Control", "off")
		h.Set("Permissions-Policy", permissions)
		h.Set("Content-Security-Policy", applicationPolicy)
		next.ServeHTTP(w, r)
	})
}
