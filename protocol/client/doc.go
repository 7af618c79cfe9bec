// Package client speaks Phoenix Channels with any server of the protocol: one of package phoenix, or a Phoenix
// application. It is what phoenix.js is in a browser.
//
//	c, err := client.Dial(ctx, "wss://example.com/socket", client.Options{})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	room, err := c.Join(ctx, "room:lobby", map[string]string{"name": "Ann"})
//	if err != nil {
//		return err
//	}
//	response, err := room.Push(ctx, "say", map[string]string{"text": "hello"})
//	…
//	event, err := room.Receive(ctx)
//
// # Connections come and go
//
// A [Client] outlives its connections. When one is lost, or a heartbeat is not answered, it makes another, after a pause
// that grows and is not the same for all clients, and joins its channels again. A channel that crashes on the server is
// joined again, too; one that the server closed, or that was left, has ended. What waits for an answer when the connection
// is lost returns [ErrDisconnected]: nobody knows whether the server has done it, so it is not sent again. What is pushed
// while there is no connection waits for the next one. [Channel.Receive] tells of both in its place among the events, as
// phx_error and phx_join; Options.OnState tells of the connection.
//
// # Waiting
//
// Whatever waits takes a context, and all but Receive wait no longer than Options.Timeout either. Push waits for the reply,
// Send does not. The server is never kept waiting: events that nobody receives are queued up to a bound, and what comes beyond it is
// counted and told of ([LostError]).
//
// # Errors
//
// A reply with another status than "ok", to a push or a join, is a [*ReplyError], which has the server's payload. A
// connection that cannot be opened is a [*HandshakeError]; its Refused method tells a server that says no from one that is
// not there. The others are the Err values of this package.
package client
