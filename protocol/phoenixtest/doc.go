// Package phoenixtest tests channels without a network, as Phoenix.ChannelTest
// does: a test connects a client, joins, pushes, and says what it expects to be
// sent.
//
//	client, err := phoenixtest.Connect(t, &userSocket, phoenixtest.Options{})
//	if err != nil {
//		t.Fatal(err)
//	}
//	room := client.MustJoin("room:lobby", map[string]any{"name": "Ann"})
//	ref := room.Push("say", map[string]any{"text": "hi"})
//	room.ExpectReply(ref, "ok", nil)
//	room.ExpectPush("said", phoenixtest.Including(map[string]any{"text": "hi"}))
//	room.RefutePush("typing", phoenixtest.Anything)
//
// A [Client] is a real connection of a [phoenix.Endpoint]: everything goes
// through the serializer that it speaks, both ways, and through the host, so that
// a test sees what a browser would. Only the network is left out. What was sent
// is compared as values.
//
// # Expecting
//
// The Expect methods take what they expect out of what the client was sent,
// wherever it stands in there, and wait for it if it has yet to come; what they
// do not expect they leave for others. The Refute methods wait whether something
// comes that must not. They wait for Options.Wait, 100 milliseconds, as
// ChannelTest does. Whatever fails ends the test with a list of what came
// instead, what is different about it, and what the server logged.
//
// Inside a bubble of testing/synctest the waiting takes no time, and a test that
// refutes is as fast as any other. [Client.Received] is the way to check what was
// sent in its order and as a whole.
//
// # Payloads
//
// A payload that a method takes is a [protocol.Payload] or any value that encodes
// to JSON; nil is {}. Expected ones are compared as JSON values: 1 is 1.0, and the
// order of an object's names does not matter. A [Match] may stand in place of
// one: [Anything], [Including], or one of the test's own.
//
// # Goroutines
//
// [Main], called by a package's TestMain, fails the run of its tests when
// goroutines are left over.
//
// # From Phoenix.ChannelTest
//
//	connect(UserSocket, params, connect_info: …)   Connect(t, &userSocket, Options{Params: …, Info: …})
//	socket(UserSocket, id, assigns)                Open(t, &userSocket, &phoenix.Connection{ID: …, Assigns: …}, Options{})
//	socket.assigns, socket.id                      client.Connection()
//	join(socket, topic, payload)                   client.Join(topic, payload), client.MustJoin(topic, payload)
//	subscribe_and_join!(socket, topic, payload)    client.SubscribeAndJoin(topic, payload)
//	push(socket, event, payload)                   room.Push(event, payload)
//	leave(socket), close(socket)                   room.Leave(), client.Close()
//	broadcast_from!(socket, event, payload)        topic.BroadcastFrom(event, payload)
//	assert_push, refute_push                       room.ExpectPush, room.RefutePush
//	assert_reply, refute_reply                     room.ExpectReply, room.RefuteReply
//	assert_broadcast, refute_broadcast             topic.ExpectBroadcast, topic.RefuteBroadcast
package phoenixtest
