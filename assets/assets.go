// Package assets is the front end of Ephemeral, embedded: the page that runs in
// a visitor's browser. Its TypeScript sources are in src; `make build` bundles
// them into dist, and dist is what a program carries.
//
// dist holds documents and a folder of files:
//
//	index.html    the application, for /
//	page.html     the application, for every page's address
//	about.html    what this is and who can see what, for /about; the application, too
//	missing.html  for an address that cannot be a page
//	de/           those four in German; a folder for each language but English
//	frame.html    the sandboxed frame in which a stranger's page is shown
//	scripts.html  the one in which the page's own scripts run, if the visitor says so
//	static/       scripts, styles and pictures, each with its digest in its name
//
// What only a server knows of itself, its [Place], is put into them when they
// are read. Each visitor is sent them in the language that the browser asks for.
//
// A program built without Node has none of them: [Embedded] then returns
// [ErrNotBuilt], whose text says what to do.
package assets

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
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
	documents translations
	scripts   file
	// frame is frame.html, cut where the nonce goes.
	frame  [][]byte
	static map[string]file
}

// Embedded returns the front end that this program carries, as it is at that
// place. The error is [ErrNotBuilt] if the program carries none.
func Embedded(at Place) (*Site, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	return Read(root, at)
}

// Read reads a front end from a folder laid out as dist is. The error is
// [ErrNotBuilt] if the folder has no index.html, and names any other file that
// it lacks.
func Read(root fs.FS, at Place) (*Site, error) {
	if _, err := fs.Stat(root, "index.html"); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	s := &Site{static: make(map[string]file)}
	err := s.read(root, at)
	if err != nil {
		return nil, fmt.Errorf("the front end is incomplete: %w", err)
	}
	return s, nil
}

func (s *Site) read(root fs.FS, at Place) (err error) {
	if s.documents, err = readTranslations(root, at); err != nil {
		return err
	}
	if s.scripts, err = readFile(root, "scripts.html"); err != nil {
		return err
	}
	frame, err := fs.ReadFile(root, "frame.html")
	if err != nil {
		return err
	}
	if s.frame = bytes.Split(frame, []byte(noncePlaceholder)); len(s.frame) < 2 {
		return fmt.Errorf("frame.html has no %s", noncePlaceholder)
	}
	return s.readStatic(root)
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
