package token

import "errors"

// The reasons for which Verify and Decrypt refuse a token, to be told apart
// with errors.Is. What they return may say more; it never contains anything of
// the token, the secret or the data.
var (
	// ErrMissing: there is no token, the text is empty. Phoenix: {:error, :missing} for nil.
	ErrMissing = errors.New("token: missing")
	// ErrInvalid: not a token of this secret, salt and key options, or signed
	// in the future, or too large, or its content cannot be read.
	ErrInvalid = errors.New("token: invalid")
	// ErrExpired: a true token that is older than its maximum age.
	ErrExpired = errors.New("token: expired")
)

// ErrUnencodable is what Sign and Encrypt return (see errors.Is) for data that
// has no place in a token: a type that the table of the package comment does
// not have, a NaN, a structure nested too deep or in itself, or too large.
var ErrUnencodable = errors.New("token: data cannot be encoded")

// invalid is an ErrInvalid with its cause. Constant texts only: a flood of bad
// tokens costs no memory, and no text can carry a secret.
type invalid string

func (e invalid) Error() string        { return "token: invalid: " + string(e) }
func (e invalid) Is(target error) bool { return target == ErrInvalid }
