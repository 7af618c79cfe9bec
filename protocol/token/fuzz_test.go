package token

import (
	"encoding/base64"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func addVectors(f *testing.F) {
	for _, v := range signVectors {
		f.Add(v.token)
	}
	for _, s := range []string{
		vectorXCP, "", ".", "..", "...", headerHS512 + ".g2gD.AAAA", prefixXCP, prefixGCM + "...", strings.Repeat("A", 1000),
		"SFMyNTY.g1AAAADdeJzLYM5lYGA4kThMQB4bA0PG0_PdjEkMjIENAGk6Ubk.Xnt7LynNSfAFT-SFWEDL-r-GNckPCw4RWjCoEZcPk-A",
	} {
		f.Add(s)
	}
}

// checkOutcome holds for whatever comes in: data or one of the three errors.
func checkOutcome(t *testing.T, data any, err error) {
	t.Helper()
	known := errors.Is(err, ErrInvalid) || errors.Is(err, ErrExpired) || errors.Is(err, ErrMissing)
	if err != nil && (!known || data != nil) {
		t.Fatalf("%#v, %v", data, err)
	}
}

// A text is read as a stranger's, and then with its true MAC in the place of the
// last part, as what a holder of the key could have signed.
func FuzzVerify(f *testing.F) {
	addVectors(f)
	c := newCodec(f, "user auth", Options{})
	roomy := newCodec(f, "user auth", Options{MaxSize: 1 << 24}) // what came compressed is written in full
	f.Fuzz(func(t *testing.T, token string) {
		for _, options := range [][]VerifyOption{nil, {Infinity}, {MaxAge(0)}} {
			data, err := c.Verify(token, options...)
			checkOutcome(t, data, err)
		}
		i := strings.LastIndexByte(token, '.')
		if i < 0 {
			return
		}
		header, _, _ := strings.Cut(token, ".")
		signed := token[:i+1] + base64.RawURLEncoding.EncodeToString(macOf(c, header, token[:i]))
		data, err := c.Verify(signed, Infinity)
		checkOutcome(t, data, err)
		if err != nil {
			return
		}
		again, err := roomy.Sign(data)
		if err != nil {
			t.Fatalf("what was read cannot be signed: %#v: %v", data, err)
		}
		if got, err := roomy.Verify(again, Infinity); err != nil || !reflect.DeepEqual(got, data) {
			t.Fatalf("Verify(Sign) = %#v, %v, want %#v", got, err, data)
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	addVectors(f)
	c := newCodec(f, "user secret", Options{})
	small := newCodec(f, "user secret", Options{KeyLength: 16})
	f.Fuzz(func(t *testing.T, token string) {
		for _, codec := range []*Codec{c, small} {
			for _, options := range [][]VerifyOption{nil, {Infinity}} {
				data, err := codec.Decrypt(token, options...)
				checkOutcome(t, data, err)
			}
		}
		if len(token) > 10_000 {
			return
		}
		// The text as data, and as a whole plaintext.
		boxed, err := c.Encrypt(token, Infinity)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Decrypt(boxed); err != nil || got != token {
			t.Fatalf("Decrypt(Encrypt) = %#v, %v", got, err)
		}
		data, err := c.Decrypt(c.encryptWith(make([]byte, nonceSize), []byte(token)), Infinity)
		checkOutcome(t, data, err)
	})
}

// FuzzDecodeTerm: what is read can be written, and is then read as the same.
func FuzzDecodeTerm(f *testing.F) {
	for _, test := range terms {
		f.Add(unhex(f, test.hex))
		if b, err := encodeTerm(test.value, false); err == nil {
			f.Add(b)
		}
	}
	f.Add(compressed(f, 2, []byte("a\x07")))
	f.Add([]byte("\x83l\xff\xff\xff\xff"))
	f.Add([]byte("\x83" + strings.Repeat("h\x01", 70) + "j"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 4096
		v, err := decodeTerm(b, limit)
		if err != nil {
			if v != nil || !errors.Is(err, ErrInvalid) {
				t.Fatalf("%#v, %v", v, err)
			}
			return
		}
		for _, legacy := range []bool{false, true} {
			again, err := encodeTerm(v, legacy)
			if err != nil {
				t.Fatalf("%#v cannot be written: %v", v, err)
			}
			if got, err := decodeTerm(again, limit); err != nil || !reflect.DeepEqual(got, v) {
				t.Fatalf("%#v is read as %#v, %v", v, got, err)
			}
			// Once in our form, a term stays in it.
			if third, err := encodeTerm(v, legacy); err != nil || string(third) != string(again) {
				t.Fatalf("written as %x, then as %x, %v", again, third, err)
			}
		}
	})
}
