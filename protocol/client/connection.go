package client

import (
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A connection is a link, what waits to be sent over it, and its heartbeats. All but the first fields are guarded by the
// client's lock.
type connection struct {
	client *Client
	link   link
	opened time.Time

	queue   []outgoing
	size    int           // of what is queued, in bytes
	sending bool          // a goroutine sends
	over    bool          // what is queued goes nowhere
	room    chan struct{} // closed when there is; made when somebody waits
	idle    chan struct{} // the same, when nothing is left to send

	timer     *time.Timer  // the heartbeats'
	heartbeat protocol.Ref // of the one that is not answered
	progress  uint64       // the link's, when it was sent

	failing sync.Once
	cause   error // with which the client itself gave the connection up
}

// maxUnsent is how many bytes wait to be sent before Push and Send wait too.
const maxUnsent = 1 << 20

// full reports whether senders must wait.
func (n *connection) full() bool { return n.size >= maxUnsent }

// enqueue encodes a message and sends it soon.
func (n *connection) enqueue(m protocol.Message) error {
	out, err := n.client.codec.encode(m)
	if err != nil || n.over {
		return err
	}
	n.queue = append(n.queue, out)
	n.size += len(out.data)
	if !n.sending {
		n.sending = true
		n.client.work.Add(1)
		go n.flush()
	}
	return nil
}

// flush sends what is queued until nothing is. There is a goroutine for it only while there is something to send.
func (n *connection) flush() {
	defer n.client.work.Done()
	var batch []outgoing
	for {
		if batch = n.take(batch); len(batch) == 0 {
			return
		}
		if err := n.link.send(batch); err != nil {
			n.client.mu.Lock()
			n.fail(err)
			n.client.mu.Unlock()
		}
	}
}

// take returns what is queued, and uses the memory of the batch before for what comes next. Empty: the goroutine is let go.
func (n *connection) take(before []outgoing) []outgoing {
	n.client.mu.Lock()
	defer n.client.mu.Unlock()
	batch := n.queue
	clear(before)
	n.queue = before[:0]
	n.size = 0
	release(&n.room)
	if len(batch) == 0 {
		n.sending = false
		release(&n.idle)
	}
	return batch
}

// release lets those go on who wait for a channel to be closed.
func release(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}

// waiting returns a channel that release will close.
func waiting(c *chan struct{}) <-chan struct{} {
	if *c == nil {
		*c = make(chan struct{})
	}
	return *c
}

// await waits until everything is sent, but not longer than a while.
func (n *connection) await(patience time.Duration) {
	n.client.mu.Lock()
	if !n.sending {
		n.client.mu.Unlock()
		return
	}
	idle := waiting(&n.idle)
	n.client.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}

// fail gives the connection up. The goroutine that reads finds out.
func (n *connection) fail(cause error) {
	n.failing.Do(func() {
		n.cause = cause
		n.stop()
		n.link.cut()
	})
}

// stop drops what is queued: nothing is sent any more. Who waits for room is let go by the goroutine that sent.
func (n *connection) stop() {
	n.over = true
	n.queue, n.size = nil, 0
	if n.timer != nil {
		n.timer.Stop()
	}
}

// read hands every message that comes to the client, until the connection is lost. It returns why.
func (n *connection) read() error {
	for {
		data, binary, err := n.link.receive()
		if err == nil {
			err = n.client.dispatch(n, data, binary)
		}
		if err != nil {
			n.client.mu.Lock()
			n.fail(err)
			err = n.cause
			n.client.mu.Unlock()
			return err
		}
	}
}
