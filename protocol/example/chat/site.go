package main

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

//go:embed page.html chat.js chat.css icon.svg
var files embed.FS

// newChat makes an endpoint with the chat mounted on it. A long-poll request
// waits for as long as the window.
func newChat(logger *slog.Logger, window time.Duration) *phoenix.Endpoint {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: logger})
	endpoint.Mount("/socket", newUserSocket(newPresence(endpoint, logger)), phoenix.MountOptions{
		LongPoll: &phoenix.LongPollOptions{Options: longpoll.Options{Window: window}},
	})
	return endpoint
}

// newPresence knows who is in which room. Visitors choose their names, and the
// names are the keys: there are some that browsers could not take.
func newPresence(endpoint *phoenix.Endpoint, logger *slog.Logger) *presence.Presence {
	return presence.New(endpoint.Bus(), presence.Options{RefuseUnsafeKeys: true, Logger: logger})
}

// newUserSocket lets everybody connect, and join any room.
func newUserSocket(everybody *presence.Presence) *phoenix.UserSocket {
	return &phoenix.UserSocket{
		Channels: []phoenix.Route{
			{Pattern: "room:*", New: func() phoenix.Channel { return &room{everybody: everybody} }},
		},
		MaxTopicLength: 200, // bytes
	}
}

// newSite is the page, what it loads, and the socket. phoenixJS is the file
// that phoenix.js comes from.
func newSite(endpoint *phoenix.Endpoint, phoenixJS string) http.Handler {
	site := http.NewServeMux()
	site.Handle("/socket/", endpoint)
	for address, file := range map[string]string{
		"/{$}":      "page.html",
		"/chat.js":  "chat.js",
		"/chat.css": "chat.css",
		"/icon.svg": "icon.svg",
	} {
		site.HandleFunc("GET "+address, func(w http.ResponseWriter, r *http.Request) {
			secure(w.Header(), file)
			http.ServeFileFS(w, r, files, file)
		})
	}
	site.HandleFunc("GET /phoenix.mjs", func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header(), phoenixJS)
		http.ServeFile(w, r, phoenixJS)
	})
	return site
}

// contentPolicy lets the page load what this server serves and nothing else:
// no inline script or style, and no markup made from text.
var contentPolicy = strings.Join([]string{
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"img-src 'self'",
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types 'none'",
}, "; ")

// secure sets the headers of a file. Its type is given here, so that the
// machine's own table cannot be wrong about it.
func secure(h http.Header, file string) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Content-Type", contentTypes[path.Ext(filepath.ToSlash(file))])
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
}

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// findPhoenix returns the file of phoenix.js in a directory, or says how to get
// it there.
func findPhoenix(dir string) (string, error) {
	file := filepath.Join(dir, "phoenix.mjs")
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("there is no phoenix.mjs in %q: run npm ci in the repository's folder assets and start from the repository's root, or name the folder with --phoenix", dir)
	}
	return file, nil
}
