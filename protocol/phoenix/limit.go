package phoenix

// Limit names a bound of the host's that was reached. The set is closed: it may
// label a metric. The transports tell of theirs by their own observers.
type Limit string

// The limits, and what happens at each.
const (
	// LimitChannels: a join was refused because of [UserSocket.MaxChannels].
	LimitChannels Limit = "channels"
	// LimitTopic: a join was refused because of [UserSocket.MaxTopicLength].
	LimitTopic Limit = "topic"
	// LimitMailbox: a connection is not read for a while because a channel's
	// mailbox holds [MailboxLimits].Messages or Bytes.
	LimitMailbox Limit = "mailbox"
	// LimitInternal: a channel was ended because of [MailboxLimits].Internal.
	LimitInternal Limit = "internal"
)

// limited tells the application that a limit was reached.
func (e *Endpoint) limited(l Limit) {
	if e.config.Limited != nil {
		e.config.Limited(l)
	}
}
