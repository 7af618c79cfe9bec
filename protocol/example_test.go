package protocol_test

import (
	"errors"
	"fmt"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A server's side of a conversation: a message comes in, its reply goes out.
func Example() {
	serializer, err := protocol.Negotiate(nil, "2.0.0")
	if err != nil {
		fmt.Println("refuse the connection:", err)
		return
	}

	m, err := serializer.Decode([]byte(`["1","2","room:lobby","shout",{"body":"hi"}]`), false)
	if err != nil {
		fmt.Println("close the connection:", err)
		return
	}
	fmt.Println(m.Topic, m.Event, m.Payload)

	frame, err := serializer.EncodeReply(protocol.Reply{
		JoinRef: m.JoinRef, Ref: m.Ref, Topic: m.Topic, Status: protocol.StatusOK,
	})
	if err != nil {
		fmt.Println("crash the channel:", err)
		return
	}
	fmt.Println(string(frame.Bytes()))
	fmt.Printf("%x\n", frame.WebSocket()[:2])
	// Output:
	// room:lobby shout {"body":"hi"}
	// ["1","2","room:lobby","phx_reply",{"status":"ok","response":{}}]
	// 8140
}

func ExampleNegotiate() {
	for _, vsn := range []string{"1.0.0", "2.0.0", "3.0.0"} {
		serializer, err := protocol.Negotiate(nil, vsn)
		fmt.Println(serializer, err)
	}
	// Output:
	// V1 <nil>
	// V2 <nil>
	// <nil> protocol: unsupported vsn "3.0.0": no serializer for it
}

func ExamplePayload_Decode() {
	m, _ := protocol.V1.Decode([]byte(`{"topic":"room:lobby","event":"move","payload":{"x":3,"y":4},"ref":"1"}`), false)
	var to struct {
		X int `json:"x"`
		Y int `json:"y"`
	}
	if err := m.Payload.Decode(&to); err != nil {
		fmt.Println(err)
	}
	fmt.Println(to.X, to.Y)
	// Output: 3 4
}

func ExampleEncode() {
	p, err := protocol.Encode(map[string]any{"count": 3})
	fmt.Println(p, err)

	_, err = protocol.Encode(func() {})
	fmt.Println(errors.Is(err, protocol.ErrUnencodable))
	// Output:
	// {"count":3} <nil>
	// true
}

// Only clients that speak V2 can be sent bytes.
func ExampleBinary() {
	b := protocol.Broadcast{Topic: "t", Event: "e", Payload: protocol.Binary([]byte{5, 6, 7})}
	frame, err := protocol.V2.Fastlane(b)
	fmt.Printf("%x %v\n", frame.Bytes(), err)

	_, err = protocol.V1.Fastlane(b)
	fmt.Println(err)
	// Output:
	// 0201017465050607 <nil>
	// protocol: cannot encode message: payload is binary, which only clients of vsn 2.0.0 can be sent
}

func ExampleRef() {
	m, _ := protocol.V2.Decode([]byte(`["\u0031", 1, "t", "e", {}]`), false)
	fmt.Println(m.JoinRef == protocol.StringRef("1"), m.Ref == protocol.StringRef("1"), m.Ref)
	// Output: true false 1
}
