package client

import (
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// beat is what a connection's timer does: it sends a heartbeat, or finds that one was not answered.
func (n *connection) beat() {
	c := n.client
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != n || c.closing {
		return
	}
	progress := n.link.progress()
	switch {
	case n.heartbeat == protocol.Null:
		n.heartbeat = c.nextRef()
		c.calls[n.heartbeat] = &call{done: n.beaten}
		_ = n.enqueue(protocol.Message{Ref: n.heartbeat, Topic: protocol.TopicPhoenix, Event: protocol.EventHeartbeat})
	case n.progress != progress:
		// Something long is coming, perhaps, and the answer behind it. A server that sends is alive.
	default:
		n.fail(ErrHeartbeat)
		return
	}
	n.progress = progress
	n.timer.Reset(c.options.HeartbeatTimeout)
}

// beaten takes the answer to a heartbeat.
func (n *connection) beaten(a answer) {
	if a.err == nil {
		n.heartbeat = protocol.Null
		n.timer.Reset(n.client.options.HeartbeatInterval)
	}
}

// startHeartbeats is called under the client's lock.
func (n *connection) startHeartbeats() {
	if interval := n.client.options.HeartbeatInterval; interval > 0 && !n.link.polls() {
		n.timer = time.AfterFunc(interval, n.beat)
	}
}
