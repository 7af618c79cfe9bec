package presence

import "errors"

// Errors of Track, Update and UpdateFunc (errors.Is).
var (
	// ErrAlreadyTracked: the owner tracks that key on that topic already. Use Update.
	ErrAlreadyTracked = errors.New("presence: the owner is tracked under this key already")
	// ErrNotTracked: the owner does not track that key on that topic. Phoenix calls it nopresence.
	ErrNotTracked = errors.New("presence: the owner is not tracked under this key")
	// ErrMeta: a meta is not a JSON object.
	ErrMeta = errors.New("presence: a meta must be a JSON object")
	// ErrKey: the key is not UTF-8, or one that Options.RefuseUnsafeKeys refuses.
	ErrKey = errors.New("presence: the key cannot be used")
	// ErrEnded: the owner has ended.
	ErrEnded = errors.New("presence: the owner has ended")
)
