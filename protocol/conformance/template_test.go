package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

var errNoToken = errors.New("no token")

func testVariables() variables {
	return variables{uid: "0123abcd", token: func(conn string) (string, error) {
		if conn != "p" {
			return "", errNoToken
		}
		return "TOKEN", nil
	}}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestTemplate(t *testing.T) {
	for written, want := range map[string]string{
		"":                              "",
		"plain $ {uid} } text":          "plain $ {uid} } text",
		"${uid}":                        "0123abcd",
		"až${uid}b${uid}🦊":              "až0123abcdb0123abcd🦊",
		"${sha256:}":                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"${sha256:abc}":                 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"${SHA256:abc}":                 "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"want:${sha256:<p>${uid}</p>}!": "want:" + hash("<p>0123abcd</p>") + "!",
		"have:${sha256:žluťoučký🦊${uid}}}": "have:" + hash("žluťoučký🦊0123abcd") + "}",
		"${sha256:${sha256:x}}":            hash(hash("x")),
		"x${token:p}y":                     "xTOKENy",
		`{"a":"${uid}","b":{"c":"{}"}}`:    `{"a":"0123abcd","b":{"c":"{}"}}`,
	} {
		parsed, err := parseTemplate(written)
		if err != nil {
			t.Errorf("%q: %v", written, err)
			continue
		}
		if got, err := parsed.expand(testVariables()); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", written, got, err, want)
		}
	}
}

func TestTemplateWithoutToken(t *testing.T) {
	for _, written := range []string{"${token:q}", "x${sha256:${token:${uid}}}"} {
		parsed, err := parseTemplate(written)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.expand(testVariables()); !errors.Is(err, errNoToken) {
			t.Errorf("%q: got %q, %v; want %v", written, got, err, errNoToken)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for written, want := range map[string]string{
		"${":               `without its "}"`,
		"${uid":            `without its "}"`,
		"${sha256:x":       `without its "}"`,
		"${sha256:${uid}":  `without its "}"`,
		"${uuid}":          "no such variable: ${uuid}",
		"${}":              "no such variable: ${}",
		"${sha256}":        "wrong use of the colon",
		"${uid:1}":         "wrong use of the colon",
		"${sha256:${nope}": "no such variable: ${nope}",
	} {
		if _, err := parseTemplate(written); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", written, err, want)
		}
	}
}
