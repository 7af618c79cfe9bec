package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// PROTOCOL.md §11.108.
func TestSignAndVerify(t *testing.T) {
	c, other := newCodec(t, "id", Options{}), newCodec(t, "not_id", Options{})
	for _, data := range []any{int64(1), "text", map[any]any{"a": int64(1)}, nil, []any{}} {
		token, err := c.Sign(data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Verify(token)
		if err != nil || !reflect.DeepEqual(got, data) {
			t.Errorf("Verify = %#v, %v, want %#v", got, err, data)
		}
		if got, err := other.Verify(token); !errors.Is(err, ErrInvalid) || got != nil {
			t.Errorf("with another salt: %#v, %v, want ErrInvalid", got, err)
		}
	}
	if _, err := c.Verify(""); !errors.Is(err, ErrMissing) {
		t.Errorf("no token: %v, want ErrMissing", err)
	}
	stranger, err := New(strings.Repeat("another ", 4), "id", Options{})
	if err != nil {
		t.Fatal(err)
	}
	token, err := stranger.Sign(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Verify(token); !errors.Is(err, ErrInvalid) {
		t.Errorf("of another secret: %v, want ErrInvalid", err)
	}
}

func TestVerifyRefusesGarbage(t *testing.T) {
	c := newCodec(t, "id", Options{})
	token, err := c.Sign(1)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	for name, bad := range map[string]string{
		"word":             "garbage",
		"dots":             "..",
		"two parts":        parts[0] + "." + parts[1],
		"four parts":       token + "." + parts[2],
		"trailing dot":     token + ".",
		"leading dot":      "." + token,
		"no MAC":           parts[0] + "." + parts[1] + ".",
		"no header":        "." + parts[1] + "." + parts[2],
		"no algorithm":     base64.RawURLEncoding.EncodeToString([]byte("none")) + "." + parts[1] + ".",
		"padded header":    parts[0] + "=." + parts[1] + "." + parts[2],
		"standard base64":  parts[0] + "." + parts[1] + "." + strings.Repeat("+", 43),
		"space":            token + " ",
		"newline":          token + "\n",
		"newline within":   parts[0] + "." + parts[1] + "." + parts[2][:20] + "\r\n" + parts[2][20:],
		"one pad":          token + "==",
		"encrypted":        vectorXCP,
		"HS384 of HS256":   headerHS384 + "." + parts[1] + "." + parts[2],
		"half a MAC":       token[:len(token)-10],
		"zero bytes":       strings.Repeat("\x00", 100),
		"not UTF-8":        "\xff\xfe.\xff.\xff",
		"only the headers": headerHS256 + ".." + headerHS256,
	} {
		if data, err := c.Verify(bad, Infinity); !errors.Is(err, ErrInvalid) || data != nil {
			t.Errorf("%s: %#v, %v, want ErrInvalid", name, data, err)
		}
	}
}

// Any bit of a token that changes makes it invalid, but for the four that the
// last letter of the MAC does not need: base64 as Elixir reads it ignores them.
func TestVerifyRefusesEveryChange(t *testing.T) {
	c := newCodec(t, "id", Options{})
	token, err := c.Sign("somebody")
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(token) - 1 {
		for bit := range 8 {
			changed := []byte(token)
			changed[i] ^= 1 << bit
			if data, err := c.Verify(string(changed)); !errors.Is(err, ErrInvalid) {
				t.Errorf("byte %d, bit %d: %#v, %v, want ErrInvalid", i, bit, data, err)
			}
		}
	}
}

// PROTOCOL.md §8.1: the MAC's own part may be padded; elsewhere padding is text
// that the MAC does not cover.
func TestPadding(t *testing.T) {
	c := newCodec(t, "id", Options{})
	token, err := c.Sign(1)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	if _, err := c.Verify(token + "="); err != nil {
		t.Errorf("padded MAC: %v", err)
	}
	for n := 1; n < 4; n++ {
		bad := parts[0] + "." + parts[1] + strings.Repeat("=", n) + "." + parts[2]
		if _, err := c.Verify(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("payload with %d: %v, want ErrInvalid", n, err)
		}
	}
	if _, err := c.Verify(token + "=="); !errors.Is(err, ErrInvalid) {
		t.Errorf("MAC padded too much: %v, want ErrInvalid", err)
	}
}

// PROTOCOL.md §8.1, §11.112.
func TestEveryHMACIsAccepted(t *testing.T) {
	c := newCodec(t, "id", Options{})
	payload, err := c.seal("x", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{headerHS256, headerHS384, headerHS512} {
		token := signPayload(c, header, payload)
		if data, err := c.Verify(token); err != nil || data != "x" {
			t.Errorf("%s: %#v, %v", header, data, err)
		}
		for _, other := range []string{headerHS256, headerHS384, headerHS512} {
			if swapped := other + token[len(header):]; swapped != token {
				if _, err := c.Verify(swapped); !errors.Is(err, ErrInvalid) {
					t.Errorf("%s as %s: %v, want ErrInvalid", header, other, err)
				}
			}
		}
		if _, err := newCodec(t, "other", Options{}).Verify(token); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s of another salt: %v, want ErrInvalid", header, err)
		}
	}
	if got, err := c.Sign("x"); err != nil || !strings.HasPrefix(got, headerHS256+".") {
		t.Errorf("Sign = %s, %v, want HS256 always", got, err)
	}
	if header := base64.RawURLEncoding.EncodeToString([]byte("HS256")); header != headerHS256 {
		t.Errorf("HS256 is %s", header)
	}
}

// key_digest is of the key alone: the MAC stays SHA-256 (PROTOCOL.md §8.1).
func TestKeyDigestIsNotTheMAC(t *testing.T) {
	c := newCodec(t, "s", Options{KeyDigest: SHA384})
	token, err := c.Sign(1)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.LastIndex(token, ".")
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(token[:i]))
	if want := base64.RawURLEncoding.EncodeToString(h.Sum(nil)); token[i+1:] != want {
		t.Errorf("MAC = %s, want HMAC-SHA256 %s", token[i+1:], want)
	}
}

func TestMaxSize(t *testing.T) {
	small := newCodec(t, "id", Options{MaxSize: 100})
	if token, err := small.Sign("x"); err != nil {
		t.Errorf("a small token: %v", err)
	} else if _, err := small.Verify(token); err != nil {
		t.Errorf("a small token: %v", err)
	}
	data := strings.Repeat("x", 100)
	if _, err := small.Sign(data); !errors.Is(err, ErrUnencodable) || !strings.Contains(err.Error(), "MaxSize is 100") {
		t.Errorf("Sign past MaxSize: %v, want ErrUnencodable", err)
	}
	if _, err := small.Encrypt(data); !errors.Is(err, ErrUnencodable) {
		t.Errorf("Encrypt past MaxSize: %v, want ErrUnencodable", err)
	}
	large := newCodec(t, "id", Options{})
	signed, err := large.Sign(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := small.Verify(signed); !errors.Is(err, ErrInvalid) {
		t.Errorf("Verify past MaxSize: %v, want ErrInvalid", err)
	}
	if _, err := small.Decrypt(signed); !errors.Is(err, ErrInvalid) {
		t.Errorf("Decrypt past MaxSize: %v, want ErrInvalid", err)
	}
	// The very limit, from both sides.
	for _, c := range []*Codec{newCodec(t, "id", Options{MaxSize: len(signed)}), newCodec(t, "id", Options{MaxSize: len(signed) - 1})} {
		_, signErr := c.Sign(data)
		_, verifyErr := c.Verify(signed)
		if fits := c.maxSize >= len(signed); fits != (signErr == nil) || fits != (verifyErr == nil) {
			t.Errorf("MaxSize %d, token of %d: Sign %v, Verify %v", c.maxSize, len(signed), signErr, verifyErr)
		}
	}
}

func TestSignRefusesWhatCannotBeEncoded(t *testing.T) {
	c := newCodec(t, "id", Options{})
	if token, err := c.Sign(struct{}{}); !errors.Is(err, ErrUnencodable) || token != "" {
		t.Errorf("Sign = %q, %v, want ErrUnencodable", token, err)
	}
	if token, err := c.Encrypt(func() {}); !errors.Is(err, ErrUnencodable) || token != "" {
		t.Errorf("Encrypt = %q, %v, want ErrUnencodable", token, err)
	}
}

func TestErrorsTellNothing(t *testing.T) {
	c := newCodec(t, "id", Options{})
	_, err := c.Verify("password.in.thewrongplace")
	if !errors.Is(err, ErrInvalid) || errors.Is(err, ErrExpired) || strings.Contains(err.Error(), "password") {
		t.Errorf("error = %v", err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if got := fmt.Sprintf(verb, c); got != "token.Codec(redacted)" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestCodecIsSafeForConcurrentUse(t *testing.T) {
	c := newCodec(t, "id", Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				data := int64(i*1000 + j)
				signed, err := c.Sign(data)
				if got, verr := c.Verify(signed); err != nil || verr != nil || got != data {
					t.Errorf("Sign, Verify: %v, %v, %v, want %d", got, err, verr, data)
				}
				boxed, err := c.Encrypt(data)
				if got, derr := c.Decrypt(boxed); err != nil || derr != nil || got != data {
					t.Errorf("Encrypt, Decrypt: %v, %v, %v, want %d", got, err, derr, data)
				}
			}
		})
	}
	wg.Wait()
}
