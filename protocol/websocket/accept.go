package websocket

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// cacheControl is on the 101 as on every answer of the reference server (PROTOCOL.md §1.3).
const cacheControl = "max-age=0, private, must-revalidate"

// CheckUpgrade reports the first header that keeps the request from being a WebSocket handshake, nil if there is none.
// The texts are those of the reference server and make up the body of its 400 (PROTOCOL.md §1.3):
//
//	'connection' header must contain 'upgrade', got []
func CheckUpgrade(r *http.Request) error {
	if r.ProtoMajor != 1 || r.ProtoMinor < 1 {
		return fmt.Errorf("HTTP version %s unsupported", r.Proto)
	}
	if r.Method != http.MethodGet {
		return fmt.Errorf("HTTP method %s unsupported", r.Method)
	}
	if r.Host == "" {
		return errors.New("'host' header is absent")
	}
	if err := checkContains(r.Header, "Connection", "upgrade"); err != nil {
		return err
	}
	if err := checkContains(r.Header, "Upgrade", "websocket"); err != nil {
		return err
	}
	// Names are spelt as net/http keeps them.
	if len(r.Header["Sec-Websocket-Key"]) == 0 {
		return errors.New("'sec-websocket-key' header is absent")
	}
	if got := r.Header["Sec-Websocket-Version"]; len(got) != 1 || got[0] != "13" {
		return fmt.Errorf("'sec-websocket-version' header must equal '13', got %s", inspect(got))
	}
	return nil
}

// checkContains wants a token among the comma-separated ones of a header, whatever their case. The name is canonical.
func checkContains(header http.Header, name, token string) error {
	values := header[name]
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return nil
			}
		}
	}
	return fmt.Errorf("'%s' header must contain '%s', got %s", strings.ToLower(name), token, inspect(values))
}

// inspect writes a list of strings as Elixir does.
func inspect(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = strconv.Quote(value)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Accept answers the handshake with 101 and takes the connection over from net/http. It does not look at the origin,
// and leaves it to CheckUpgrade to find most faults with the texts of the reference. What it refuses itself (a
// Sec-WebSocket-Key that is not 16 bytes of base64) has been answered when the error comes back.
//
// The 101 has the header of w in it, and is written to the connection itself: a ResponseWriter that wraps net/http's sees
// that the connection is taken over, and no WriteHeader.
//
// Nothing of w and r is kept. Serve or Close must follow.
func Accept(w http.ResponseWriter, r *http.Request, o Options) (*Conn, error) {
	c := &Conn{opts: o.withDefaults()}
	h := &hijacker{ResponseWriter: w, conn: c}
	lib, err := upgrade(h, r)
	if err == nil {
		if err = h.switchProtocols(); err != nil {
			lib.release()
		}
	}
	if err != nil {
		if c.nc != nil {
			_ = c.nc.Close()
		}
		return nil, fmt.Errorf("websocket: failed to answer the handshake: %w", err)
	}
	c.lib = lib
	// The library put a reader of its own between the buffer and the wrapper. It has served its purpose, the bytes that
	// came with the handshake are the wrapper's to give.
	c.br.Reset((*link)(c))
	return c, nil
}
