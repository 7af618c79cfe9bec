package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/assets"
)

// at returns the routes of a server that says this of itself.
func at(t *testing.T, place assets.Place) *routes {
	t.Helper()
	s := site(t, nil)
	s.place = place
	built, err := assets.Read(frontEnd, place)
	if err != nil {
		t.Fatal(err)
	}
	s.site = built
	return s
}

func TestSecurityText(t *testing.T) {
	h := at(t, assets.Place{Contact: "mailto:somebody@example.org", Origin: "https://pages.example.org"}).handler()
	w := request(h, "GET", "/.well-known/security.txt")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Fatalf("%d %q", w.Code, w.Header().Get("Content-Type"))
	}
	fields := make(map[string]string)
	for _, line := range strings.Split(strings.TrimSpace(w.Body.String()), "\n") {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			t.Errorf("the line %q is no field", line)
		}
		fields[name] = value
	}
	if fields["Contact"] != "mailto:somebody@example.org" || fields["Canonical"] != "https://pages.example.org/.well-known/security.txt" {
		t.Errorf("%q", fields)
	}
	expires, err := time.Parse(time.RFC3339, fields["Expires"])
	// RFC 9116 wants less than a year.
	if err != nil || time.Until(expires) < 30*24*time.Hour || time.Until(expires) > 365*24*time.Hour {
		t.Errorf("it expires at %q", fields["Expires"])
	}

	unknown := request(at(t, assets.Place{Contact: "https://example.org/report"}).handler(), "GET", "/.well-known/security.txt")
	if strings.Contains(unknown.Body.String(), "Canonical") {
		t.Errorf("without an origin: %q", unknown.Body)
	}
}

func TestVisitorsAreToldOfThePlace(t *testing.T) {
	about := func(place assets.Place) string {
		return request(at(t, place).handler(), "GET", "/about").Body.String()
	}
	if got, want := about(assets.Place{}), "about\n"; got != want {
		t.Errorf("of a server that says nothing: %q, want %q", got, want)
	}
	place := assets.Place{Contact: "mailto:me@example.org", Origin: "https://example.org"}
	if got, want := about(place), "about\nmailto:me@example.org\nhttps://example.org/x.png\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestSettingsOfThePlace(t *testing.T) {
	tests := []struct {
		args []string
		want assets.Place
	}{
		{nil, assets.Place{}},
		{[]string{"--public-url", "http://10.0.0.7:8080/"}, assets.Place{Origin: "http://10.0.0.7:8080"}},
		{[]string{"--public-url", "https://EXAMPLE.org"}, assets.Place{Origin: "https://EXAMPLE.org"}},
		{[]string{"--contact", "https://example.org/contact?a=b"}, assets.Place{Contact: "https://example.org/contact?a=b"}},
		{[]string{"--contact", "tel:+49-30-1234"}, assets.Place{Contact: "tel:+49-30-1234"}},
		{[]string{"--contact", "mailto:a@example.org"}, assets.Place{Contact: "mailto:a@example.org"}},
	}
	for _, test := range tests {
		c, err := readConfig(test.args, surroundings{lookup: nothing})
		if err != nil || c.place() != test.want {
			t.Errorf("%q: %+v, %v, want %+v", test.args, c.place(), err, test.want)
		}
	}
}
