package token

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestEncryptAndDecrypt(t *testing.T) {
	c := newCodec(t, "secret", Options{})
	token, err := c.Encrypt("somebody")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(token, "XCP.") || strings.Count(token, ".") != 1 || strings.ContainsAny(token, "+/=") {
		t.Errorf("Encrypt = %s", token)
	}
	if data, err := c.Decrypt(token); err != nil || data != "somebody" {
		t.Errorf("Decrypt = %#v, %v", data, err)
	}
	if again, err := c.Encrypt("somebody"); err != nil || again[:20] == token[:20] {
		t.Errorf("a nonce twice: %s, %v", again, err)
	}
	if _, err := c.Decrypt(""); !errors.Is(err, ErrMissing) {
		t.Errorf("no token: %v, want ErrMissing", err)
	}
	for name, other := range map[string]*Codec{
		"salt":       newCodec(t, "not_secret", Options{}),
		"iterations": newCodec(t, "secret", Options{KeyIterations: 1}),
		"digest":     newCodec(t, "secret", Options{KeyDigest: SHA512}),
	} {
		if data, err := other.Decrypt(token); !errors.Is(err, ErrInvalid) || data != nil {
			t.Errorf("with another %s: %#v, %v, want ErrInvalid", name, data, err)
		}
	}
}

// Base64's unused bits and padding carry nothing; any other change is found.
func TestDecryptRefusesEveryChange(t *testing.T) {
	c := newCodec(t, "secret", Options{})
	token, err := c.Encrypt(123456) // 24 + 16 + 21 bytes: no unused bits but in the last letter
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(token) - 1 {
		for bit := range 8 {
			changed := []byte(token)
			changed[i] ^= 1 << bit
			if data, err := c.Decrypt(string(changed)); !errors.Is(err, ErrInvalid) {
				t.Errorf("byte %d, bit %d: %#v, %v, want ErrInvalid", i, bit, data, err)
			}
		}
	}
}

func TestDecryptRefusesGarbage(t *testing.T) {
	c := newCodec(t, "secret", Options{})
	signed, err := c.Sign(1)
	if err != nil {
		t.Fatal(err)
	}
	box := strings.Repeat("A", 54)
	for name, bad := range map[string]string{
		"word":                 "garbage",
		"signed":               signed,
		"prefix":               "XCP.",
		"prefix without a dot": "XCP",
		"lower case":           "xcp." + vectorXCP[4:],
		"too short":            "XCP." + box[:52],
		"only nonce and tag":   "XCP." + box,
		"not base64":           "XCP." + strings.Repeat("!", 60),
		"line end":             vectorXCP[:30] + "\n" + vectorXCP[30:],
		"GCM prefix":           prefixGCM,
		"GCM three parts":      prefixGCM + "AA.AA.AA",
		"GCM five parts":       prefixGCM + "AA.AA.AA.AA.AA",
		"GCM empty parts":      prefixGCM + "...",
		"GCM not base64":       prefixGCM + "!.!.!.!",
		"GCM short key":        prefixGCM + "AAAA." + box[:16] + ".AA." + box[:22],
		"GCM zeros":            prefixGCM + box + "." + box[:16] + ".AA." + box[:22],
	} {
		if data, err := c.Decrypt(bad, Infinity); !errors.Is(err, ErrInvalid) || data != nil {
			t.Errorf("%s: %#v, %v, want ErrInvalid", name, data, err)
		}
	}
}

// encryptGCM makes what plug_crypto 1.x made (PROTOCOL.md §8.5).
func encryptGCM(t *testing.T, key, contentKey, plain []byte) string {
	t.Helper()
	var nonce [gcmNonce]byte
	seal := func(key, plain, aad []byte) []byte {
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		return gcm.Seal(nil, nonce[:], plain, aad)
	}
	box := seal(contentKey, plain, []byte(tokenAAD))
	n := len(plain)
	token := base64.RawURLEncoding.EncodeToString([]byte("A128GCM"))
	for _, part := range [][]byte{append(seal(key, contentKey, nil), nonce[:]...), nonce[:], box[:n], box[n:]} {
		token += "." + base64.RawURLEncoding.EncodeToString(part)
	}
	return token
}

func TestDecryptOfPlugCrypto1(t *testing.T) {
	for _, keyLength := range []int{16, 24, 32} {
		c := newCodec(t, "secret", Options{KeyLength: keyLength})
		plain, err := c.seal("x", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, contentLength := range []int{16, 24, 32} {
			token := encryptGCM(t, c.key, make([]byte, contentLength), plain)
			if data, err := c.Decrypt(token); err != nil || data != "x" {
				t.Errorf("keys of %d and %d: %#v, %v", keyLength, contentLength, data, err)
			}
			if data, err := newCodec(t, "other", Options{KeyLength: keyLength}).Decrypt(token); !errors.Is(err, ErrInvalid) {
				t.Errorf("another salt: %#v, %v, want ErrInvalid", data, err)
			}
		}
		// The age is looked at as everywhere.
		old, err := c.seal("x", []SignOption{vectorTime})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Decrypt(encryptGCM(t, c.key, make([]byte, 16), old)); !errors.Is(err, ErrExpired) {
			t.Errorf("old: %v, want ErrExpired", err)
		}
	}
}

// The lengths of nonce and tag are plug_crypto's, though the key is right and
// AES-GCM could have taken fewer bytes.
func TestLengthsOfPlugCrypto1(t *testing.T) {
	c := newCodec(t, "secret", Options{})
	plain, err := c.seal("x", nil)
	if err != nil {
		t.Fatal(err)
	}
	good := strings.Split(encryptGCM(t, c.key, make([]byte, 16), plain), ".")
	for part := 1; part <= 4; part++ {
		for _, change := range []func(string) string{
			func(s string) string { return s[:len(s)-len(s)%4-4] },
			func(s string) string { return "AAAA" + s },
			func(string) string { return "" },
		} {
			parts := slices.Clone(good)
			parts[part] = change(parts[part])
			if data, err := c.Decrypt(strings.Join(parts, ".")); !errors.Is(err, ErrInvalid) {
				t.Errorf("part %d as %q: %#v, %v, want ErrInvalid", part, parts[part], data, err)
			}
		}
	}
	if data, err := c.Decrypt(strings.Join(good, ".") + "."); !errors.Is(err, ErrInvalid) {
		t.Errorf("six parts: %#v, %v, want ErrInvalid", data, err)
	}
	text, err := decodeBase64(good[3])
	if err != nil {
		t.Fatal(err)
	}
	tag, err := decodeBase64(good[4])
	if err != nil {
		t.Fatal(err)
	}
	moved := slices.Clone(good) // the same bytes, cut elsewhere
	moved[3], moved[4] = "", base64.RawURLEncoding.EncodeToString(append(text, tag...))
	if data, err := c.Decrypt(strings.Join(moved, ".")); !errors.Is(err, ErrInvalid) {
		t.Errorf("text in the tag: %#v, %v, want ErrInvalid", data, err)
	}
	if _, err := c.Decrypt(strings.Join(good, ".")); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func TestKeyLengthOfEncryption(t *testing.T) {
	for _, length := range []int{16, 24, 31, 33, 64} {
		c := newCodec(t, "secret", Options{KeyLength: length})
		if token, err := c.Encrypt(1); err == nil || token != "" || !strings.Contains(err.Error(), "KeyLength 32") {
			t.Errorf("Encrypt with %d: %q, %v", length, token, err)
		}
		if _, err := c.Decrypt(vectorXCP, Infinity); !errors.Is(err, ErrInvalid) {
			t.Errorf("Decrypt with %d: %v, want ErrInvalid", length, err)
		}
		if _, err := c.Sign(1); err != nil {
			t.Errorf("Sign with %d: %v", length, err)
		}
	}
	c := newCodec(t, "secret", Options{KeyLength: 64})
	box := encryptGCM(t, c.key[:32], make([]byte, 16), []byte("x"))
	if _, err := c.Decrypt(box); !errors.Is(err, ErrInvalid) {
		t.Errorf("AES with 64 bytes: %v, want ErrInvalid", err)
	}
}
