package token

import (
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// terms are what term_to_binary of OTP 25 writes, and the value for it.
var terms = []struct {
	name  string
	value any
	hex   string
}{
	{"small", int64(0), "8361 00"},
	{"byte", int64(255), "8361 ff"},
	{"word", int64(256), "8362 00000100"},
	{"negative", int64(-1), "8362 ffffffff"},
	{"past 28 bits", int64(134217728), "8362 08000000"},
	{"highest word", int64(2147483647), "8362 7fffffff"},
	{"past a word", int64(2147483648), "836e 0400 00000080"},
	{"lowest word", int64(-2147483648), "8362 80000000"},
	{"below a word", int64(-2147483649), "836e 0401 01000080"},
	{"highest", int64(math.MaxInt64), "836e 0800 ffffffffffffff7f"},
	{"lowest", int64(math.MinInt64), "836e 0801 0000000000000080"},
	{"milliseconds", int64(1700000000000), "836e 0600 0068e5cf8b01"},
	{"past 64 bits", new(big.Int).Lsh(big.NewInt(1), 63), "836e 0800 0000000000000080"},
	{"unsigned", new(big.Int).SetUint64(math.MaxUint64), "836e 0800 ffffffffffffffff"},
	{"negative big", new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 70)), "836e 0901 000000000000000040"},
	{"longest small big", new(big.Int).Lsh(big.NewInt(1), 255*8-1), "836e ff00" + strings.Repeat("00", 254) + "80"},
	{"large big", new(big.Int).Lsh(big.NewInt(1), 255*8), "836f 00000100 00" + strings.Repeat("00", 255) + "01"},
	{"float", 2.5, "8346 4004000000000000"},
	{"negative zero", math.Copysign(0, -1), "8346 8000000000000000"},
	{"atom", Atom("infinity"), "8364 0008 696e66696e697479"},
	{"empty atom", Atom(""), "8364 0000"},
	{"Latin-1 atom", Atom("é"), "8364 0001 e9"},
	{"longest Latin-1 atom", Atom(strings.Repeat("é", 255)), "8364 00ff" + strings.Repeat("e9", 255)},
	{"UTF-8 atom", Atom("ł"), "8377 02 c582"},
	{"long UTF-8 atom", Atom(strings.Repeat("ł", 255)), "8376 01fe" + strings.Repeat("c582", 255)},
	{"nil", nil, "8364 0003 6e696c"},
	{"true", true, "8364 0004 74727565"},
	{"false", false, "8364 0005 66616c7365"},
	{"string", "user-1", "836d 00000006 757365722d31"},
	{"binary", "\xff\x00", "836d 00000002 ff00"},
	{"empty", Tuple{[]any{}, Tuple{}, map[any]any{}, "", Atom("")}, "8368 05 6a 6800 7400000000 6d00000000 640000"},
	{"charlist", []any{int64(1), int64(2), int64(3)}, "836b 0003 010203"},
	{"list", []any{int64(1), int64(300)}, "836c 00000002 6101 620000012c 6a"},
	{"list of lists", []any{[]any{}, []any{int64(7)}}, "836c 00000002 6a 6b000107 6a"},
	{"map of 13 keys", map[any]any{
		int64(2): Atom("a"), 1.5: Atom("b"), int64(1): Atom("c"), Atom("b"): Atom("d"), Atom("a"): Atom("e"),
		"b": Atom("f"), "a": Atom("g"), "aa": Atom("h"), true: Atom("i"), nil: Atom("j"), int64(-5): Atom("n"),
		1.0: Atom("o"), "": Atom("z"),
	}, "8374 0000000d" +
		"62fffffffb 6400016e" + "6101 64000163" + "6102 64000161" +
		"463ff0000000000000 6400016f" + "463ff8000000000000 64000162" +
		"64000161 64000165" + "64000162 64000164" + "6400036e696c 6400016a" + "64000474727565 64000169" +
		"6d00000000 6400017a" + "6d0000000161 64000167" + "6d000000026161 64000168" + "6d0000000162 64000166"},
	{"improper list", Opaque("l\x00\x00\x00\x01d\x00\x01ad\x00\x01b"), "836c 00000001 64000161 64000162"},
	{"bit string", Opaque("M\x00\x00\x00\x01\x04\x10"), "834d 00000001 04 10"},
	{"pid", Opaque("Xd\x00\rnonode@nohost\x00\x00\x00\t\x00\x00\x00\x00\x00\x00\x00\x00"),
		"8358 64000d6e6f6e6f6465406e6f686f7374 00000009 00000000 00000000"},
	{"reference", Opaque("Z\x00\x03d\x00\rnonode@nohost\x00\x00\x00\x00\x00\x03\xe84\x11\xb0\x00\x02\x31\x75\xaa\x88"),
		"835a 0003 64000d6e6f6e6f6465406e6f686f7374 00000000 0003e834 11b00002 3175aa88"},
}

func TestTermsOfOTP25(t *testing.T) {
	for _, test := range terms {
		t.Run(test.name, func(t *testing.T) {
			want := unhex(t, test.hex)
			got, err := encodeTerm(test.value, true)
			if err != nil || string(got) != string(want) {
				t.Errorf("encodeTerm = %x, %v\nwant         %x", got, err, want)
			}
			value, err := decodeTerm(want, DefaultMaxSize)
			if err != nil || !same(value, test.value) {
				t.Errorf("decodeTerm = %#v, %v, want %#v", value, err, test.value)
			}
			modern, err := encodeTerm(test.value, false)
			if err != nil {
				t.Fatal(err)
			}
			if value, err := decodeTerm(modern, DefaultMaxSize); err != nil || !same(value, test.value) {
				t.Errorf("as OTP 26 = %#v, %v, want %#v", value, err, test.value)
			}
		})
	}
}

// same is DeepEqual that knows -0.0 from 0.0.
func same(a, b any) bool {
	x, ok := a.(float64)
	y, ok2 := b.(float64)
	if ok && ok2 {
		return math.Float64bits(x) == math.Float64bits(y)
	}
	return reflect.DeepEqual(a, b)
}

func TestAtomsAsOTP26WritesThem(t *testing.T) {
	for atom, want := range map[Atom]string{
		"infinity":                     "8377 08 696e66696e697479",
		"é":                            "8377 02 c3a9",
		"":                             "8377 00",
		Atom(strings.Repeat("é", 127)): "8377 fe" + strings.Repeat("c3a9", 127),
		Atom(strings.Repeat("é", 128)): "8376 0100" + strings.Repeat("c3a9", 128),
		Atom(strings.Repeat("😀", 255)): "8376 03fc" + strings.Repeat("f09f9880", 255),
	} {
		if got, err := encodeTerm(atom, false); err != nil || string(got) != string(unhex(t, want)) {
			t.Errorf("%.10s = %.20x…, %v, want %.20s…", atom, got, err, want)
		}
	}
}

// Forms that are read and never written, and what Erlang makes of them.
func TestOtherForms(t *testing.T) {
	text31 := func(s string) string { return hex.EncodeToString([]byte(s)) + strings.Repeat("00", 31-len(s)) }
	for _, test := range []struct {
		name string
		hex  string
		want any
	}{
		{"bytes behind the term", "8361 01 ffff", int64(1)},
		{"compressed", "8350 00000002 789c4b64070000cb0069", int64(7)},
		{"compressed, bytes behind", "8350 00000002 789c4b64070000cb0069 010203", int64(7)},
		{"big zero", "836e 0000", int64(0)},
		{"big with leading zeros", "836e 0400 05000000", int64(5)},
		{"big with many zeros", "836e 0a00 05" + strings.Repeat("00", 9), int64(5)},
		{"big with another sign", "836e 0102 05", int64(-5)},
		{"negative zero big", "836e 0101 00", int64(0)},
		{"large form of a small", "836f 00000002 00 0101", int64(257)},
		{"no bytes at all", "836f 00000000 00", int64(0)},
		{"short Latin-1 atom", "8373 01 e9", Atom("é")},
		{"nil as Latin-1", "8373 03 6e696c", nil},
		{"true as UTF-8", "8376 0004 74727565", true},
		{"atom of 255 characters", "8376 01fe" + strings.Repeat("c3a9", 255), Atom(strings.Repeat("é", 255))},
		{"float text", "8363" + text31("2.50000000000000000000e+00"), 2.5},
		{"float text, short", "8363" + text31("2.5"), 2.5},
		{"float text, plus", "8363" + text31("+2.5"), 2.5},
		{"float text, exponent", "8363" + text31("-2.5e-3"), -0.0025},
		{"float text, tiny", "8363" + text31("1.0e-400"), 0.0},
		{"list in the tail", "836c 00000001 6101 6c 00000001 6102 6a", []any{int64(1), int64(2)}},
		{"charlist in the tail", "836c 00000001 6101 6b 0002 4142", []any{int64(1), int64(65), int64(66)}},
		{"list of no elements", "836c 00000000 6a", []any{}},
		{"list of no elements, a tail", "836c 00000000 6101", int64(1)},
		{"list of no elements, charlist", "836c 00000000 6b 0001 41", []any{int64(65)}},
		{"charlist of none", "836b 0000", []any{}},
		{"large tuple", "8369 00000001 6101", Tuple{int64(1)}},
		{"bit string of bytes", "834d 00000001 08 ff", "\xff"},
		{"empty bit string", "834d 00000000 00", ""},
		{"old pid", "8367 640001 61 00000001 00000001 01", Opaque("gd\x00\x01a\x00\x00\x00\x01\x00\x00\x00\x01\x01")},
		{"pid of UTF-8", "8358 7701 61 00000001 00000001 00000001", Opaque("Xw\x01a\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01")},
		{"old reference", "8365 640001 61 00000001 01", Opaque("ed\x00\x01a\x00\x00\x00\x01\x01")},
		{"newer reference", "8372 0001 7301 61 00 00000007", Opaque("r\x00\x01s\x01a\x00\x00\x00\x00\x07")},
		{"longest reference", "835a 0005 7701 61 00000001" + strings.Repeat("00", 20), Opaque("Z\x00\x05w\x01a\x00\x00\x00\x01" + strings.Repeat("\x00", 20))},
		{"map with 1 and 1.0", "8374 00000002 6101 6101 463ff0000000000000 6102", map[any]any{int64(1): int64(1), 1.0: int64(2)}},
		{"tuple as a key", "8374 00000001 6801 6101 6102", map[any]any{Opaque("h\x01a\x01"): int64(2)}},
		{"list as a key", "8374 00000001 6a 6102", map[any]any{Opaque("j"): int64(2)}},
		{"big as a key", "8374 00000001 6e0900000000000000000001 6102", map[any]any{Opaque("n\t\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"): int64(2)}},
		{"pid as a key", "8374 00000001 5877016100000001000000010000000161 02", map[any]any{Opaque("Xw\x01a\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01"): int64(2)}},
	} {
		got, err := decodeTerm(unhex(t, test.hex), DefaultMaxSize)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %#v, %v, want %#v", test.name, got, err, test.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	text31 := func(s string) string { return hex.EncodeToString([]byte(s)) + strings.Repeat("00", 31-len(s)) }
	for want, tests := range map[invalid]map[string]string{
		errNoTerm: {
			"nothing":         "",
			"another version": "82 6101",
		},
		errShort: {
			"version only":           "83",
			"compressed: no size":    "8350 0000",
			"compressed: of nothing": "8350 00000000 789c030000000001",
		},
		errTag: {
			"a version within":           "8368 01 83 6101",
			"export":                     "8371 7706 65726c616e67 7704 73656c66 6100",
			"fun":                        "8370 00000020 00" + strings.Repeat("00", 64),
			"old fun":                    "8375 00000000" + strings.Repeat("00", 64),
			"port":                       "8359 7701 61 00000001 00000001",
			"old port":                   "8366 7701 61 00000001 01",
			"newest port":                "8378 7701 61 0000000000000001 00000001",
			"cached atom":                "8352 00",
			"local term":                 "8379 0000000000000000",
			"distribution header":        "8344 00",
			"compressed within":          "8368 01 50 00000002 789c4b64070000cb0069",
			"a fun in a list":            "836c 00000001 7100 6a",
			"a fun in a tail":            "836c 00000001 6101 7100",
			"a fun as a key":             "8374 00000001 7100 6101",
			"a fun as a value":           "8374 00000001 6101 7100",
			"compressed: version within": "8350 00000003 789c6b4e640700025500ec",
		},
		errFloat: {
			"NaN":                        "8346 7ff8000000000000",
			"infinity":                   "8346 7ff0000000000000",
			"negative infinity":          "8346 fff0000000000000",
			"float text without point":   "8363" + text31("25"),
			"float text without whole":   "8363" + text31(".5"),
			"float text without digits":  "8363" + text31("2."),
			"float text, exponent only":  "8363" + text31("1e3"),
			"float text, empty exponent": "8363" + text31("1.0e"),
			"float text too large":       "8363" + text31("1.0e400"),
			"float text hexadecimal":     "8363" + text31("0x1.8p1"),
			"float text underscore":      "8363" + text31("1_0.0"),
			"float text nan":             "8363" + text31("nan"),
			"float text inf":             "8363" + text31("inf"),
			"float text with a space":    "8363" + text31(" 2.5"),
			"float text and more":        "8363" + text31("2.5x"),
			"float text of nothing":      "8363" + text31(""),
			"two signs":                  "8363" + text31("--2.5"),
		},
		errTwice: {
			"a key twice":              "8374 00000002 6101 6101 6101 6102",
			"a key twice in two forms": "8374 00000002 6101 6101 6200000001 6102",
			"0.0 and -0.0":             "8374 00000002 460000000000000000 6101 468000000000000000 6102",
		},
		errUTF8: {
			"not UTF-8":        "8377 01 ff",
			"half a character": "8376 0001 c3",
		},
		errAtom: {
			"Latin-1 atom of 256": "8364 0100" + strings.Repeat("61", 256),
			"UTF-8 atom of 256":   "8376 0100" + strings.Repeat("61", 256),
		},
		errBitString: {
			"bit string of no bits":      "834d 00000001 00 ff",
			"bit string of 9 bits":       "834d 00000001 09 ff",
			"empty bit string with bits": "834d 00000000 04",
		},
		errNode: {
			"reference of 6 words": "835a 0006 7701 61 00000000" + strings.Repeat("00", 24),
			"pid of no node":       "8358 6101 00000001 00000001 00000001",
		},
		errBig: {
			"an integer too large": "836f 00000401 00" + strings.Repeat("ff", 1025),
		},
		errInflate: {
			"compressed: too much":   "8350 00000001 789c4b64070000cb0069",
			"compressed: too little": "8350 00000003 789c4b64070000cb0069",
			"compressed: checksum":   "8350 00000002 789c4b64070000cb0068",
			"compressed: cut":        "8350 00000002 789c4b6407",
			"compressed: no zlib":    "8350 00000002 0000000000000000",
		},
		errTooMany: {
			"compressed: nothing": "8350 00000002",
		},
	} {
		for name, s := range tests {
			got, err := decodeTerm(unhex(t, s), DefaultMaxSize)
			if err != want || got != nil || !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %#v, %v, want %v", name, got, err, want)
			}
		}
	}
}

// A term that is cut anywhere is refused, and with no value.
func TestDecodeCutTerms(t *testing.T) {
	for _, test := range terms {
		whole := unhex(t, test.hex)
		for n := range whole {
			if got, err := decodeTerm(whole[:n], DefaultMaxSize); !errors.Is(err, ErrInvalid) || got != nil {
				t.Errorf("%s cut at %d: %#v, %v, want ErrInvalid", test.name, n, got, err)
			}
		}
	}
}
