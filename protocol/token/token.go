package token

import (
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// Digest is the hash under the derivation of the key (key_digest). It has no
// effect on the MAC of a token, which Sign always makes with SHA-256.
type Digest string

// The digests that Phoenix.Token knows.
const (
	SHA256 Digest = "sha256"
	SHA384 Digest = "sha384"
	SHA512 Digest = "sha512"
)

// Defaults of Options. Those of the key are Phoenix.Token's.
const (
	DefaultKeyIterations = 1000
	DefaultKeyLength     = 32       // bytes
	DefaultMaxSize       = 64 << 10 // bytes; Phoenix has no such bound
)

const (
	// minSecret is what Phoenix.Token asks of a secret_key_base (PROTOCOL.md §8.1).
	minSecret = 20
	// maxKeyLength bounds what a slip of configuration can cost: no digest here
	// gains anything past its block, which is at most 128 bytes.
	maxKeyLength = 4096
)

// Options are the options of a Codec. The zero value is Phoenix.Token's own
// defaults. The key options must be the same on both sides.
type Options struct {
	// KeyIterations of PBKDF2, key_iterations. 0 is 1000.
	KeyIterations int
	// KeyLength in bytes, key_length, 1 to 4096. 0 is 32. Encrypt needs 32;
	// Decrypt also reads plug_crypto 1.x's tokens with 16 and 24.
	KeyLength int
	// KeyDigest, key_digest. "" is SHA256.
	KeyDigest Digest
	// LegacyAtoms writes atoms, also nil, true and false, as Erlang/OTP 25 and
	// older did, so that Sign makes the same bytes as such a Phoenix. Every
	// Erlang reads both forms, and so do Verify and Decrypt.
	LegacyAtoms bool
	// MaxSize is the largest token in bytes of its text, and the largest term
	// that a compressed one may become. 0 is 65,536. Reading allocates at most
	// some sixty times as much (Go's maps are large), and that only for a
	// token with a true MAC; a forged one costs three times its own size.
	MaxSize int
}

// Codec makes and reads the tokens of one secret and one salt. It is safe for
// concurrent use.
type Codec struct {
	key     []byte
	xchacha cipher.AEAD // nil unless the key has its 32 bytes
	legacy  bool
	maxSize int
	hs256   sync.Pool // of hash.Hash: keyed HMACs, whose set-up costs as much as a token
}

// New derives the key of a secret and a salt and returns the Codec for their
// tokens. The secret is at least 20 bytes, as Phoenix.Token requires.
func New(secret, salt string, o Options) (*Codec, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("token: the secret has %d bytes and needs at least %d: make one with `mix phx.gen.secret`, or `openssl rand -base64 48`", len(secret), minSecret)
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	digest, err := o.KeyDigest.hash()
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(digest, secret, []byte(salt), o.KeyIterations, o.KeyLength)
	if err != nil {
		return nil, fmt.Errorf("token: failed to derive the key: %w", err)
	}
	c := &Codec{key: key, legacy: o.LegacyAtoms, maxSize: o.MaxSize}
	c.hs256.New = func() any { return newMAC(sha256.New, key) }
	if len(key) == chacha20poly1305.KeySize {
		if c.xchacha, err = chacha20poly1305.NewX(key); err != nil {
			return nil, fmt.Errorf("token: failed to set up XChaCha20-Poly1305: %w", err)
		}
	}
	return c, nil
}

// Format keeps the key out of whatever prints a Codec.
func (c *Codec) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "token.Codec(redacted)") }

func (o Options) withDefaults() (Options, error) {
	if o.KeyIterations == 0 {
		o.KeyIterations = DefaultKeyIterations
	}
	if o.KeyLength == 0 {
		o.KeyLength = DefaultKeyLength
	}
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	switch {
	case o.KeyIterations < 0:
		return o, fmt.Errorf("token: KeyIterations is %d: it must be 1 or more, or 0 for %d", o.KeyIterations, DefaultKeyIterations)
	case o.KeyLength < 0 || o.KeyLength > maxKeyLength:
		return o, fmt.Errorf("token: KeyLength is %d: it must be 1 to %d bytes, or 0 for %d", o.KeyLength, maxKeyLength, DefaultKeyLength)
	case o.MaxSize < 0:
		return o, fmt.Errorf("token: MaxSize is %d: it must be 1 or more bytes, or 0 for %d", o.MaxSize, DefaultMaxSize)
	}
	return o, nil
}

func (d Digest) hash() (func() hash.Hash, error) {
	switch d {
	case "", SHA256:
		return sha256.New, nil
	case SHA384:
		return sha512.New384, nil
	case SHA512:
		return sha512.New, nil
	}
	return nil, fmt.Errorf("token: KeyDigest %q is not known: it must be %s, %s or %s", string(d), SHA256, SHA384, SHA512)
}
