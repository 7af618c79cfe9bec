package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	// prefixXCP begins a token of plug_crypto 2.x: XChaCha20-Poly1305.
	prefixXCP = "XCP."
	// prefixGCM begins one of plug_crypto 1.x, base64 of {"A128GCM"}: AES-GCM.
	// It is read, never written.
	prefixGCM = "QTEyOEdDTQ."
	// tokenAAD is authenticated with the content of both kinds; the newer kept
	// the older's (PROTOCOL.md §8.5).
	tokenAAD = "A128GCM"

	nonceSize = chacha20poly1305.NonceSizeX
	tagSize   = chacha20poly1305.Overhead // that of AES-GCM as well
	gcmNonce  = 12
)

// Encrypt puts data in a token that nobody without the secret can read or
// change: Phoenix.Token.encrypt of plug_crypto 2.x. It is signed now and good
// for a day, unless SignedAt and MaxAge say otherwise. It needs a KeyLength of
// 32. Its error is an ErrUnencodable, or says that the key has another length.
func (c *Codec) Encrypt(data any, options ...SignOption) (string, error) {
	if c.xchacha == nil {
		return "", fmt.Errorf("token: Encrypt needs Options.KeyLength %d, it is %d", chacha20poly1305.KeySize, len(c.key))
	}
	plain, err := c.seal(data, options)
	if err != nil {
		return "", err
	}
	if size := len(prefixXCP) + base64Len(nonceSize+tagSize+len(plain)); size > c.maxSize {
		return "", c.tooLarge(size)
	}
	var nonce [nonceSize]byte
	_, _ = rand.Read(nonce[:]) // it never fails: the program ends instead
	return c.encryptWith(nonce[:], plain), nil
}

// encryptWith lays a token out as nonce, tag, ciphertext. Go's Seal puts the
// tag last.
func (c *Codec) encryptWith(nonce, plain []byte) string {
	sealed := make([]byte, nonceSize, nonceSize+tagSize+len(plain)+tagSize)
	copy(sealed, nonce)
	boxed := c.xchacha.Seal(sealed[nonceSize+tagSize:nonceSize+tagSize], nonce, plain, []byte(tokenAAD))
	sealed = sealed[:nonceSize+tagSize+len(plain)]
	copy(sealed[nonceSize:], boxed[len(plain):])
	return prefixXCP + base64.RawURLEncoding.EncodeToString(sealed)
}

// Decrypt returns what is in an encrypted token: Phoenix.Token.decrypt, of
// plug_crypto 2.x and 1.x. A MaxAge replaces the one that the token was made
// with. The types that data can have are in the package comment. Its error is
// ErrMissing, ErrInvalid or ErrExpired.
func (c *Codec) Decrypt(token string, options ...VerifyOption) (data any, err error) {
	if err := c.checkSize(token); err != nil {
		return nil, err
	}
	var plain []byte
	if rest, ok := strings.CutPrefix(token, prefixXCP); ok {
		plain, err = c.decryptXCP(rest)
	} else if rest, ok := strings.CutPrefix(token, prefixGCM); ok {
		plain, err = decryptGCM(rest, c.key, nil, []byte(tokenAAD))
	} else {
		err = invalid("it does not begin as an encrypted token does")
	}
	if err != nil {
		return nil, err
	}
	return c.open(plain, options)
}

const errCipher = invalid("it was not encrypted with this secret and salt")

func (c *Codec) decryptXCP(encoded string) ([]byte, error) {
	if c.xchacha == nil {
		return nil, invalid("decrypting it needs Options.KeyLength 32")
	}
	b, err := decodeBase64(encoded)
	if err != nil {
		return nil, err
	}
	if len(b) < nonceSize+tagSize {
		return nil, invalid("it is too short")
	}
	nonce, tag, text := b[:nonceSize], b[nonceSize:nonceSize+tagSize], b[nonceSize+tagSize:]
	box := append(append(make([]byte, 0, len(text)+tagSize), text...), tag...)
	plain, err := c.xchacha.Open(box[:0], nonce, box, []byte(tokenAAD))
	if err != nil {
		return nil, errCipher
	}
	return plain, nil
}

// decryptGCM reads the four parts of a token of plug_crypto 1.x behind its
// prefix: a content key, wrapped by key and authenticated with wrapAAD
// (ciphertext, tag, nonce), a nonce, the ciphertext, the tag.
func decryptGCM(rest string, key, wrapAAD, aad []byte) ([]byte, error) {
	if strings.Count(rest, ".") != 3 {
		return nil, invalid("it does not have five parts")
	}
	var part [4][]byte
	for i, encoded := range strings.Split(rest, ".") {
		var err error
		if part[i], err = decodeBase64(encoded); err != nil {
			return nil, err
		}
	}
	wrapped, nonce, text, tag := part[0], part[1], part[2], part[3]
	if len(nonce) != gcmNonce || len(tag) != tagSize || len(wrapped) < gcmNonce {
		return nil, invalid("a part of it has the wrong length")
	}
	n := len(wrapped) - gcmNonce
	content, err := openGCM(key, wrapped[n:], wrapped[:n], wrapAAD)
	if err != nil {
		return nil, err
	}
	return openGCM(content, nonce, append(text, tag...), aad)
}

func openGCM(key, nonce, box, aad []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, invalid("its key has not 16, 24 or 32 bytes")
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errCipher
	}
	plain, err := gcm.Open(nil, nonce, box, aad)
	if err != nil {
		return nil, errCipher
	}
	return plain, nil
}
