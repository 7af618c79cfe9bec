package assets

import (
	"bytes"
	"html"
	"strings"
)

// Place is what a server says of itself in the documents.
type Place struct {
	// Origin is where the public finds the site, such as https://example.org.
	// The picture beside links to the site needs it, for messengers take no
	// other address than a whole one. Without it there is no picture.
	Origin string
	// Contact is an address of whoever runs the server, such as
	// mailto:somebody@example.org. Without it /about names nobody.
	Contact string
}

// fill puts the place into a document, where it is written [[origin]],
// [[contact]] and [[contactName]]. A line with a place for what is not known is
// left out.
func (p Place) fill(document []byte) []byte {
	name := strings.TrimPrefix(strings.TrimPrefix(p.Contact, "mailto:"), "tel:")
	values := map[string]string{"[[origin]]": p.Origin, "[[contact]]": p.Contact, "[[contactName]]": name}
	var out bytes.Buffer
	for line := range bytes.Lines(document) {
		known := true
		for mark, value := range values {
			if bytes.Contains(line, []byte(mark)) {
				known = known && value != ""
				line = bytes.ReplaceAll(line, []byte(mark), []byte(html.EscapeString(value)))
			}
		}
		if known {
			out.Write(line)
		}
	}
	return out.Bytes()
}
