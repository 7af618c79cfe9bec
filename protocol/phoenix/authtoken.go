package phoenix

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// authTokenPrefix begins the subprotocol in which phoenix.js sends a token.
// Despite the name it is followed by the standard alphabet (PROTOCOL.md §1.5).
const authTokenPrefix = "base64url.bearer.phx."

var errAuthToken = errors.New("the auth token is not base64")

// subprotocols returns what the client offers, in its order.
func subprotocols(r *http.Request) []string {
	var offered []string
	for _, header := range r.Header["Sec-Websocket-Protocol"] {
		for name := range strings.SplitSeq(header, ",") {
			if name = strings.TrimSpace(name); name != "" {
				offered = append(offered, name)
			}
		}
	}
	return offered
}

// takeAuthToken takes the token out of the offered subprotocols. There is one
// only if exactly one of them is a token.
func takeAuthToken(offered []string) (token *string, rest []string, err error) {
	isToken := func(name string) bool { return strings.HasPrefix(name, authTokenPrefix) }
	i := slices.IndexFunc(offered, isToken)
	if i < 0 || slices.ContainsFunc(offered[i+1:], isToken) {
		return nil, offered, nil
	}
	decoded, err := decodeAuthToken(strings.TrimPrefix(offered[i], authTokenPrefix))
	if err != nil {
		return nil, nil, err
	}
	return &decoded, slices.Delete(slices.Clone(offered), i, i+1), nil
}

// decodeAuthToken takes either alphabet, padded or not (DESIGN.md D6).
func decodeAuthToken(text string) (string, error) {
	text = strings.TrimRight(text, "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	decoded, err := encoding.DecodeString(text)
	if err != nil {
		return "", errAuthToken
	}
	return string(decoded), nil
}

// chooseSubprotocol returns the first of the server's subprotocols that the
// client offers too, and whether the connection may be made: it may also when
// the client offers none (PROTOCOL.md §1.6).
func chooseSubprotocol(served, offered []string) (string, bool) {
	if len(offered) == 0 {
		return "", true
	}
	for _, name := range served {
		if slices.Contains(offered, name) {
			return name, true
		}
	}
	return "", false
}
