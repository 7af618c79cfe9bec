package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
)

// classic is the site as it was in 2015: the pages that ephemeral2's own
// JavaScript expects (PROTOCOL.md §10.1, §10.2), and its unmodified files. It
// shows visitors' pages without a sandbox, as that did.
type classic struct {
	// routes are the site of today, of which this one has the socket, and what it
	// tells whoever looks after the server.
	*routes
	files fs.FS
}

// classicWarning is logged at every start.
const classicWarning = "the classic site shows what visitors write without a sandbox: a page can run scripts, and rewrite everything around it. Do not serve it to people who do not expect that"

// openClassic opens the folder of ephemeral2's files, priv/static. Nothing
// outside of it can be reached.
func openClassic(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--classic: %w", err)}
	}
	files := root.FS()
	if info, err := fs.Stat(files, "js/app.js"); err != nil || info.IsDir() {
		_ = root.Close()
		return nil, &usageError{fmt.Errorf("--classic: %s has no js/app.js: it must be the folder priv/static of ephemeral2", dir)}
	}
	return files, nil
}

func (c *classic) handler() http.Handler {
	fixed := newRouter()
	get(fixed, "/", write(classicNew))
	for _, name := range []string{"/favicon.ico", "/robots.txt", "/css/*file", "/fonts/*file", "/images/*file", "/js/*file"} {
		get(fixed, name, c.file)
	}
	c.operation(fixed)

	addresses := newRouter()
	get(addresses, "/:hash", write(classicShow)) // any single segment: the original did not look at it
	fixed.NotFound = addresses
	addresses.NotFound = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusNotFound, "Page not found")
	})

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if socket := c.endpoint.Handler(r); socket != nil {
			socket.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Referrer-Policy", "no-referrer")
		fixed.ServeHTTP(w, r)
	})
}

func write(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(page))
	}
}

// file serves one of ephemeral2's files; folders are not listed.
func (c *classic) file(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	info, err := fs.Stat(c.files, name) // refuses names with . and .. in them
	if err != nil || info.IsDir() {
		say(w, http.StatusNotFound, "Page not found")
		return
	}
	http.ServeFileFS(w, r, c.files, name)
}

// The two pages. The bundles of 2015 wait to be started by the page; that of
// 2017 starts itself and has no such module, which is not worth an error.
const (
	classicNew = classicHead + `
<textarea id="new-page-content" rows="12" cols="80" aria-label="The page"></textarea>
<p><button id="create-new-page" type="button">Create the page</button></p>` + classicFoot

	classicShow = classicHead + classicFoot

	classicHead = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ephemeral</title>
<link rel="stylesheet" href="/css/app.css">
</head>
<body>
<p>Viewing this page: <span id="visitor-count">0</span></p>
<div id="content-goes-here">`

	classicFoot = `</div>
<div id="js-console" class="web-console"><ul></ul></div>
<script src="/js/app.js"></script>
<script>try { require("web/static/js/app") } catch (missing) { /* it has started by itself */ }</script>
</body>
</html>
`
)
