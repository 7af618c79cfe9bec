package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"mime"
	"path"
)

// file is one file, ready to be sent.
type file struct {
	name string
	body []byte
	gzip []byte // nil where it would not be smaller
	etag string // without its quotes
	kind string // Content-Type
}

func readFile(root fs.FS, name string) (file, error) {
	body, err := fs.ReadFile(root, name)
	if err != nil {
		return file{}, err
	}
	return newFile(name, body), nil
}

func newFile(name string, body []byte) file {
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
	return f
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
