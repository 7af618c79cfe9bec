//go:build nhooyr

package websocket

import (
	"context"
	"errors"
	"io"
	"net/http"

	lib "nhooyr.io/websocket"
)

//lint:file-ignore SA1019 every symbol of the old import path is marked deprecated; this file is how to build with it

// library is the twin of library.go's for the library's old import path, which is frozen at v1.8.17. It differs in the
// import alone. The old version runs one goroutine of its own for each connection.
type library struct{ conn *lib.Conn }

// upgrade answers the handshake. The origin was the host's business, compression is not offered, and the size of a
// message is bounded by read.go. A request the library refuses has been answered when upgrade returns its error.
func upgrade(w http.ResponseWriter, r *http.Request) (library, error) {
	conn, err := lib.Accept(w, r, &lib.AcceptOptions{
		InsecureSkipVerify: true,
		CompressionMode:    lib.CompressionDisabled,
	})
	if err != nil {
		return library{}, err
	}
	conn.SetReadLimit(-1)
	return library{conn}, nil
}

// next reads up to the first data frame of a message, answering control frames on its way. r must be read to its end
// before next is called again, unless the message is known to be one final frame of which every byte was read.
//
// The context has no Done channel: the library then arms no timer for a read.
func (l library) next() (binary bool, r io.Reader, err error) {
	kind, r, err := l.conn.Reader(context.Background())
	return kind == lib.MessageBinary, r, err
}

// closeOf returns the client's close frame if that is what err reports, nil otherwise.
func (l library) closeOf(err error) *CloseError {
	var received lib.CloseError
	if !errors.As(err, &received) {
		return nil
	}
	return &CloseError{Code: int(received.Code), Reason: received.Reason}
}

// release ends the library's part: its goroutine, if it has one, and the finalizer that would keep the connection
// alive. It closes the wrapper, not the network connection.
func (l library) release() { _ = l.conn.CloseNow() }
