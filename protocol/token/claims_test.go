package token

import (
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// PROTOCOL.md §8.2, §11.109–110: every rule of the age, on a clock that only
// the test moves, for signed and encrypted tokens.
func TestAge(t *testing.T) {
	const ms, sec, day = time.Millisecond, time.Second, 24 * time.Hour
	for _, test := range []struct {
		name   string
		sign   []SignOption
		wait   time.Duration
		verify []VerifyOption
		want   error
	}{
		{name: "fresh"},
		{name: "a day by default", wait: day},
		{name: "a day and a bit", wait: day + ms, want: ErrExpired},

		{name: "own age", sign: []SignOption{MaxAge(1000 * sec)}, wait: 1000 * sec},
		{name: "past its own age", sign: []SignOption{MaxAge(1000 * sec)}, wait: 1000*sec + ms, want: ErrExpired},
		{name: "own age of zero", sign: []SignOption{MaxAge(0)}, want: ErrExpired},
		{name: "own negative age", sign: []SignOption{MaxAge(-1000 * sec)}, want: ErrExpired},
		{name: "own negative float age", sign: []SignOption{MaxAge(-100 * ms)}, want: ErrExpired},
		{name: "own float age", sign: []SignOption{MaxAge(100 * ms)}, wait: 100 * ms},
		{name: "past its own float age", sign: []SignOption{MaxAge(100 * ms)}, wait: 101 * ms, want: ErrExpired},
		{name: "own infinity", sign: []SignOption{Infinity}, wait: 100 * 365 * day},

		{name: "asked age", wait: 1000 * sec, verify: []VerifyOption{MaxAge(1000 * sec)}},
		{name: "past the asked age", wait: 101 * sec, verify: []VerifyOption{MaxAge(100 * sec)}, want: ErrExpired},
		{name: "asked age of zero", verify: []VerifyOption{MaxAge(0)}, want: ErrExpired},
		{name: "asked negative age", verify: []VerifyOption{MaxAge(-100 * sec)}, want: ErrExpired},
		{name: "asked float age", wait: 100 * ms, verify: []VerifyOption{MaxAge(100 * ms)}},
		{name: "past the asked float age", wait: 150 * ms, verify: []VerifyOption{MaxAge(100 * ms)}, want: ErrExpired},
		{name: "below a millisecond is cut", wait: ms, verify: []VerifyOption{MaxAge(1999 * time.Microsecond)}},
		{name: "past the cut", wait: 2 * ms, verify: []VerifyOption{MaxAge(1999 * time.Microsecond)}, want: ErrExpired},
		{name: "asked infinity", wait: 100 * 365 * day, verify: []VerifyOption{Infinity}},
		{name: "asked more than its own", sign: []SignOption{MaxAge(sec)}, wait: 50 * sec, verify: []VerifyOption{MaxAge(60 * sec)}},
		{name: "asked more than negative", sign: []SignOption{MaxAge(-1000 * sec)}, verify: []VerifyOption{MaxAge(1000 * sec)}},
		{name: "asked less than infinity", sign: []SignOption{Infinity}, wait: 61 * sec, verify: []VerifyOption{MaxAge(60 * sec)}, want: ErrExpired},
		{name: "the last option counts", wait: 2 * sec, verify: []VerifyOption{Infinity, MaxAge(sec)}, want: ErrExpired},
		{name: "the longest age", wait: day, verify: []VerifyOption{Infinity - 1}},

		{name: "signed yesterday", sign: []SignOption{ago(day)}, verify: []VerifyOption{MaxAge(day + sec)}},
		{name: "signed yesterday, too old", sign: []SignOption{ago(day)}, verify: []VerifyOption{MaxAge(day - sec)}, want: ErrExpired},
		{name: "signed in 1970", sign: []SignOption{SignedAt(time.Unix(0, 0))}, want: ErrExpired},
		{name: "signed before 1970", sign: []SignOption{SignedAt(time.Unix(-5, 0))}, want: ErrExpired},
		{name: "signed in the future", sign: []SignOption{ago(-365 * day)}, want: ErrInvalid},
		{name: "signed a millisecond ahead", sign: []SignOption{ago(-ms)}, want: ErrInvalid},
		{name: "the future has come", sign: []SignOption{ago(-ms)}, wait: ms},
		{name: "infinity does not look at the future", sign: []SignOption{ago(-day), Infinity}},
		{name: "zero is before the future", sign: []SignOption{ago(-day), MaxAge(0)}, want: ErrExpired},
		{name: "an asked age looks at the future", sign: []SignOption{ago(-day), Infinity}, verify: []VerifyOption{MaxAge(day)}, want: ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCodec(t, "id", Options{})
				options := make([]SignOption, len(test.sign))
				for i, o := range test.sign {
					if d, ok := o.(ago); ok {
						o = SignedAt(time.Now().Add(-time.Duration(d)))
					}
					options[i] = o
				}
				signed, err := c.Sign("x", options...)
				if err != nil {
					t.Fatal(err)
				}
				boxed, err := c.Encrypt("x", options...)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.wait)
				data, err := c.Verify(signed, test.verify...)
				checkRead(t, "Verify", data, err, test.want)
				data, err = c.Decrypt(boxed, test.verify...)
				checkRead(t, "Decrypt", data, err, test.want)
			})
		})
	}
}

// ago stands in a table for SignedAt of a moment that is known inside the bubble.
type ago time.Duration

func (ago) forSigning(claim) claim { panic("only a place in the table") }

func checkRead(t *testing.T, what string, data any, err, want error) {
	t.Helper()
	if want == nil && (err != nil || data != "x") {
		t.Errorf("%s = %#v, %v, want the data", what, data, err)
	}
	if want != nil && (!errors.Is(err, want) || data != nil) {
		t.Errorf("%s = %#v, %v, want %v", what, data, err, want)
	}
}

// What Sign writes for an age: §8.3 has whole seconds as an integer, the rest as
// a float.
func TestMaxAgeTerm(t *testing.T) {
	for age, want := range map[MaxAge]any{
		MaxAge(86_400 * time.Second):    int64(86_400),
		MaxAge(500 * time.Millisecond):  0.5,
		MaxAge(1500 * time.Millisecond): 1.5,
		MaxAge(0):                       int64(0),
		MaxAge(-time.Second):            int64(-1),
		Infinity:                        Atom("infinity"),
	} {
		if got := age.term(); got != want {
			t.Errorf("MaxAge(%v) is written %#v, want %#v", time.Duration(age), got, want)
		}
	}
}

// PROTOCOL.md §8.1, §11.113: the shapes that a payload has had, and the wrong
// ones, at which Phoenix raises.
func TestShapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCodec(t, "id", Options{})
		time.Sleep(time.Hour)
		now := time.Now().UnixMilli()
		const day = 86_400_000
		huge := new(big.Int).Lsh(big.NewInt(1), 4000)
		for _, test := range []struct {
			name string
			term any
			want error
		}{
			{"three", Tuple{"x", now, 86_400}, nil},
			{"three, float age", Tuple{"x", now - 1000, 1.0}, nil},
			{"three, float age passed", Tuple{"x", now - 1001, 1.0}, ErrExpired},
			{"three, float time", Tuple{"x", float64(now), 86_400}, nil},
			{"three, float time ahead", Tuple{"x", float64(now + 1), 86_400}, ErrInvalid},
			{"three, huge age", Tuple{"x", now, huge}, nil},
			{"three, huge negative age", Tuple{"x", now, new(big.Int).Neg(huge)}, ErrExpired},
			{"three, age past 64 bits of milliseconds", Tuple{"x", now, int64(math.MaxInt64)}, nil},
			{"three, huge time", Tuple{"x", huge, 86_400}, ErrInvalid},
			{"three, huge negative time", Tuple{"x", new(big.Int).Neg(huge), 86_400}, ErrExpired},
			{"three, lowest time", Tuple{"x", int64(math.MinInt64), int64(math.MaxInt64) / 1000}, ErrExpired},
			{"three, age that a float cannot hold", Tuple{"x", now, math.MaxFloat64}, ErrInvalid},
			{"three, infinity and no time", Tuple{"x", nil, Atom("infinity")}, nil},
			{"three, no time", Tuple{"x", nil, 86_400}, ErrInvalid},
			{"three, text time", Tuple{"x", "0", 86_400}, ErrInvalid},
			{"three, nil age", Tuple{"x", now, nil}, ErrInvalid},
			{"three, text age", Tuple{"x", now, "86400"}, ErrInvalid},
			{"three, list age", Tuple{"x", now, []any{}}, ErrInvalid},
			{"three, infinity as text", Tuple{"x", now, "infinity"}, ErrInvalid},

			{"two", Tuple{"x", now - day}, nil},
			{"two, expired", Tuple{"x", now - day - 1}, ErrExpired},
			{"two, future", Tuple{"x", now + 1}, ErrInvalid},
			{"map", map[any]any{Atom("data"): "x", Atom("signed"): now - day}, nil},
			{"map, expired", map[any]any{Atom("data"): "x", Atom("signed"): now - day - 1}, ErrExpired},
			{"map with more", map[any]any{Atom("data"): "x", Atom("signed"): now, "more": 1}, nil},

			{"map of strings", map[any]any{"data": "x", "signed": now}, ErrInvalid},
			{"map without data", map[any]any{Atom("signed"): now}, ErrInvalid},
			{"map without signed", map[any]any{Atom("data"): "x"}, ErrInvalid},
			{"empty map", map[any]any{}, ErrInvalid},
			{"one", Tuple{"x"}, ErrInvalid},
			{"none", Tuple{}, ErrInvalid},
			{"four", Tuple{"x", now, 86_400, 0}, ErrInvalid},
			{"list", []any{"x", now, 86_400}, ErrInvalid},
			{"text", "x", ErrInvalid},
			{"atom", Atom("x"), ErrInvalid},
			{"nil", nil, ErrInvalid},
		} {
			data, err := c.Verify(signTerm(t, c, test.term))
			checkRead(t, test.name, data, err, test.want)
		}
	})
}

// A true MAC over something that is no term is no reason to fall over.
func TestPayloadThatIsNoTerm(t *testing.T) {
	c := newCodec(t, "id", Options{})
	for _, payload := range []string{"", "hello", "\x83", "\x82a\x01", "\x83h\x03a\x01", "\x83P", "\x83P\x00\x00\x00\x01", "\x83p"} {
		data, err := c.Verify(signPayload(c, headerHS256, []byte(payload)), Infinity)
		if !errors.Is(err, ErrInvalid) || data != nil {
			t.Errorf("%q: %#v, %v, want ErrInvalid", payload, data, err)
		}
	}
}

// Data of every kind goes through a token of either sort.
func TestDataGoesThrough(t *testing.T) {
	c := newCodec(t, "id", Options{})
	data := Tuple{
		Atom("user"), int64(-1), int64(math.MinInt64), bigInt(t, "0x1_0000_0000_0000_0000"), 2.5, "żółw", nil, true, false,
		[]any{int64(104), int64(105)}, []any{int64(300), []any{}}, Tuple{}, map[any]any{},
		map[any]any{int64(1): "a", 1.0: "b", Atom("k"): []any{"c"}, "k": nil, nil: int64(0), true: false},
	}
	signed, err := c.Sign(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Verify(signed); err != nil || !reflect.DeepEqual(got, data) {
		t.Errorf("Verify = %#v, %v\nwant %#v", got, err, data)
	}
	boxed, err := c.Encrypt(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Decrypt(boxed); err != nil || !reflect.DeepEqual(got, data) {
		t.Errorf("Decrypt = %#v, %v\nwant %#v", got, err, data)
	}
}
