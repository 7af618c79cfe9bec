// Package token reads and writes the tokens of Phoenix.Token: sign, verify,
// encrypt and decrypt, byte for byte, with any Phoenix application that shares
// the secret. A Phoenix application can sign a token for its user and a Go
// server can check it, or the other way round, and neither has to know.
//
//	users, err := token.New(secretKeyBase, "user socket", token.Options{})
//	…
//	text, err := users.Sign(42)                                     // Phoenix.Token.sign
//	data, err := users.Verify(text, token.MaxAge(14*24*time.Hour))  // Phoenix.Token.verify
//
// secretKeyBase is the application's secret_key_base, the salt ("user socket")
// is the second argument of Phoenix.Token.sign: it keeps a token made for one
// purpose from being accepted for another.
//
// # Keys
//
// A [Codec] is made once for each secret and salt and used for every token.
// [New] derives the key, which takes PBKDF2 some 200 µs, and no method does so
// again: a token then costs less than one, and a server that derived the key at
// each check would do that work for whoever sends it garbage. No cache stands
// behind the package, so nothing grows with use.
//
// # Age
//
// A token carries when it was signed and for how long it is good (86,400 s
// unless [MaxAge] says otherwise). Verify and Decrypt go by that, or by the
// MaxAge given to them, which then replaces the token's own in both
// directions, as in Phoenix. Give one: it is the verifier's decision. A token
// signed in the future is invalid, by a millisecond even: where two machines
// share tokens, their clocks must agree.
//
// # Terms
//
// What is in a token is an Erlang term. This is what becomes of it:
//
//	Erlang, Elixir                       Verify, Decrypt        Sign, Encrypt take
//	nil                                  nil                    nil
//	true, false                          bool                   bool
//	any other atom                       Atom                   Atom
//	integer of 64 bits                   int64                  every integer type
//	larger integer, to 8192 bits         *big.Int               *big.Int
//	float                                float64                float64, float32; not NaN, Inf
//	binary (a string of Elixir)          string                 string, []byte, [n]byte
//	list, also a charlist                []any                  every other slice and array
//	tuple                                Tuple                  Tuple
//	map, struct                          map[any]any            every map
//	pid, reference, bit string,          Opaque                 Opaque
//	improper list
//
// A named type is written as the type under it (type UserID int64 as an
// integer). A nil slice is an empty list, a nil []byte an empty binary, a nil
// map an empty map. Other pointers, structs, channels and functions are
// refused with [ErrUnencodable]. A map's key that Go cannot compare (a tuple, a
// list, a map, an integer past 64 bits) is an Opaque. Functions and ports are
// refused on reading, as Phoenix refuses them. Terms may be nested 64 deep.
//
// # Byte for byte
//
// Erlang reads every form of a term, and so does this package, so tokens are
// exchanged with every version. Two things decide whether Sign makes the very
// bytes that a given Phoenix would have made. Atoms were written in another
// form up to Erlang/OTP 25: [Options.LegacyAtoms]. And a map's keys are
// written in Erlang's term order (integers, floats, atoms, strings; others
// last), which is what OTP ≤ 25 does for maps of up to 32 keys; larger maps,
// and maps with atom keys from OTP 26 on, have an order that only that very
// Erlang node knows.
//
// # Strangers' tokens
//
// Nothing in a token is looked into before its MAC is found right: a forged one
// costs its size, a few times over. Behind the MAC everything is bounded too.
// [Options.MaxSize] bounds the text, and what a compressed term may become.
// Every length in a term is held against the bytes that are there before
// anything is allocated for it. Integers, atoms and nesting have limits.
//
// A token that makes Phoenix raise, as one with a function in it or with a term
// of another shape, is [ErrInvalid] here. An empty text is [ErrMissing], as nil
// is in Phoenix. The texts of errors are for the server's log, not for the client.
//
// The rules come from PROTOCOL.md §8. What is written is that of plug_crypto 2.1;
// read are also the tokens of its 1.x releases, and Phoenix's own before those.
package token
