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
// A whole chat that runs, with its page, is in protocol/example/chat. Package
// phoenixtest tests a channel without a network. What may change before v1,
// and what will not, is said in the documentation of package protocol.
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
// logged with its stack and ends its channel alone. The errors are compared
// with errors.Is, a [CrashError] with errors.As.
//
// # What protects the server
//
// A connection's limits are its transport's ([websocket.Options],
// [longpoll.Options]: sizes, idle time, what may wait for a slow client) and
// its socket's ([UserSocket]: channels, length of topics, what may wait for a
// busy channel). Which web pages may connect is [MountOptions].CheckOrigin.
// How often a client may do something is for the channel to count.
//
// # Phoenix to Go
//
// What a Phoenix application has, and where it is here.
//
//	Phoenix                                  Go
//	socket "/socket", UserSocket             Endpoint.Mount("/socket", &UserSocket{…}, MountOptions{…});
//	                                         the Endpoint is an http.Handler
//	check_origin, auth_token, error_handler, MountOptions.CheckOrigin, AuthToken, Refused,
//	subprotocols                             Subprotocols
//	websocket: [timeout, max_frame_size]     MountOptions.WebSocket: IdleTimeout, MaxMessageSize
//	longpoll: [window_ms]                    MountOptions.LongPoll: Window; nil serves no long polling
//	connect(params, socket, connect_info)    UserSocket.Connect; an error is {:error, reason}
//	connect_info: peer_data, x_headers, …    ConnectInfo; a client's certificate is in ConnectInfo.TLS
//	connect_info: session                    none: Plug's cookie session is Plug's; let a page hand out
//	                                         a token (package token)
//	id(socket); Endpoint.broadcast(id,       Connection.ID, set in Connect; Endpoint.Disconnect(id)
//	"disconnect", %{})
//	channel "room:*", Room, assigns: %{…}    Route{Pattern: "room:*", New: …}; New is a closure over what
//	                                         the assigns would be
//	socket.assigns                           of the socket: Connection.Assigns, which the channels share
//	                                         and only read; of a channel: the fields of its type
//	join/3: {:ok, reply, socket}             Channel.Join: return reply, nil
//	{:error, reply}                          return nil, Reject(reply)
//	handle_in/3: {:noreply, socket}          Channel.HandleIn: return NoReply, nil
//	{:reply, {:ok, reply}, socket}           return OK(reply), nil; also Error(reply), Status(name, reply)
//	{:stop, reason, socket}                  return NoReply, Stop(reason)
//	{:stop, reason, reply, socket}           return OK(reply), Stop(reason)
//	no clause matches; raise                 return NoReply, ErrNoClause; any other error, or a panic
//	{:binary, data}                          protocol.Binary(data)
//	push                                     Socket.Push
//	broadcast, broadcast_from                Socket.Broadcast, Socket.BroadcastFrom; the forms with a !
//	                                         are these, too: look at the error, or return it
//	Endpoint.broadcast, broadcast_from,      Endpoint.Broadcast, BroadcastFrom, LocalBroadcast
//	local_broadcast
//	intercept, handle_out                    Interceptor: Intercept, HandleOut
//	send(pid, message), handle_info          Socket.Send, InfoHandler
//	Endpoint.subscribe                       Socket.Subscribe in a channel, Endpoint.Subscribe elsewhere
//	socket_ref, reply                        Socket.Ref, Socket.ReplyTo
//	handle_cast                              Socket.Send
//	handle_call                              none: a caller has no mailbox to be answered in; Send a
//	                                         message that holds a Go channel for the answer
//	terminate; Process.flag(:trap_exit)      Terminator, ExitTrapper
//	Process.monitor of a channel             Socket.AtEnd
//	max_channels_per_transport               UserSocket.MaxChannels
//	partitions                               none: they split a supervisor that there is not
//	hibernate_after                          none: a channel at rest has no goroutine
//	shutdown of a channel                    the context of Endpoint.Shutdown
//	drainer                                  Config.Drain, Endpoint.Shutdown
//	log, log_join, log_handle_in             Config.Log, for all of an endpoint's sockets
//	filter_parameters                        Config.Log.Filter; {:keep, keys} has no counterpart
//	telemetry                                none but the log; the Observer options of packages
//	                                         websocket and longpoll tell of each connection's end
//	Phoenix.Debug                            none: it serves a shell within the running server, which Go
//	                                         has not; an application can keep a list, with Join and
//	                                         Socket.AtEnd
//	serializer: [{V2, "~> 2.0.0"}]           MountOptions.Serializers, protocol.Serializer
//	Phoenix.Socket.Transport: channels on    Endpoint.Open, Transport
//	a transport of one's own
//	… and raw sockets without channels       package websocket, or longpoll, without this one
//	Phoenix.Presence                         package presence: Track, Update, UpdateFunc, Untrack,
//	                                         UntrackAll, List, GetByKey; fetch and handle_metas are
//	                                         Options.Fetch and Options.HandleMetas
//	Phoenix.Token                            package token: Sign, Verify, Encrypt, Decrypt
//	Phoenix.PubSub and its adapters          package pubsub: Bus; Config.Bus takes any
//	node_name, direct_broadcast              none: no feature of a channel addresses one node
//	Phoenix.ChannelTest                      package phoenixtest
//	phoenix.js                               phoenix.js; from Go, package client
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
// [websocket.Options]: https://pkg.go.dev/github.com/ephemeral-p2p/ephemeral/protocol/websocket#Options
// [longpoll.Options]: https://pkg.go.dev/github.com/ephemeral-p2p/ephemeral/protocol/longpoll#Options
package phoenix
