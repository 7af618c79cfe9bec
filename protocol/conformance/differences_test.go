package conformance

import (
	"path"
	"regexp"
	"slices"
	"testing"
)

// decisions are what an entry may name: DESIGN.md's D1 to D16, or the tag that
// frees the transcript.
var decisions = regexp.MustCompile(`^(D([1-9]|1[0-6])|quirk|http-server)$`)

// No entry is out of date, and each says all that it has to.
func TestDifferencesAreInOrder(t *testing.T) {
	own := map[string]*Transcript{}
	for _, transcript := range Own() {
		own[transcript.Name] = transcript
	}
	recorded := Recorded()
	for _, d := range Differences() {
		if !decisions.MatchString(d.Decision) || d.Reason == "" {
			t.Errorf("%v: no decision or no reason", d.Transcripts)
		}
		if (d.Tolerate == Tolerance{}) == (len(d.Instead) == 0) {
			t.Errorf("%v: an entry tolerates something or replaces the transcript, one of the two", d.Transcripts)
		}
		for _, pattern := range d.Transcripts {
			checkConcerned(t, d, pattern, recorded)
		}
		for _, name := range d.Instead {
			if own[name] == nil {
				t.Errorf("%v: there is no own transcript %s", d.Transcripts, name)
			} else if !slices.Contains(own[name].Tags, d.Decision) {
				t.Errorf("%s does not have the tag %s", name, d.Decision)
			}
		}
	}
}

func checkConcerned(t *testing.T, d Difference, pattern string, recorded []*Transcript) {
	t.Helper()
	found := false
	for _, transcript := range recorded {
		matches, err := path.Match(pattern, transcript.Name)
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		if !matches {
			continue
		}
		found = true
		if d.Decision[0] != 'D' && !slices.Contains(transcript.Tags, d.Decision) {
			t.Errorf("%s has not the tag %s that would free us to differ", transcript.Name, d.Decision)
		}
	}
	if !found {
		t.Errorf("%q is no transcript", pattern)
	}
}

// The decisions that change what a client sees have cases of their own, and no
// case is there without a decision.
func TestDecisionsHaveCases(t *testing.T) {
	checked := map[string]bool{}
	for _, transcript := range Own() {
		decided := false
		for _, tag := range transcript.Tags {
			decided = decided || decisions.MatchString(tag)
			checked[tag] = true
		}
		if !decided {
			t.Errorf("%s has the tags %v, none of them a decision", transcript.Name, transcript.Tags)
		}
	}
	for _, d := range []string{"D3", "D5", "D6", "D7", "D9", "D10", "D13", "D14", "D15", "D16"} {
		if !checked[d] {
			t.Errorf("no transcript of our own checks %s", d)
		}
	}
}

func TestAllowanceFor(t *testing.T) {
	plain := Tolerance{CloseAnswers: true, CloseReasons: true} // D14 holds everywhere
	for name, want := range map[string]Allowance{
		"v2-join-ok":            {Tolerate: plain},
		"lp-malformed":          {Tolerate: plain.or(Tolerance{QuickAnswers: true})},
		"v2-unmasked-frame":     {Tolerate: plain.or(Tolerance{NoCloseFrame: true})},
		"auth-token-bad-base64": {Tolerate: plain, Replaced: true},
	} {
		got := AllowanceFor(name)
		if got.Tolerate != want.Tolerate || got.Replaced != want.Replaced {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if wantMore := want.Tolerate != plain || want.Replaced; (len(got.Differences) > 1) != wantMore {
			t.Errorf("%s: %d differences", name, len(got.Differences))
		}
	}
}
