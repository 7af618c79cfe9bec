package presence

import (
	"fmt"
	"unicode/utf8"
)

// checkKey refuses keys that clients could not be told of, or could not bear.
func (o Options) checkKey(key string) error {
	if !utf8.ValidString(key) {
		return fmt.Errorf("%w: %q is not UTF-8", ErrKey, key)
	}
	if o.RefuseUnsafeKeys && unsafeKeys[key] {
		return fmt.Errorf("%w: every JavaScript object has a property %q, which older clients would find in its place", ErrKey, key)
	}
	return nil
}

// unsafeKeys are the properties of every JavaScript object.
var unsafeKeys = map[string]bool{
	"__proto__": true, "__defineGetter__": true, "__defineSetter__": true, "__lookupGetter__": true, "__lookupSetter__": true,
	"constructor": true, "hasOwnProperty": true, "isPrototypeOf": true, "propertyIsEnumerable": true,
	"toLocaleString": true, "toString": true, "valueOf": true,
}
