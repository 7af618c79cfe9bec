package phoenixtest

import (
	"fmt"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A Channel is the client's end of a topic that it has joined.
type Channel struct {
	client   *Client
	topic    string
	joinRef  protocol.Ref
	response protocol.Payload
}

// Topic returns the topic.
func (ch *Channel) Topic() string { return ch.topic }

// JoinRef returns the ref of the join, which marks all messages of this channel.
func (ch *Channel) JoinRef() protocol.Ref { return ch.joinRef }

// Response returns the response of the join's reply.
func (ch *Channel) Response() protocol.Payload { return ch.response }

// Push sends an event to the channel and returns the ref that its reply will
// have. It does not wait for the reply, but, as a connection does, for room in
// the mailbox of a channel that is flooded.
func (ch *Channel) Push(event string, payload any) protocol.Ref {
	ch.client.t.Helper()
	ref := ch.client.nextRef()
	ch.client.Send(protocol.Message{JoinRef: ch.joinRef, Ref: ref, Topic: ch.topic, Event: event, Payload: ch.client.payload(payload)})
	return ref
}

// Leave asks to leave the channel and returns the ref of the reply. That comes
// first, then phx_close: see [Channel.ExpectClose].
func (ch *Channel) Leave() protocol.Ref {
	ch.client.t.Helper()
	return ch.Push(protocol.EventLeave, nil)
}

// mine reports whether a message is for this join of the topic. What has no
// join_ref is for whoever is there: broadcasts, and all that a V1 client gets.
func (ch *Channel) mine(m Message) bool {
	return m.Topic == ch.topic && (m.JoinRef == protocol.Null || m.JoinRef == ch.joinRef)
}

// ExpectPush waits for an event on the channel, pushed or broadcast, for a client
// cannot tell these apart, and returns it.
func (ch *Channel) ExpectPush(event string, payload any) Message {
	ch.client.t.Helper()
	return ch.client.expect(ch.client.inbox, ch.push(event, payload))
}

// RefutePush fails the test if such an event has come, or comes.
func (ch *Channel) RefutePush(event string, payload any) {
	ch.client.t.Helper()
	ch.client.refute(ch.client.inbox, ch.push(event, payload))
}

func (ch *Channel) push(event string, payload any) expectation {
	ch.client.t.Helper()
	return ch.client.expectation(ch.topic, fmt.Sprintf("push %q", event), payload, func(m Message) bool {
		return ch.mine(m) && m.Event == event
	})
}

// ExpectReply waits for the reply to a message, with this status and response, and
// returns it.
func (ch *Channel) ExpectReply(ref protocol.Ref, status string, response any) Message {
	ch.client.t.Helper()
	return ch.client.expect(ch.client.inbox, ch.reply(ref, status, response))
}

// RefuteReply fails the test if such a reply has come, or comes.
func (ch *Channel) RefuteReply(ref protocol.Ref, status string, response any) {
	ch.client.t.Helper()
	ch.client.refute(ch.client.inbox, ch.reply(ref, status, response))
}

func (ch *Channel) reply(ref protocol.Ref, status string, response any) expectation {
	ch.client.t.Helper()
	return ch.client.expectation(ch.topic, fmt.Sprintf("reply to %v, %q", ref, status), response, func(m Message) bool {
		return ch.mine(m) && m.isReplyTo(ref) && m.Status == status
	})
}

// ExpectClose waits for phx_close: the channel ended in good order.
func (ch *Channel) ExpectClose() {
	ch.client.t.Helper()
	ch.ExpectPush(protocol.EventClose, nil)
}

// ExpectCrash waits for phx_error: the channel failed, and the client is to join
// again.
func (ch *Channel) ExpectCrash() {
	ch.client.t.Helper()
	ch.ExpectPush(protocol.EventError, Anything)
}
