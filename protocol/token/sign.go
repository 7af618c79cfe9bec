package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
)

// The first part of a signed token names the HMAC in base64: {"HS256"} and so
// on (PROTOCOL.md §8.1). Written is the first only.
const (
	headerHS256 = "SFMyNTY"
	headerHS384 = "SFMzODQ"
	headerHS512 = "SFM1MTI"
)

// Sign puts data in a token that everybody can read and nobody can change:
// Phoenix.Token.sign. It is signed now and good for a day, unless SignedAt and
// MaxAge say otherwise. Its error is an ErrUnencodable.
func (c *Codec) Sign(data any, options ...SignOption) (string, error) {
	payload, err := c.seal(data, options)
	if err != nil {
		return "", err
	}
	text := make([]byte, 0, len(headerHS256)+1+base64Len(len(payload))+1+base64Len(sha256.Size))
	if cap(text) > c.maxSize {
		return "", c.tooLarge(cap(text))
	}
	text = append(append(text, headerHS256...), '.')
	text = base64.RawURLEncoding.AppendEncode(text, payload)
	var sum [sha256.Size]byte
	mac := c.sum256(sum[:0], text)
	text = append(text, '.')
	text = base64.RawURLEncoding.AppendEncode(text, mac)
	return string(text), nil
}

// Verify returns what is in a signed token: Phoenix.Token.verify. A MaxAge
// replaces the one that the token was signed with. The types that data can
// have are in the package comment. Its error is ErrMissing, ErrInvalid or
// ErrExpired.
func (c *Codec) Verify(token string, options ...VerifyOption) (data any, err error) {
	if err := c.checkSize(token); err != nil {
		return nil, err
	}
	payload, err := c.authenticate(token)
	if err != nil {
		return nil, err
	}
	return c.open(payload, options)
}

// authenticate returns the payload of a token whose MAC is right. The MAC
// covers the text as it was sent, so only its own part can be written in more
// than one way (padded).
func (c *Codec) authenticate(token string) ([]byte, error) {
	header, rest, ok := strings.Cut(token, ".")
	encoded, encodedMAC, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 {
		return nil, invalid("it does not have three parts")
	}
	payload, err := decodeBase64(encoded)
	if err != nil {
		return nil, err
	}
	mac, err := decodeBase64(encodedMAC)
	if err != nil {
		return nil, err
	}
	text := []byte(token[:len(header)+1+len(encoded)])
	var sum [sha512.Size]byte
	var want []byte
	switch header {
	case headerHS256:
		want = c.sum256(sum[:0], text)
	case headerHS384:
		want = sumWith(newMAC(sha512.New384, c.key), sum[:0], text)
	case headerHS512:
		want = sumWith(newMAC(sha512.New, c.key), sum[:0], text)
	default:
		return nil, invalid("its algorithm is none of HS256, HS384, HS512")
	}
	if !hmac.Equal(mac, want) {
		return nil, invalid("its MAC is not that of this secret and salt")
	}
	return payload, nil
}

// sum256 appends the HMAC-SHA256 of text to dst.
func (c *Codec) sum256(dst, text []byte) []byte {
	h := c.hs256.Get().(hash.Hash)
	defer c.hs256.Put(h)
	h.Reset()
	return sumWith(h, dst, text)
}

func newMAC(digest func() hash.Hash, key []byte) hash.Hash { return hmac.New(digest, key) }

func sumWith(h hash.Hash, dst, text []byte) []byte {
	h.Write(text)
	return h.Sum(dst)
}

func (c *Codec) checkSize(token string) error {
	switch {
	case token == "":
		return ErrMissing
	case len(token) > c.maxSize:
		return invalid("it is larger than Options.MaxSize")
	}
	return nil
}

func (c *Codec) tooLarge(size int) error {
	return fmt.Errorf("%w: the token would have %d bytes, Options.MaxSize is %d", ErrUnencodable, size, c.maxSize)
}

func base64Len(n int) int { return base64.RawURLEncoding.EncodedLen(n) }

// decodeBase64 reads URL-safe base64 as Elixir does with `padding: false`:
// without padding or correctly padded, nothing else between. (Go's decoder
// would skip line ends.)
func decodeBase64(s string) ([]byte, error) {
	encoding := base64.RawURLEncoding
	if len(s)%4 == 0 {
		encoding = base64.URLEncoding
	}
	b := make([]byte, encoding.DecodedLen(len(s)))
	n, err := encoding.Decode(b, []byte(s))
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, invalid("a part of it is not URL-safe base64")
	}
	return b[:n], nil
}
