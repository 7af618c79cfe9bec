// Package websocket is the WebSocket transport: it moves whole messages between a client and a Handler, and knows nothing
// of what is in them.
//
//	func serve(w http.ResponseWriter, r *http.Request) {
//		if err := websocket.CheckUpgrade(r); err != nil {
//			w.WriteHeader(http.StatusBadRequest)
//			io.WriteString(w, err.Error())
//			return
//		}
//		conn, err := websocket.Accept(w, r, websocket.Options{})
//		if err != nil {
//			return // it has been answered
//		}
//		conn.Serve(handler) // returns soon, and so should the HTTP handler
//	}
//
// The origin of a request is the caller's to check, before Accept.
//
// # The life of a frame
//
// A connection has one goroutine, the reader. It is not always the same: each does what it has the stack for. The first is
// that of the HTTP handler: in Conn.Serve (conn.go) it waits for the first message, for a second, and deals with it. Then
// the connection is parked (park.go): a goroutine that does nothing else, on the smallest stack there is, waits for the
// next byte. While it waits, the connection consists of that stack, the library's state and this package's. The byte wakes
// it: it gets a buffer of 512 bytes from a pool and a goroutine that reads one message after another (read.go) until the
// client has been silent for a second. A first message that comes in pieces is read by such a goroutine, too.
//
// A message is read in a step, which begins with the header of a client's frame. When that is there, the WebSocket library
// reads the frames of the message, unmasks them and answers the control frames among them. The message lands in memory of
// its own, which grows as bytes arrive, and goes to Handler.Message. While that works nothing more is read: a client that
// sends faster than it is served fills the buffers of TCP, and waits.
//
// In the other direction Send leaves a finished frame with the connection and returns. On a bare socket the connection
// gets in line at a lane (lane.go), one of a few goroutines that write for all connections in turn and wait for none. If
// more comes before it is its turn, the connection takes a queue from a pool (queue.go). Who writes takes what is there, up
// to 64 KiB or one longer frame, writes it with one system call, then takes what has come meanwhile; when nothing is left
// the queue goes back. What a connection does not take at once, long frames, and all that goes to other connections
// (TLS, ...) is written by a goroutine of the connection's own, which ends with the queue (write.go). Frames may be shared
// by any number of connections; they are not changed.
//
// An answer to a client that waits for it is better given to Reply. If nothing else is to be written the caller takes the
// lane's part for this one frame: no other goroutine has to be woken.
//
// The library never touches the network. It reads and writes through a wrapper (hijack.go), which puts the library's
// pongs at the head of the queue, its close frames at the end, and takes its Close as a wish to read no more.
//
// # The end of a connection
//
// Whatever ends a connection (close.go), the first cause is the one that counts. From then on nothing is queued or
// delivered. What was queued goes out, then a close frame, then the end of the stream; what the client still sends is
// thrown away until it closes its side. A timer cuts the connection off after the flush timeout, no matter what the client,
// the handler or the library are doing. Handler.Closed is called as soon as the read loop knows the cause, before that
// wait.
//
// # Memory
//
// What one client can make the server hold is bounded: the message it is sending (MaxMessageSize, and no more than four
// times what it really sent), the frames queued for it (MaxQueuedBytes and one frame; shared frames are held once; one that
// a lane is writing, of 64 KiB at most, does not count before it turns out that it is not taken) and one pong.
//
// # The library
//
// It is github.com/coder/websocket, the continuation of nhooyr.io/websocket. The build tag nhooyr selects the latter, frozen
// at v1.8.17; it costs a second goroutine for each connection. All of the library that is used stands in library.go.
package websocket
