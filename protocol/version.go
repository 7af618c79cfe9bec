package protocol

import (
	"fmt"
	"strings"
)

// A Version offers a serializer to the clients whose vsn meets a requirement.
type Version struct {
	Serializer  Serializer
	Requirement string // "~> 2.0.0": at least 2.0.0 and of the 2.0 series; "~> 2.1": at least 2.1.0 and of the 2 series
}

// DefaultVersions returns what Negotiate offers if it is told nothing else: V1 for 1.0.x, V2 for 2.0.x.
func DefaultVersions() []Version {
	return []Version{{V1, "~> 1.0.0"}, {V2, "~> 2.0.0"}}
}

// Negotiate picks the serializer for a client's vsn: the first in the list whose requirement it meets (PROTOCOL.md §2).
// A nil list is DefaultVersions. vsn must be a full semantic version; a client that sent none has "1.0.0", which is for
// the caller to fill in. The error is ErrVersion, but for a requirement that cannot be read (see Version.Check).
func Negotiate(versions []Version, vsn string) (Serializer, error) {
	if versions == nil {
		versions = DefaultVersions()
	}
	v, ok := parseVersion(vsn, false)
	if !ok {
		return nil, fmt.Errorf("%w %.40q: not a semantic version such as 2.0.0", ErrVersion, vsn)
	}
	for _, offer := range versions {
		r, err := offer.requirement()
		if err != nil {
			return nil, err
		}
		if r.metBy(v) {
			return offer.Serializer, nil
		}
	}
	return nil, fmt.Errorf("%w %.40q: no serializer for it", ErrVersion, vsn)
}

// Check tells what is wrong with a Version, so that a server finds out when it starts and not when a client comes.
func (v Version) Check() error {
	if v.Serializer == nil {
		return fmt.Errorf("protocol: version %q has no serializer", v.Requirement)
	}
	_, err := v.requirement()
	return err
}

func (v Version) requirement() (version, error) {
	operand, ok := strings.CutPrefix(strings.TrimSpace(v.Requirement), "~>")
	if ok {
		var r version
		if r, ok = parseVersion(strings.TrimSpace(operand), true); ok && !r.pre {
			return r, nil
		}
	}
	return version{}, fmt.Errorf("protocol: version requirement %q is not of the form \"~> 2.0.0\" or \"~> 2.0\"", v.Requirement)
}

// A version is a semantic version taken apart. Numbers stay decimal text without leading zeros, so that none is too big.
type version struct {
	major, minor string
	patch        string // empty in a requirement that leaves it out
	pre          bool   // there is a pre-release part: it comes before the version it names
}

// metBy reports whether v is at least r and of the same series, which is named by all numbers of r but its last.
// A pre-release counts as its series' own: 2.1.0-rc.1 is of 2.1, not of 2.0.
func (r version) metBy(v version) bool {
	if v.major != r.major {
		return false
	}
	if r.patch == "" {
		return atLeast(v.minor, r.minor, v.patch == "0" && v.pre)
	}
	return v.minor == r.minor && atLeast(v.patch, r.patch, v.pre)
}

// atLeast compares two decimal numbers; below says that a is a pre-release of the number written.
func atLeast(a, b string, below bool) bool {
	if a == b {
		return !below
	}
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b
}

// parseVersion reads MAJOR.MINOR.PATCH[-pre][+build]; PATCH may be left out if short.
func parseVersion(s string, short bool) (version, bool) {
	s, build, hasBuild := strings.Cut(s, "+")
	s, pre, hasPre := strings.Cut(s, "-")
	if hasBuild && !identifiers(build, false) || hasPre && !identifiers(pre, true) {
		return version{}, false
	}
	v := version{pre: hasPre}
	var rest string
	var hasMinor, hasPatch bool
	v.major, rest, hasMinor = strings.Cut(s, ".")
	v.minor, v.patch, hasPatch = strings.Cut(rest, ".")
	ok := hasMinor && number(v.major) && number(v.minor) && (hasPatch && number(v.patch) || !hasPatch && short)
	return v, ok
}

// identifiers reports whether s is a list of identifiers between dots. In a pre-release a number has no leading zero.
func identifiers(s string, pre bool) bool {
	for id := range strings.SplitSeq(s, ".") {
		if id == "" || strings.Trim(id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") != "" {
			return false
		}
		if pre && digits(id) && !number(id) {
			return false
		}
	}
	return true
}

func number(s string) bool { return digits(s) && (s == "0" || s[0] != '0') }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
