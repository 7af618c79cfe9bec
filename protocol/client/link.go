package client

// A link is one open connection to the server, whatever carries it.
type link interface {
	// receive returns the next message, which is the caller's. One goroutine calls it, until it fails.
	receive() (data []byte, binary bool, err error)

	// send sends messages in order. One goroutine calls it at a time. It may return before the server has them.
	send(batch []outgoing) error

	// close ends the connection in good order, which takes a second at most. cut ends it at once. After either receive and
	// send fail soon. Both may be called from any goroutine, and again.
	close()
	cut()

	// progress grows with every byte that comes.
	progress() uint64

	// polls reports whether this is long polling: it has no heartbeats, and the server does not notice its end.
	polls() bool
}

// outgoing is one message as it is sent.
type outgoing struct {
	data   []byte
	binary bool
}
