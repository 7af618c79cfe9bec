package longpoll

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"sync"
	"time"
)

// A sessionID names a session within its server. It is random: whoever does not have the token cannot guess it.
type sessionID [16]byte

func newSessionID() (id sessionID) {
	rand.Read(id[:]) // never fails: the program ends instead
	return id
}

// A token is base64url, without padding, of: the session's id, the time of issue in milliseconds since 1970 (8 bytes,
// big endian), and the HMAC-SHA256 of both under the server's secret. All have the same length, so most of what is none
// is told apart for the price of a comparison.
const (
	tokenSigned = len(sessionID{}) + 8
	tokenBytes  = tokenSigned + sha256.Size
	tokenLength = (tokenBytes*8 + 5) / 6
)

// Strict: of several texts that would decode to the same bytes only one is a token.
var tokenEncoding = base64.RawURLEncoding.Strict()

// A signer makes and checks the tokens of one server. Its secret is drawn anew for each: tokens are worth nothing
// elsewhere or after a restart, and neither would their sessions be.
type signer struct {
	maxAge time.Duration
	desks  sync.Pool // of *desk
}

// A desk is what is needed to sign or verify, kept together so that verifying allocates nothing, whatever is thrown at it.
type desk struct {
	mac  hash.Hash // keyed
	text [tokenLength]byte
	raw  [tokenBytes]byte
	sum  [sha256.Size]byte
}

func newSigner(maxAge time.Duration) *signer {
	secret := make([]byte, sha256.Size)
	rand.Read(secret)
	return &signer{
		maxAge: maxAge,
		desks:  sync.Pool{New: func() any { return &desk{mac: hmac.New(sha256.New, secret)} }},
	}
}

// sign makes the token of the session id, issued now.
func (s *signer) sign(id sessionID, now time.Time) string {
	d := s.desks.Get().(*desk)
	defer s.desks.Put(d)
	copy(d.raw[:], id[:])
	binary.BigEndian.PutUint64(d.raw[len(id):], uint64(now.UnixMilli()))
	copy(d.raw[tokenSigned:], d.signature())
	return tokenEncoding.EncodeToString(d.raw[:])
}

// verify returns the session that a token names. It is false for tokens that were not made by this signer and for those
// older than maxAge.
func (s *signer) verify(token string, now time.Time) (id sessionID, ok bool) {
	if len(token) != tokenLength {
		return id, false
	}
	d := s.desks.Get().(*desk)
	defer s.desks.Put(d)
	copy(d.text[:], token)
	n, err := tokenEncoding.Decode(d.raw[:], d.text[:])
	if err != nil || n != tokenBytes { // fewer: line breaks, which the decoder skips
		return id, false
	}
	if !hmac.Equal(d.signature(), d.raw[tokenSigned:]) {
		return id, false
	}
	copy(id[:], d.raw[:])
	issued := time.UnixMilli(int64(binary.BigEndian.Uint64(d.raw[len(id):])))
	return id, now.Sub(issued) <= s.maxAge
}

// signature is the MAC of what is signed in raw.
func (d *desk) signature() []byte {
	d.mac.Reset()
	d.mac.Write(d.raw[:tokenSigned])
	return d.mac.Sum(d.sum[:0])
}
