package protocol

import (
	"errors"
	"strings"
	"testing"
)

func TestNegotiate(t *testing.T) {
	// The table of PROTOCOL.md §2, all of it observed, and what semantic versioning adds.
	accepted := map[string]Serializer{
		"1.0.0": V1, "1.0.5": V1, "1.0.99": V1, "1.0.0+b": V1,
		"2.0.0": V2, "2.0.9": V2, "2.0.1-rc.1": V2, "2.0.0+b": V2, "2.0.0+b-1.00": V2, "2.0.10": V2,
		"2.0.123456789012345678901234567890": V2, "2.0.1--": V2, "2.0.1-0a.0": V2,
	}
	for vsn, want := range accepted {
		if got, err := Negotiate(nil, vsn); got != want || err != nil {
			t.Errorf("vsn %q: %v, %v; want %v", vsn, got, err, want)
		}
	}
	refused := []string{
		"1", "2", "2.0", "", "1.1.0", "2.1.0", "2.1.0-rc.1", "2.0.0-dev", "v2.0.0", "abc", "123.1.1", "banana", "0.9.0",
		"2.0.0.0", "2.0.", ".0.0", "2..0", "02.0.0", "2.00.0", "2.0.00", "2.0.01", " 2.0.0", "2.0.0 ", "+2.0.0", "2.0.-1",
		"2.0.1-", "2.0.1-a..b", "2.0.1-01", "2.0.1-ž", "2.0.0+", "2.0.0+a+b", "2.0.0+a_b", "1.0.0-rc.1", "3.0.0", "20.0.0",
	}
	for _, vsn := range refused {
		if got, err := Negotiate(nil, vsn); !errors.Is(err, ErrVersion) {
			t.Errorf("vsn %q: %v, %v; want it refused", vsn, got, err)
		}
	}
}

func TestRequirements(t *testing.T) {
	tests := []struct {
		requirement, vsn string
		ok               bool
	}{
		{"~> 2.0.3", "2.0.2", false}, {"~> 2.0.3", "2.0.3", true}, {"~> 2.0.3", "2.0.3-rc", false}, {"~> 2.0.3", "2.0.11", true},
		{"~> 2.1", "2.1.0", true}, {"~> 2.1", "2.0.9", false}, {"~> 2.1", "2.10.0", true}, {"~> 2.1", "3.0.0", false},
		{"~> 2.1", "2.1.0-rc", false}, {"~> 2.1", "2.1.1-rc", true}, {"~> 2.1", "2.2.0-rc", true}, {"~> 2.1", "3.0.0-rc", false},
		{" ~>2.0.0 ", "2.0.0", true},
	}
	for _, tt := range tests {
		got, err := Negotiate([]Version{{V2, tt.requirement}}, tt.vsn)
		if tt.ok != (got == V2) || tt.ok == errors.Is(err, ErrVersion) {
			t.Errorf("%s for %s: %v, %v; want a match: %v", tt.requirement, tt.vsn, got, err, tt.ok)
		}
	}
}

func TestNegotiateTakesTheFirst(t *testing.T) {
	versions := []Version{{V2015, "~> 1.0.5"}, {V1, "~> 1.0.0"}, {V2, "~> 1.0"}}
	for vsn, want := range map[string]Serializer{"1.0.4": V1, "1.0.5": V2015, "1.1.0": V2} {
		if got, err := Negotiate(versions, vsn); got != want || err != nil {
			t.Errorf("vsn %s: %v, %v; want %v", vsn, got, err, want)
		}
	}
	if _, err := Negotiate([]Version{}, "2.0.0"); !errors.Is(err, ErrVersion) {
		t.Errorf("empty list: %v, want everything refused", err)
	}
}

func TestVersionCheck(t *testing.T) {
	for _, v := range DefaultVersions() {
		if err := v.Check(); err != nil {
			t.Error(err)
		}
	}
	for _, requirement := range []string{"", "2.0.0", ">= 2.0.0", "~> 2", "~> 2.0.0-rc.1", "~> 2.0.0 and < 3.0.0", "~> x.y.z"} {
		err := Version{V2, requirement}.Check()
		if err == nil || !strings.Contains(err.Error(), requirement) {
			t.Errorf("requirement %q: error %v, want one that quotes it", requirement, err)
		}
		if _, err := Negotiate([]Version{{V2, requirement}}, "2.0.0"); err == nil || errors.Is(err, ErrVersion) {
			t.Errorf("requirement %q: Negotiate's error is %v, want one that is not the client's", requirement, err)
		}
	}
	if err := (Version{nil, "~> 2.0.0"}).Check(); err == nil {
		t.Error("a version without a serializer passed")
	}
}

func TestVersionErrorIsShort(t *testing.T) {
	if _, err := Negotiate(nil, strings.Repeat("9", 100000)); len(err.Error()) > 150 {
		t.Errorf("error of %d bytes repeats what the client sent", len(err.Error()))
	}
}
