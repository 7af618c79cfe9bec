package token

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type (
	userID   int64
	role     string
	features []string
	uuid     [4]byte
)

// The table of the package comment, from Go's side: what is written for a type,
// told by what is read.
func TestGoTypes(t *testing.T) {
	for _, test := range []struct{ value, want any }{
		{int(7), int64(7)},
		{int8(-7), int64(-7)},
		{int16(-300), int64(-300)},
		{int32(math.MinInt32), int64(math.MinInt32)},
		{int64(7), int64(7)},
		{uint(7), int64(7)},
		{uint8(255), int64(255)},
		{uint16(65535), int64(65535)},
		{uint32(math.MaxUint32), int64(math.MaxUint32)},
		{uint64(math.MaxInt64), int64(math.MaxInt64)},
		{uint64(math.MaxUint64), new(big.Int).SetUint64(math.MaxUint64)},
		{big.NewInt(7), int64(7)},
		{big.NewInt(0), int64(0)},
		{big.NewInt(math.MinInt64), int64(math.MinInt64)},
		{userID(42), int64(42)},
		{float32(0.5), 0.5},
		{0.1, 0.1},
		{role("admin"), "admin"},
		{[]byte("ab"), "ab"},
		{uuid{1, 2, 3, 4}, "\x01\x02\x03\x04"},
		{struct{ b []byte }{nil}.b, ""},
		{[]string{"a", "b"}, []any{"a", "b"}},
		{features{"a"}, []any{"a"}},
		{[2]int{1, 2}, []any{int64(1), int64(2)}},
		{[]any(nil), []any{}},
		{[]string(nil), []any{}},
		{Tuple(nil), Tuple{}},
		{map[string]any(nil), map[any]any{}},
		{map[string]int{"a": 1}, map[any]any{"a": int64(1)}},
		{map[role]userID{"a": 1}, map[any]any{"a": int64(1)}},
		{map[Atom]any{"a": 1, "true": 2}, map[any]any{Atom("a"): int64(1), true: int64(2)}},
		{map[[2]string]bool{{"a", "b"}: true}, map[any]any{Opaque("l\x00\x00\x00\x02m\x00\x00\x00\x01am\x00\x00\x00\x01bj"): true}},
		{Atom("nil"), nil},
		{Atom("false"), false},
		{Opaque("a\x07"), int64(7)},
	} {
		b, err := encodeTerm(test.value, false)
		if err != nil {
			t.Errorf("%T(%v): %v", test.value, test.value, err)
			continue
		}
		if got, err := decodeTerm(b, DefaultMaxSize); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%T(%v) is read as %#v, %v, want %#v", test.value, test.value, got, err, test.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	loop := make([]any, 1)
	loop[0] = loop
	ring := map[string]any{}
	ring["again"] = ring
	number := 7
	for name, value := range map[string]any{
		"struct":               struct{ A int }{1},
		"pointer":              &number,
		"channel":              make(chan int),
		"function":             func() {},
		"complex":              complex(1, 2),
		"nil big":              (*big.Int)(nil),
		"big by value":         *big.NewInt(1),
		"too big":              new(big.Int).Lsh(big.NewInt(1), 8*maxBigBytes),
		"NaN":                  math.NaN(),
		"infinity":             math.Inf(1),
		"float32 infinity":     float32(math.Inf(-1)),
		"atom not UTF-8":       Atom("\xff"),
		"atom too long":        Atom(strings.Repeat("é", 256)),
		"list in itself":       loop,
		"map in itself":        ring,
		"keys that are one":    map[any]any{1: "a", int64(1): "b"},
		"strings that are one": map[any]any{"a": 1, role("a"): 2},
		"atoms that are one":   map[any]any{nil: 1, Atom("nil"): 2},
		"a key's struct":       map[any]any{struct{}{}: 1},
		"a value's struct":     map[any]any{1: struct{}{}},
		"an element's struct":  Tuple{struct{}{}},
		"empty Opaque":         Opaque(""),
		"Opaque with more":     Opaque("a\x07a"),
		"Opaque of a function": Opaque("q"),
		"Opaque with version":  Opaque("\x83a\x07"),
		"Opaque too large":     Opaque("l\xff\xff\xff\xffj"),
	} {
		if b, err := encodeTerm(Tuple{value}, false); !errors.Is(err, ErrUnencodable) || b != nil {
			t.Errorf("%s: %x, %v, want ErrUnencodable", name, b, err)
		}
	}
}

// Whatever is written is read: a depth that Sign accepts is one for Verify.
func TestDepthIsTheSameForBoth(t *testing.T) {
	wraps := map[string]func(any) any{
		"list":   func(v any) any { return []any{v} },
		"tuple":  func(v any) any { return Tuple{v} },
		"map":    func(v any) any { return map[any]any{"k": v} },
		"opaque": func(v any) any { return []any{v} },
	}
	for name, wrap := range wraps {
		var v any = "x"
		if name == "opaque" {
			v = Opaque("h\x01h\x01h\x01a\x07") // three levels of its own
		}
		deepest := 0
		for depth := 1; depth < 2*maxDepth; depth++ {
			v = wrap(v)
			b, err := encodeTerm(v, false)
			if err != nil {
				if !errors.Is(err, ErrUnencodable) {
					t.Errorf("%s %d deep: %v", name, depth, err)
				}
				break
			}
			if _, err := decodeTerm(b, DefaultMaxSize); err != nil {
				t.Errorf("%s %d deep is written and not read: %v", name, depth, err)
			}
			deepest = depth
		}
		want := maxDepth
		if name == "opaque" {
			want -= 3
		}
		if deepest != want {
			t.Errorf("%s: deepest is %d, want %d", name, deepest, want)
		}
	}
	deep := append([]byte{version}, bytes.Repeat([]byte{tagSmallTuple, 1}, maxDepth+1)...)
	if _, err := decodeTerm(append(deep, tagNil), DefaultMaxSize); err != errTooDeep {
		t.Errorf("a level too deep: %v, want %v", err, errTooDeep)
	}
}

func TestLongLists(t *testing.T) {
	for _, n := range []int{1, 65535, 65536} {
		list := make([]any, n)
		for i := range list {
			list[i] = int64(i % 256)
		}
		b, err := encodeTerm(list, false)
		if err != nil {
			t.Fatal(err)
		}
		wantTag, wantLen := byte(tagString), 1+1+2+n
		if n > 65535 {
			wantTag, wantLen = tagList, 1+1+4+2*n+1
		}
		if b[1] != wantTag || len(b) != wantLen {
			t.Errorf("%d bytes: tag %d, %d long, want tag %d, %d long", n, b[1], len(b), wantTag, wantLen)
		}
		if got, err := decodeTerm(b, 1<<20); err != nil || !reflect.DeepEqual(got, list) {
			t.Errorf("%d bytes: not read back: %v", n, err)
		}
	}
	for n, wantTag := range map[int]byte{255: tagSmallTuple, 256: tagLargeTuple} {
		tuple := Tuple(slicesRepeat("x", n))
		b, err := encodeTerm(tuple, false)
		if err != nil || b[1] != wantTag {
			t.Fatalf("tuple of %d: %.10x, %v", n, b, err)
		}
		if got, err := decodeTerm(b, 1<<20); err != nil || !reflect.DeepEqual(got, tuple) {
			t.Errorf("tuple of %d: not read back: %v", n, err)
		}
	}
}

func slicesRepeat(v any, n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = v
	}
	return list
}

// A map is written the same way however often it is.
func TestMapOrderIsStable(t *testing.T) {
	m := map[any]any{
		Opaque("j"): 1, Opaque("h\x00"): 2, Opaque("h\x01a\x01"): 3, nil: 4, false: 5, Atom("z"): 6, "": 7, "b": 8,
		-1.5: 9, 1e300: 10, int64(math.MinInt64): 11, uint8(9): 12,
	}
	for i := range 100 {
		m[fmt.Sprint("key ", i)] = i
	}
	first, err := encodeTerm(m, false)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := encodeTerm(maps.Clone(m), false); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("another order: %v", err)
		}
	}
}

// Every value of the table's Go side comes back as it was.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawTerm(4).Draw(t, "term")
		b, err := encodeTerm(v, rapid.Bool().Draw(t, "legacy"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decodeTerm(b, 1<<20); err != nil || !reflect.DeepEqual(got, v) {
			t.Fatalf("%#v is read as %#v, %v", v, got, err)
		}
	})
}

// drawTerm draws what decodeTerm can return.
func drawTerm(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(rapid.StringN(0, 8, 32), rapid.Just(""))
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Int64Range(-300, 300).AsAny(),
		rapid.Float64Range(-1e9, 1e9).AsAny(), text.AsAny(),
		rapid.Map(text, func(s string) any {
			if s == "nil" || s == "true" || s == "false" {
				return nil
			}
			return Atom(s)
		}),
	}
	key := rapid.OneOf(scalars...)
	big := rapid.Map(rapid.SliceOfN(rapid.Byte(), 9, 300), func(b []byte) any {
		b[0] |= 1
		n := new(big.Int).SetBytes(b)
		if b[1]&1 == 1 {
			n.Neg(n)
		}
		return n
	})
	if depth == 0 {
		return rapid.OneOf(append(scalars, big)...)
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return drawTerm(depth - 1) })
	return rapid.OneOf(append(scalars, big,
		rapid.SliceOfN(inner, 0, 6).AsAny(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 20), func(b []byte) any {
			list := make([]any, len(b))
			for i, c := range b {
				list[i] = int64(c)
			}
			return list
		}),
		rapid.Map(rapid.SliceOfN(inner, 0, 6), func(s []any) any { return Tuple(s) }),
		rapid.MapOfN(key, inner, 0, 20).AsAny(),
	)...)
}
