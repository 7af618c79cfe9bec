package token

import (
	"bytes"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		secret string
		o      Options
		says   string
	}{
		"no secret":       {"", Options{}, "at least 20"},
		"a short secret":  {strings.Repeat("x", 19), Options{}, "19 bytes"},
		"iterations":      {vectorSecret, Options{KeyIterations: -1}, "KeyIterations is -1"},
		"key length":      {vectorSecret, Options{KeyLength: -1}, "KeyLength is -1"},
		"long key length": {vectorSecret, Options{KeyLength: 4097}, "KeyLength is 4097"},
		"size":            {vectorSecret, Options{MaxSize: -1}, "MaxSize is -1"},
		"digest":          {vectorSecret, Options{KeyDigest: "md5"}, `KeyDigest "md5"`},
	} {
		c, err := New(test.secret, "s", test.o)
		if err == nil || c != nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, %v, want an error with %q", name, c, err, test.says)
		}
		if err != nil && test.secret != "" && strings.Contains(err.Error(), test.secret) {
			t.Errorf("%s: the error shows the secret", name)
		}
	}
}

func TestShortestSecret(t *testing.T) {
	if _, err := New(strings.Repeat("x", 20), "", Options{}); err != nil {
		t.Errorf("20 bytes, no salt: %v", err)
	}
}

// PROTOCOL.md §11.111.
func TestKeyOptions(t *testing.T) {
	key := func(o Options) []byte { return newCodec(t, "id", o).key }
	base := key(Options{})
	if explicit := key(Options{KeyIterations: 1000, KeyLength: 32, KeyDigest: SHA256}); !bytes.Equal(base, explicit) {
		t.Error("the defaults are not 1000, 32, sha256")
	}
	for name, o := range map[string]Options{
		"iterations": {KeyIterations: 1},
		"length":     {KeyLength: 16},
		"sha384":     {KeyDigest: SHA384},
		"sha512":     {KeyDigest: SHA512},
	} {
		if bytes.Equal(base, key(o)) {
			t.Errorf("%s makes no difference to the key", name)
		}
		c, err := newCodec(t, "id", o).Sign(1, vectorTime)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := newCodec(t, "id", Options{}).Sign(1, vectorTime); err != nil || plain == c {
			t.Errorf("%s makes no difference to the token", name)
		}
	}
}
