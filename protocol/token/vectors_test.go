package token

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

// vectorSecret is the secret_key_base of the vectors of PROTOCOL.md §8.4 and
// §8.5, observed on a real Phoenix with OTP 25.
const vectorSecret = "kjoy3o1zeidquwy1398juxzldjlksahdk3"

var vectorTime = SignedAt(time.Unix(1_700_000_000, 0))

// signVectors are those of §8.4 that Sign makes.
var signVectors = []struct {
	name    string
	salt    string
	keys    Options
	data    any
	options []SignOption
	token   string
	read    any // what Verify returns
}{
	{
		name: "signed in 1970", salt: "user auth", data: 99, options: []SignOption{SignedAt(time.Unix(0, 0))},
		token: "SFMyNTY.g2gDYWNhAGIAAVGA.Qgjkb4EbKYC8Ag5tGjveFfYe-uUOhyP9l9S4jnVTp00",
		read:  int64(99),
	},
	{
		name: "integer", salt: "user auth", data: 99, options: []SignOption{vectorTime},
		token: "SFMyNTY.g2gDYWNuBgAAaOXPiwFiAAFRgA.uvJEDHa-IjTolIYW4Crh8PlZJCIGkSHuF4_nhnqPLRk",
		read:  int64(99),
	},
	{
		name: "infinity", salt: "user auth", data: 99, options: []SignOption{vectorTime, Infinity},
		token: "SFMyNTY.g2gDYWNuBgAAaOXPiwFkAAhpbmZpbml0eQ.DTzISyW3nolio5ygOFMIjCnVYH6cg0l0v_gez6aGptM",
		read:  int64(99),
	},
	{
		name: "string, two weeks", salt: "user socket", data: "user-1",
		options: []SignOption{vectorTime, MaxAge(1_209_600 * time.Second)},
		token:   "SFMyNTY.g2gDbQAAAAZ1c2VyLTFuBgAAaOXPiwFiABJ1AA.945JMsfyVbTBHoWS52z5hETd2fae8H0jTCS4TOSkdUU",
		read:    "user-1",
	},
	{
		name: "map", salt: "s", data: map[string]any{"n": nil, "id": 1}, options: []SignOption{vectorTime},
		token: "SFMyNTY.g2gDdAAAAAJtAAAAAmlkYQFtAAAAAW5kAANuaWxuBgAAaOXPiwFiAAFRgA.Ti-2A5mIa0XdpdOxs_tPDDCwbOUJAm33Jvpb91AjLI0",
		read:  map[any]any{"id": int64(1), "n": nil},
	},
	{
		name: "list", salt: "s", data: []any{1, "a", Atom("b"), Tuple{2.5, true}}, options: []SignOption{vectorTime},
		token: "SFMyNTY.g2gDbAAAAARhAW0AAAABYWQAAWJoAkZABAAAAAAAAGQABHRydWVqbgYAAGjlz4sBYgABUYA.0Z6zhk9IJGPcwV-TqLr4xL4cdfGrUPDWWkp-KfDew74",
		read:  []any{int64(1), "a", Atom("b"), Tuple{2.5, true}},
	},
	{
		name: "another key", salt: "s", keys: Options{KeyDigest: SHA512, KeyIterations: 2, KeyLength: 64},
		data: 99, options: []SignOption{vectorTime},
		token: "SFMyNTY.g2gDYWNuBgAAaOXPiwFiAAFRgA.oru9Ukh_bDKQ5XxGY_gtn5oErxECC8sOpPX3yya2eV4",
		read:  int64(99),
	},
	{
		name: "fractions", salt: "s", data: 99,
		options: []SignOption{SignedAt(time.UnixMilli(1500)), MaxAge(500 * time.Millisecond)},
		token:   "SFMyNTY.g2gDYWNiAAAF3EY_4AAAAAAAAA.NLzvlsm0C4XgqrXyQlYai4FxMMV_iJhJAhe8OJ3Z1SI",
		read:    int64(99),
	},
}

func TestSignVectors(t *testing.T) {
	for _, v := range signVectors {
		t.Run(v.name, func(t *testing.T) {
			v.keys.LegacyAtoms = true
			c := newCodec(t, v.salt, v.keys)
			got, err := c.Sign(v.data, v.options...)
			if err != nil || got != v.token {
				t.Errorf("Sign = %q, %v\nwant   %q", got, err, v.token)
			}
			data, err := c.Verify(v.token, Infinity)
			if err != nil || !reflect.DeepEqual(data, v.read) {
				t.Errorf("Verify = %#v, %v, want %#v", data, err, v.read)
			}
		})
	}
}

// Verify reads what Sign never writes: a compressed term, another HMAC.
func TestVerifyVectors(t *testing.T) {
	c := newCodec(t, "user auth", Options{})
	for token, want := range map[string]any{
		"SFMyNTY.g1AAAADdeJzLYM5lYGA4kThMQB4bA0PG0_PdjEkMjIENAGk6Ubk.Xnt7LynNSfAFT-SFWEDL-r-GNckPCw4RWjCoEZcPk-A":                   strings.Repeat("a", 200),
		"SFM1MTI.g2gDYQduBgAAaOXPiwFiAAFRgA.zLbY5YIbXVogJksWPY5vAb8ECy1Jz5nGPoKvUKpayl5CZCYUyC6agVwsIxjQMADs4x66K6NU5T36lD5FyhW60A": int64(7),
	} {
		data, err := c.Verify(token, Infinity)
		if err != nil || data != want {
			t.Errorf("Verify(%.12s…) = %#v, %v, want %#v", token, data, err, want)
		}
		if _, err := c.Verify(token); !errors.Is(err, ErrExpired) {
			t.Errorf("Verify(%.12s…) years later: %v, want ErrExpired", token, err)
		}
	}
}

func TestVectorPayload(t *testing.T) {
	payload := strings.Split(signVectors[0].token, ".")[1]
	b, err := base64.RawURLEncoding.DecodeString(payload)
	if want := "83680361636100620001 5180"; err != nil || hex.EncodeToString(b) != strings.ReplaceAll(want, " ", "") {
		t.Errorf("payload = %x, %v, want %s", b, err, want)
	}
}

// Atoms as OTP 26 and later write them are the default, and either way is read
// by either side.
func TestAtomsOfBothErlangs(t *testing.T) {
	modern := newCodec(t, "s", Options{})
	legacy := newCodec(t, "s", Options{LegacyAtoms: true})
	data := []any{nil, true, Atom("ok"), Atom("é"), Atom("ł")}
	newer, err := modern.Sign(data, vectorTime, Infinity)
	if err != nil {
		t.Fatal(err)
	}
	older, err := legacy.Sign(data, vectorTime, Infinity)
	if err != nil {
		t.Fatal(err)
	}
	if newer == older {
		t.Error("LegacyAtoms makes no difference")
	}
	for _, token := range []string{newer, older} {
		for _, c := range []*Codec{modern, legacy} {
			got, err := c.Verify(token)
			if err != nil || !reflect.DeepEqual(got, data) {
				t.Errorf("Verify = %#v, %v, want %#v", got, err, data)
			}
		}
	}
}

func TestKeys(t *testing.T) {
	for salt, want := range map[string]string{
		"user auth":   "71e6bb9087444023e8313bbb80bf25945ba411c024f266b2954f9ca21db07a01",
		"user secret": "c90eb0512ce6277786f5c83fca2a59b721dd173fc24dde9b5144b014fb740eda",
	} {
		if got := hex.EncodeToString(newCodec(t, salt, Options{}).key); got != want {
			t.Errorf("key of %q = %s, want %s", salt, got, want)
		}
	}
}

const vectorXCP = "XCP.HVMpAF72_cjKVBbfUyWxKV9-w_5cVrqP74hn39AZwe6i6Wik_IXrEYzI1ggTmPuJaO6iC5c7bq-6MMo"

func TestDecryptVector(t *testing.T) {
	c := newCodec(t, "user secret", Options{})
	data, err := c.Decrypt(vectorXCP, Infinity)
	if err != nil || data != int64(99) {
		t.Errorf("Decrypt = %#v, %v, want 99", data, err)
	}
	if _, err := newCodec(t, "user auth", Options{}).Decrypt(vectorXCP, Infinity); !errors.Is(err, ErrInvalid) {
		t.Errorf("Decrypt with another salt: %v, want ErrInvalid", err)
	}
}

// With the vector's nonce, encryption gives the vector.
func TestEncryptVector(t *testing.T) {
	c := newCodec(t, "user secret", Options{})
	plain, err := c.seal(99, []SignOption{vectorTime})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(vectorXCP, "XCP."))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.encryptWith(sealed[:nonceSize], plain); got != vectorXCP {
		t.Errorf("encryptWith = %s\nwant          %s", got, vectorXCP)
	}
}

// PROTOCOL.md §11.114: a message of plug_crypto 1.x with a secret, a signing
// secret and an AAD of its own, and every wrong combination.
func TestDecryptVectorOfPlugCrypto1(t *testing.T) {
	const vector = "QTEyOEdDTQ.L85cCXPvSqswNJoxmP5QTopFY83qCPj9czxkwct8b0HDHdC8Qwruhkq3SWw.mmqfbc2dfaMMi6Xi.n1qvYhAUYI0r7-QB6Vw.0jV2tT3U-AQMAQSch2rNsw"
	right, wrong := []byte(strings.Repeat("abcdefgh", 4)), []byte(strings.Repeat("12345678", 4))
	rest := strings.TrimPrefix(vector, prefixGCM)
	plain, err := decryptGCM(rest, right, right, []byte("right aad"))
	if err != nil || string(plain) != "\x00hełłoworld\x00" {
		t.Errorf("decryptGCM = %q, %v", plain, err)
	}
	for _, bad := range []struct {
		name         string
		key, signing []byte
		aad          string
	}{
		{"aad", right, right, "wrong aad"},
		{"secret", wrong, right, "right aad"},
		{"signing secret", right, wrong, "right aad"},
		{"both secrets", wrong, wrong, "right aad"},
	} {
		if plain, err := decryptGCM(rest, bad.key, bad.signing, []byte(bad.aad)); !errors.Is(err, ErrInvalid) || plain != nil {
			t.Errorf("with the wrong %s: %q, %v, want ErrInvalid", bad.name, plain, err)
		}
	}
}

func newCodec(t testing.TB, salt string, o Options) *Codec {
	t.Helper()
	c, err := New(vectorSecret, salt, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signPayload makes a token with a true MAC of any payload.
func signPayload(c *Codec, header string, payload []byte) string {
	text := header + "." + base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(macOf(c, header, text))
}

func macOf(c *Codec, header, text string) []byte {
	digest := sha256.New
	switch header {
	case headerHS384:
		digest = sha512.New384
	case headerHS512:
		digest = sha512.New
	}
	return sumWith(newMAC(digest, c.key), nil, []byte(text))
}

// signTerm makes a token with a true MAC of any term.
func signTerm(t testing.TB, c *Codec, term any) string {
	t.Helper()
	payload, err := encodeTerm(term, false)
	if err != nil {
		t.Fatal(err)
	}
	return signPayload(c, headerHS256, payload)
}

func bigInt(t testing.TB, s string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(s, 0)
	if !ok {
		t.Fatalf("%q is not an integer", s)
	}
	return n
}
