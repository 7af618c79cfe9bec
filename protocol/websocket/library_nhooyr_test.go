//go:build nhooyr

package websocket

import (
	"context"
	"errors"
	"testing"

	lib "nhooyr.io/websocket"
)

//lint:file-ignore SA1019 every symbol of the old import path is marked deprecated; this file tests with it

// libraryGoroutines is how many goroutines of its own the library keeps for a connection.
const libraryGoroutines = 1

// A client that is not the tests' own: the library's.
func TestLibraryAsClient(t *testing.T) {
	ctx := context.Background()
	h := serve(t, Options{}, echo)
	for _, clientCloses := range []bool{true, false} {
		c, _, err := lib.Dial(ctx, h.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := h.peer(t)
		if err := c.Write(ctx, lib.MessageText, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		kind, got, err := c.Read(ctx)
		if want := message(t, "false hello"); err != nil || kind != lib.MessageText || string(got) != string(want.Bytes()) {
			t.Fatalf("got %v %q %v", kind, got, err)
		}
		if clientCloses {
			if err := c.Close(lib.StatusNormalClosure, "bye"); err != nil {
				t.Error(err)
			}
			var cause *CloseError
			if !errors.As(p.cause(), &cause) || cause.Code != 1000 || cause.Reason != "bye" {
				t.Errorf("cause %v", p.cause())
			}
		} else {
			p.conn.Close(1012, "restarting")
			_, _, err := c.Read(ctx)
			var received lib.CloseError
			if !errors.As(err, &received) || received.Code != lib.StatusServiceRestart || received.Reason != "restarting" {
				t.Errorf("the client got %v", err)
			}
			_ = c.CloseNow()
		}
		wait(t, p.ended, "the end")
	}
}

// bareStep is what a server does that uses the library directly.
func bareStep(ctx context.Context, c *lib.Conn, reply []byte) error {
	if _, _, err := c.Read(ctx); err != nil {
		return err
	}
	return c.Write(ctx, lib.MessageText, reply)
}
