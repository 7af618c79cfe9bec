// Package client is a client of Phoenix Channels: it speaks with a Phoenix server, or one of package phoenix, as
// phoenix.js does.
//
//	c, err := client.Dial(ctx, "wss://example.com/socket", client.Options{})
//	…
//	defer c.Close()
//	room, err := c.Join(ctx, "room:lobby", map[string]string{"name": "Ann"})
//	…
//	response, err := room.Push(ctx, "message", map[string]string{"text": "Hello"})
//	…
//	for {
//		event, err := room.Receive(ctx)
//		if err != nil {
//			return err
//		}
//		fmt.Println(event.Name, event.Payload)
//	}
//
// # What it does by itself
//
// A connection that is lost is made again, and its channels are joined again, for as long as the client is open. So is a
// channel that crashed on the server. The waits between attempts grow as those of phoenix.js do, each by a random factor
// (Options.ReconnectAfter, RejoinAfter). Heartbeats find out connections that are dead.
//
// Only the first attempt is the caller's: when Dial or Join returns an error, nothing goes on behind it.
//
// # Errors
//
// A push or a join that the server answers with another status than "ok" is a *ReplyError with the response; one that it
// does not answer is ErrTimeout, or the context's error. A push whose answer can no longer come fails at once, with
// ErrDisconnected or ErrCrashed; it may have been carried out or not, and is not sent again: that is for the caller to
// decide. A push that is made while the channel is not joined waits until it is.
//
// A closed client returns ErrClosed everywhere, a channel that has ended the reason: ErrLeft, ErrReplaced,
// ErrChannelClosed.
//
// # Events
//
// What the server pushes and broadcasts waits in a queue of the channel until Receive takes it, in order. Where the client
// was away, Receive says so in the place where events may be missing: "phx_error" when the channel was lost, "phx_join"
// when it is back. The queue is bounded, and the connection never waits for it, as the answers to pushes come over the
// same one: what does not fit is dropped, and Receive returns a *LostError there, with their number, and goes on with what
// came after. Who does not want the events need not take them.
//
// # Transports
//
// WebSocket, long polling, or the one if the other does not get through: Options.Transport. Long polling cannot bring
// binary payloads from the server.
//
// # Where it differs from phoenix.js
//
// It reconnects whatever code the server closed the connection with; phoenix.js does not after 1000, which is what some
// servers send to connections without channels when they stop. A connection from which something comes is not given up
// for a heartbeat's late answer. A refused first join is not tried again. Over long polling Close leaves the channels, so
// that the server need not find out.
package client
