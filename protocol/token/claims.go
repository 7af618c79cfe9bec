package token

import (
	"math"
	"math/big"
	"time"
)

// SignOption is MaxAge or SignedAt.
type SignOption interface{ forSigning(claim) claim }

// VerifyOption is MaxAge.
type VerifyOption interface{ forVerifying(limit) limit }

// MaxAge is for how long after its signing a token is good: an option of Sign
// and Encrypt, which write it into the token, and of Verify and Decrypt, which
// go by it instead of the token's own. Whole seconds are written as an
// integer, anything else as a float, as Phoenix writes `max_age: 0.5`. It
// counts in milliseconds, what is below is cut off. Zero or less is a token
// that has expired. The default is a day.
type MaxAge time.Duration

// Infinity is the MaxAge of a token that never expires. Its signing time is
// not looked at either.
const Infinity MaxAge = math.MaxInt64

// SignedAt is the time of signing, to be written instead of now, cut to
// milliseconds.
type SignedAt time.Time

// claim is what a token says of itself beside its data, as terms.
type claim struct {
	signedAt any // milliseconds since 1970
	maxAge   any // seconds, or infinity
}

// limit is the age that a token is held to: its own, until an option says otherwise.
type limit struct{ maxAge any }

func (m MaxAge) forSigning(c claim) claim   { c.maxAge = m.term(); return c }
func (m MaxAge) forVerifying(l limit) limit { l.maxAge = m.term(); return l }
func (s SignedAt) forSigning(c claim) claim { c.signedAt = time.Time(s).UnixMilli(); return c }

const (
	infinity       = Atom("infinity")
	defaultSeconds = int64(86_400)
)

func (m MaxAge) term() any {
	d := time.Duration(m)
	switch {
	case m == Infinity:
		return infinity
	case d%time.Second == 0:
		return int64(d / time.Second)
	}
	return d.Seconds()
}

// seal is the payload of a new token: the term {data, signed_at, max_age}.
func (c *Codec) seal(data any, options []SignOption) ([]byte, error) {
	said := claim{maxAge: defaultSeconds}
	for _, o := range options {
		said = o.forSigning(said)
	}
	if said.signedAt == nil {
		said.signedAt = time.Now().UnixMilli()
	}
	return encodeTerm(Tuple{data, said.signedAt, said.maxAge}, c.legacy)
}

// open returns the data of a payload, if it is still good.
func (c *Codec) open(payload []byte, options []VerifyOption) (any, error) {
	term, err := decodeTerm(payload, c.maxSize)
	if err != nil {
		return nil, err
	}
	data, said, err := readClaim(term)
	if err != nil {
		return nil, err
	}
	asked := limit{maxAge: said.maxAge}
	for _, o := range options {
		asked = o.forVerifying(asked)
	}
	if err := checkAge(said.signedAt, asked.maxAge, time.Now().UnixMilli()); err != nil {
		return nil, err
	}
	return data, nil
}

// readClaim takes the three shapes that a payload has had: {data, signed_at,
// max_age}, plug_crypto 1.1's {data, signed_at}, and Phoenix's first one, the
// map %{data: …, signed: …}, in which other keys do not matter.
func readClaim(term any) (data any, said claim, err error) {
	switch t := term.(type) {
	case Tuple:
		switch len(t) {
		case 3:
			return t[0], claim{t[1], t[2]}, nil
		case 2:
			return t[0], claim{t[1], defaultSeconds}, nil
		}
	case map[any]any:
		data, ok := t[Atom("data")]
		signed, ok2 := t[Atom("signed")]
		if ok && ok2 {
			return data, claim{signed, defaultSeconds}, nil
		}
	}
	return nil, claim{}, invalid("its term has another shape than a token's")
}

// checkAge is plug_crypto's order (PROTOCOL.md §8.2): an infinite age is asked
// nothing more, an age of nothing has passed even for the future.
func checkAge(signedAt, maxAge any, now int64) error {
	if maxAge == infinity {
		return nil
	}
	age, ok := toNumber(maxAge)
	if !ok {
		return invalid("its maximum age is not a number")
	}
	if age.approx <= 0 {
		return ErrExpired
	}
	signed, ok := toNumber(signedAt)
	if !ok {
		return invalid("its time of signing is not a number")
	}
	if signed.approx > float64(now) {
		return invalid("it was signed in the future")
	}
	ms := age.approx * 1000
	if age.isFloat && math.IsInf(ms, 0) {
		return invalid("its maximum age is out of range") // arithmetic that Erlang refuses
	}
	if signed.approx+math.Trunc(ms) < float64(now) {
		return ErrExpired
	}
	return nil
}

// number is a term's value for comparing times. A float64 is exact for every
// millisecond of 285,000 years around 1970, and a larger number only has to
// stay far away.
type number struct {
	approx  float64
	isFloat bool
}

func toNumber(term any) (number, bool) {
	switch n := term.(type) {
	case int64:
		return number{approx: float64(n)}, true
	case float64:
		return number{approx: n, isFloat: true}, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(n).Float64()
		return number{approx: f}, true
	}
	return number{}, false
}
