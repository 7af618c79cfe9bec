package protocol

// Names that the protocol reserves (PROTOCOL.md §4.3). They are not protected: a client may send any of them, and only
// EventJoin, EventLeave and the heartbeat mean something when a client does.
const (
	EventJoin  = "phx_join"  // client: join the topic
	EventLeave = "phx_leave" // client: leave the topic
	EventReply = "phx_reply" // server: the answer to one message
	EventClose = "phx_close" // server: the channel ended as it should
	EventError = "phx_error" // server: the channel crashed

	// TopicPhoenix is the topic of the connection itself, EventHeartbeat the one event on it.
	TopicPhoenix   = "phoenix"
	EventHeartbeat = "heartbeat"

	// StatusOK and StatusError are the usual values of Reply.Status; any other name is allowed.
	StatusOK    = "ok"
	StatusError = "error"
)

// A Message is what a client sent, or what the server sends that is neither a reply nor a broadcast: a push of a
// channel, phx_close and phx_error.
//
// Which refs the server's frames carry is the host's business (PROTOCOL.md §3.5).
type Message struct {
	JoinRef Ref // names one join of the topic; Null where the sender gave none
	Ref     Ref // names this message, for its reply; Null in a push
	Topic   string
	Event   string
	Payload Payload // any JSON value, or bytes
}

// A Reply answers one message of a client.
type Reply struct {
	JoinRef  Ref
	Ref      Ref // that of the message answered
	Topic    string
	Status   string // StatusOK, StatusError or a name of the channel's own
	Response Payload
}

// A Broadcast goes to every subscriber of a topic, and carries no refs, so that one encoded form serves them all.
type Broadcast struct {
	Topic   string
	Event   string
	Payload Payload
}

// UnmatchedTopic is the response, with StatusError, to a message on a topic that is not joined or that nothing serves
// (PROTOCOL.md §4.3). The host must use this very text: V2015 knows by it that there is nothing to send.
func UnmatchedTopic() Payload { return Payload{text: unmatchedTopic} }

var unmatchedTopic = []byte(`{"reason":"unmatched topic"}`)
