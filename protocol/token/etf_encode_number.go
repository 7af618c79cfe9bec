package token

import (
	"encoding/binary"
	"math"
	"math/big"
	"slices"
)

// appendInt writes the shortest of Erlang's forms: 8 bits without a sign, 32
// with one, or magnitude and sign.
func appendInt(b []byte, n int64) []byte {
	switch {
	case n >= 0 && n <= math.MaxUint8:
		return append(b, tagSmallInteger, byte(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		return binary.BigEndian.AppendUint32(append(b, tagInteger), uint32(n))
	}
	magnitude := uint64(n)
	if n < 0 {
		magnitude = -magnitude
	}
	return appendMagnitude(b, n < 0, binary.LittleEndian.AppendUint64(nil, magnitude))
}

func appendBig(b []byte, n *big.Int) ([]byte, error) {
	if n == nil {
		return nil, unencodable("a *big.Int is nil")
	}
	if n.IsInt64() {
		return appendInt(b, n.Int64()), nil
	}
	if (n.BitLen()+7)/8 > maxBigBytes {
		return nil, unencodable("a *big.Int has more than %d bits", 8*maxBigBytes)
	}
	lowFirst := n.Bytes()
	slices.Reverse(lowFirst)
	return appendMagnitude(b, n.Sign() < 0, lowFirst), nil
}

// appendMagnitude writes an integer of more than 32 bits, the lowest byte first.
func appendMagnitude(b []byte, negative bool, lowFirst []byte) []byte {
	for lowFirst[len(lowFirst)-1] == 0 {
		lowFirst = lowFirst[:len(lowFirst)-1]
	}
	if n := len(lowFirst); n <= math.MaxUint8 {
		b = append(b, tagSmallBig, byte(n))
	} else {
		b = binary.BigEndian.AppendUint32(append(b, tagLargeBig), uint32(n))
	}
	sign := byte(0)
	if negative {
		sign = 1
	}
	return append(append(b, sign), lowFirst...)
}

func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, unencodable("%v is not a float of Erlang", f)
	}
	return binary.BigEndian.AppendUint64(append(b, tagNewFloat), math.Float64bits(f)), nil
}
