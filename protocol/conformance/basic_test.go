package conformance

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every basic transcript says what it checks, and needs nothing but a mount:
// its paths are the mount's own URLs.
func TestBasicNeedsNoLaboratory(t *testing.T) {
	sections := regexp.MustCompile(`^§\d+(\.\d+)?(, §\d+(\.\d+)?)*$`)
	for _, transcript := range Basic() {
		if !strings.HasPrefix(transcript.Name, "basic-") {
			t.Errorf("%s: the name does not begin with basic-, so it may be a recorded one's", transcript.Name)
		}
		if !sections.MatchString(transcript.Protocol) {
			t.Errorf("%s: checks %q, want sections of PROTOCOL.md", transcript.Name, transcript.Protocol)
		}
		for name, c := range transcript.Connections {
			if c.Path != "/websocket" && c.Path != "/longpoll" {
				t.Errorf("%s: the connection %s has the path %s", transcript.Name, name, c.Path)
			}
		}
		if (transcript.Group == "topic") != slices.Contains(transcript.Tags, "topic") {
			t.Errorf("%s: group %s, tags %v", transcript.Name, transcript.Group, transcript.Tags)
		}
	}
}

// A transcript with ${topic} is played only where there is one.
func TestTopic(t *testing.T) {
	steps := script(opened, `{"do":"send","conn":"a","text":"${topic}"}`, answer(`"${topic}"`))
	err := play(t, steps, Options{Topic: "room:lobby"}, upgraded(func(p *peer) {
		_, topic := p.read()
		p.text(`"` + topic + `"`)
	}))
	if err != nil {
		t.Error(err)
	}
	err = play(t, steps, Options{}, upgraded(echoes))
	if err == nil || !strings.Contains(err.Error(), errNoTopic.Error()) {
		t.Errorf("without a topic: got %v, want %v", err, errNoTopic)
	}
}

// Params go before a request's own query, or alone.
func TestParams(t *testing.T) {
	got := map[string]bool{}
	request := `{"do":"http","method":"GET","path":"/p",%s"expect":{"status":200}}`
	steps := script(opened, strings.ReplaceAll(request, "%s", `"query":"vsn=2.0.0",`), strings.ReplaceAll(request, "%s", ""))
	err := play(t, steps, Options{Params: "token=a%20b"}, func(p *peer) {
		uri, uid, _ := strings.Cut(p.request.RequestURI, "u=")
		got[uri] = uid == "" || len(uid) == 8
		if p.request.URL.Path == "/base/p" {
			p.respond(200, "")
			return
		}
		upgraded(echoes)(p)
	})
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"/base/ws?token=a%20b&", "/base/p?token=a%20b&vsn=2.0.0", "/base/p?token=a%20b"} {
		if !got[want] {
			t.Errorf("got requests for %v, want one for %s", got, want)
		}
	}
}
