// Package assets is the front end of Ephemeral, embedded: the page that runs in
// a visitor's browser. Its TypeScript sources are in src; `make build` bundles
// them into dist, and dist is what a program carries.
//
// dist holds four documents and a folder of files:
//
//	index.html    the application, for / and for every page's address
//	missing.html  for an address that cannot be a page
//	frame.html    the sandboxed frame in which a stranger's page is shown
//	scripts.html  the one in which the page's own scripts run, if the visitor says so
//	static/       scripts, styles and pictures, each with its digest in its name
//
// A program built without Node has none of them: [Embedded] then returns
// [ErrNotBuilt], whose text says what to do.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// ErrNotBuilt says that the front end was not there when the program was built.
var ErrNotBuilt = errors.New("this program was built without its front end: build it with `make build`, which needs Node.js, and start bin/ephemeral")

// noncePlaceholder stands in frame.html where the nonce goes.
const noncePlaceholder = "{{nonce}}"

// Site is one build of the front end. It is read once and never changes, so any
// number of requests may share it.
type Site struct {
	app     file
	missing file
	scripts file
	// frame is frame.html, cut where the nonce goes.
	frame  [][]byte
	static map[string]file
}

// file is one file, ready to be sent.
type file struct {
	name string
	body []byte
	gzip []byte // nil where it would not be smaller
	etag string // without its quotes
	kind string // Content-Type
}

// Embedded returns the front end that this program carries. The error is
// [ErrNotBuilt] if it carries none.
func Embedded() (*Site, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return Read(root)
}

// Read reads a front end from a folder laid out as dist is. The error is
// [ErrNotBuilt] if the folder has no index.html, and names any other file that
// it lacks.
func Read(root fs.FS) (*Site, error) {
	app, err := readFile(root, "index.html")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, err
	}
	missing, err := readFile(root, "missing.html")
	if err != nil {
		return nil, fmt.Errorf("the front end is incomplete: %w", err)
	}
	scripts, err := readFile(root, "scripts.html")
	if err != nil {
		return nil, fmt.Errorf("the front end is incomplete: %w", err)
	}
	frame, err := fs.ReadFile(root, "frame.html")
	if err != nil {
		return nil, fmt.Errorf("the front end is incomplete: %w", err)
	}
	s := &Site{app: app, missing: missing, scripts: scripts, static: make(map[string]file)}
	if s.frame = bytes.Split(frame, []byte(noncePlaceholder)); len(s.frame) < 2 {
		return nil, fmt.Errorf("the front end is incomplete: frame.html has no %s", noncePlaceholder)
	}
	return s, s.readStatic(root)
}

func (s *Site) readStatic(root fs.FS) error {
	return fs.WalkDir(root, "static", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == "static" {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		f, err := readFile(root, name)
		if err != nil {
			return err
		}
		s.static[strings.TrimPrefix(name, "static/")] = f
		return nil
	})
}

// Frame returns the frame's document, its one script carrying the nonce.
func (s *Site) Frame(nonce string) []byte {
	return bytes.Join(s.frame, []byte(nonce))
}

func readFile(root fs.FS, name string) (file, error) {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return file{}, err
	}
	digest := sha256.Sum256(body)
	f := file{
		name: path.Base(name),
		body: body,
		etag: base64.RawURLEncoding.EncodeToString(digest[:12]),
		kind: contentType(name),
	}
	if small := compressed(body); len(small) < len(body) {
		f.gzip = small
	}
	return f, nil
}

// contentType tells a file's type by its name. The few types that the front end
// has are spelled out where systems differ about them.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if kind := mime.TypeByExtension(ext); kind != "" {
			return kind
		}
		return "application/octet-stream"
	}
}

func compressed(body []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return body
	}
	if _, err := w.Write(body); err != nil {
		return body
	}
	if err := w.Close(); err != nil {
		return body
	}
	return out.Bytes()
}
