package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ephemeral-p2p/ephemeral/assets"
)

// securityValid is how long a copy of security.txt may be believed.
const securityValid = 90 * 24 * time.Hour

// place is what the settings say of the server to its visitors.
func (c config) place() assets.Place {
	return assets.Place{Origin: string(c.publicURL), Contact: string(c.contact)}
}

// publicURL is where the public finds the site, without a slash at its end.
type publicURL string

func (p *publicURL) String() string { return string(*p) }

func (p *publicURL) Set(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("write it as https://example.org, with no more after it: the site has its host to itself")
	}
	*p = publicURL(u.Scheme + "://" + u.Host)
	return nil
}

// contact is how whoever runs the server can be reached.
type contact string

func (c *contact) String() string { return string(*c) }

func (c *contact) Set(text string) error {
	if !strings.Contains(text, ":") && strings.Contains(text, "@") {
		text = "mailto:" + text
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(text, " \r\n") {
		return errContact
	}
	switch {
	case u.Scheme == "https" && u.Hostname() != "", (u.Scheme == "mailto" || u.Scheme == "tel") && u.Opaque != "":
		*c = contact(u.String())
		return nil
	}
	return errContact
}

var errContact = errors.New("it is an address of mail, or a URL that begins with https:, mailto: or tel: and says whom to reach")

// securityText says where to report what is wrong with the server (RFC 9116).
func (s *routes) securityText(w http.ResponseWriter, r *http.Request) {
	if s.place.Contact == "" {
		s.missing(w, r)
		return
	}
	lines := fmt.Sprintf("Contact: %s\nExpires: %s", s.place.Contact, time.Now().UTC().Add(securityValid).Format(time.RFC3339))
	if s.place.Origin != "" {
		lines += "\nCanonical: " + s.place.Origin + "/.well-known/security.txt"
	}
	say(w, http.StatusOK, lines)
}
