package token

// Atom is an atom of Erlang other than nil, true and false, without the colon
// of Elixir. A module's name begins with "Elixir.". It has at most 255 characters.
type Atom string

// Tuple is a tuple of Erlang: {:user, 1} is Tuple{Atom("user"), int64(1)}.
type Tuple []any

// Opaque is one term in Erlang's external format, without the leading version
// byte: what has no counterpart in Go and is kept as it came. It can be
// compared, kept as a map's key, and put back into a token.
type Opaque string

// The tags of the external term format (PROTOCOL.md §8.3).
const (
	version = 131

	tagNewFloat       = 70 // 8 bytes, IEEE 754
	tagBitBinary      = 77
	tagCompressed     = 80
	tagNewPid         = 88
	tagNewerReference = 90
	tagSmallInteger   = 97
	tagInteger        = 98
	tagFloatText      = 99 // "%.20e" in 31 bytes, before OTP 17
	tagAtomLatin1     = 100
	tagReference      = 101
	tagPid            = 103
	tagSmallTuple     = 104
	tagLargeTuple     = 105
	tagNil            = 106
	tagString         = 107 // a list of bytes
	tagList           = 108
	tagBinary         = 109
	tagSmallBig       = 110
	tagLargeBig       = 111
	tagNewReference   = 114
	tagSmallAtom      = 115 // Latin-1
	tagMap            = 116
	tagAtomUTF8       = 118
	tagSmallAtomUTF8  = 119
)

const (
	// maxDepth bounds nesting, so that neither reading nor writing a term can
	// exhaust a stack. Tokens are some three deep.
	maxDepth = 64
	// maxBigBytes bounds an integer's magnitude: printing one takes more than
	// linear time.
	maxBigBytes = 1024
	// maxAtomChars and maxReferenceWords are Erlang's own limits.
	maxAtomChars      = 255
	maxReferenceWords = 5
)

// The empty list is shared: a term of many would cost an allocation for each
// byte of it. It has no room that could be written to.
var emptyList any = []any{}
