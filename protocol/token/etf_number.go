package token

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

const (
	errFloat = invalid("a float of its term is not a number")
	errBig   = invalid("an integer of its term is too large")
)

func (d *decoder) number(tag int) (any, error) {
	switch tag {
	case tagSmallInteger:
		n, err := d.uint8()
		if err != nil {
			return nil, err
		}
		return int64(n), nil
	case tagInteger:
		b, err := d.take(4)
		if err != nil {
			return nil, err
		}
		return int64(int32(binary.BigEndian.Uint32(b))), nil
	case tagSmallBig:
		n, err := d.uint8()
		if err != nil {
			return nil, err
		}
		return d.bigInteger(n)
	case tagLargeBig:
		n, err := d.length()
		if err != nil {
			return nil, err
		}
		return d.bigInteger(n)
	case tagNewFloat:
		b, err := d.take(8)
		if err != nil {
			return nil, err
		}
		return finite(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	b, err := d.take(31)
	if err != nil {
		return nil, err
	}
	return textFloat(b)
}

// bigInteger reads a sign and n bytes of magnitude, the lowest first.
func (d *decoder) bigInteger(n int) (any, error) {
	if n > maxBigBytes {
		return nil, errBig
	}
	sign, err := d.uint8()
	if err != nil {
		return nil, err
	}
	b, err := d.take(n)
	if err != nil {
		return nil, err
	}
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	if len(b) <= 8 {
		var word [8]byte
		copy(word[:], b)
		u := binary.LittleEndian.Uint64(word[:])
		switch {
		case sign == 0 && u <= math.MaxInt64:
			return int64(u), nil
		case sign != 0 && u <= 1<<63:
			return -int64(u), nil // also of 1<<63, which is its own negative
		}
	}
	highFirst := slices.Clone(b)
	slices.Reverse(highFirst)
	v := new(big.Int).SetBytes(highFirst)
	if sign != 0 {
		v.Neg(v)
	}
	return v, nil
}

func finite(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errFloat
	}
	return f, nil
}

// textFloat reads C's "%.20e" as it was printed before OTP 17: digits, a point
// and digits; perhaps a sign and an exponent; zeros to the end. Go's own
// parser would take more (1e3, 0x1p2, inf).
func textFloat(b []byte) (any, error) {
	text, _, _ := strings.Cut(string(b), "\x00")
	if !isDecimalFloat(text) {
		return nil, errFloat
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, errFloat
	}
	return finite(f)
}

func isDecimalFloat(s string) bool {
	whole, fraction, ok := strings.Cut(withoutSign(s), ".")
	exponent := "0"
	if i := strings.IndexAny(fraction, "eE"); i >= 0 {
		fraction, exponent = fraction[:i], withoutSign(fraction[i+1:])
	}
	return ok && allDigits(whole) && allDigits(fraction) && allDigits(exponent)
}

func withoutSign(s string) string {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
