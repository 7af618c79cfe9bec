// Package phoenix serves Phoenix Channels: what phoenix.js and its kin speak
// with a Phoenix server, over WebSocket and long polling, to the byte.
//
// # In a minute
//
// A client opens one connection and joins topics on it, such as "room:lobby".
// A [UserSocket] says who may connect and which [Channel] serves which topics;
// an [Endpoint] serves it at a path and is an http.Handler:
//
//	endpoint := phoenix.NewEndpoint(phoenix.Config{})
//	endpoint.Mount("/socket", &phoenix.UserSocket{
//		Channels: []phoenix.Route{
//			{Pattern: "room:*", New: func() phoenix.Channel { return &room{} }},
//		},
//	}, phoenix.MountOptions{LongPoll: &phoenix.LongPollOptions{}})
//	http.ListenAndServe(":4000", endpoint)
//
// and in the browser:
//
//	let socket = new Socket("/socket"); socket.connect()
//	let channel = socket.channel("room:lobby", {name: "Ann"})
//	channel.join().receive("ok", …)
//
// # Channels
//
// Every join of a topic makes a new Channel value, and its fields are its
// state. Join lets the client in or refuses it with [Reject]; HandleIn gets
// every event and answers with a [Reply] or [NoReply]. Interfaces that a
// channel may implement besides: [Interceptor] to see broadcasts before its
// client does, [InfoHandler] for messages from within the server, [Terminator]
// and [ExitTrapper] for its end. A channel's callbacks run one at a time; those
// of different channels run side by side, also when they belong to one
// connection.
//
// To its client a channel speaks with [Socket.Push], to everybody on its topic
// with [Socket.Broadcast] and [Socket.BroadcastFrom]. The rest of the server
// uses [Endpoint.Broadcast] and [Endpoint.Disconnect]. A broadcast is encoded
// once for each protocol version in use, whatever the number of subscribers,
// and goes past the channels straight to their connections. Nobody waits for a
// slow client.
//
// # How a channel ends
//
//	what happens                         the client sees        Terminate is told
//	it leaves                            reply, phx_close       ErrLeft
//	a callback returns Stop(ErrNormal)   phx_close              ErrNormal
//	… Stop(ErrShutdown), Stop(Shutdown)  phx_close              ErrShutdown
//	… Stop(any other error)              phx_error              that error
//	… any other error, or panics         phx_error              *CrashError
//	the topic is joined again            phx_close              ErrDuplicateJoin, if it traps exits
//	the connection ends                  –                      ErrClosed, ErrTimeout, ErrInactive, ErrSlow,
//	                                                            ErrMalformed, ErrDisconnected, ErrDraining
//
// After phx_error clients rejoin, after phx_close they do not. A panic is
// logged with its stack and ends its channel alone.
//
// # The road of a frame
//
// A transport hands what it read to [Session.Message], which decodes it and
// finds its channel by topic; the channel's mailbox runs HandleIn; the reply is
// encoded and goes back by [Transport]. A broadcast takes the way over the
// [pubsub.Bus] to each subscriber's Deliver, and from there to its transport.
// In the source: session.go, join.go, mailbox.go, socket.go, end.go.
//
// [pubsub.Bus]: https://pkg.go.dev/github.com/ephemeral-p2p/ephemeral/protocol/pubsub#Bus
package phoenix
