package phoenix

import "github.com/ephemeral-p2p/ephemeral/protocol"

// What the tests of package phoenix_test need of the inside.
var (
	ParseParams     = parseParams
	ErrQueryTooLong = errQueryTooLong
	ErrQueryUTF8    = errQueryUTF8
	ErrQueryDepth   = errQueryDepth
	ErrQueryNested  = errQueryNested
	CloseReason     = closeReason
)

// JoinOver handles a phx_join that found old on its topic when it was looked up.
func (s *Session) JoinOver(m protocol.Message, old *Socket) { s.join(m, old) }

// Waiting returns how many of a client's messages, and bytes of them, wait for the channel.
func (s *Socket) Waiting() (messages, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mailbox.messages, s.mailbox.bytes
}
