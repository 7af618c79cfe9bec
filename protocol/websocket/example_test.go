package websocket_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// shout answers each message with a broadcast of its text.
type shout struct{ conn *websocket.Conn }

func (s shout) Message(data []byte, binary bool) error {
	payload, err := protocol.Encode(map[string]string{"text": string(data) + "!"})
	if err != nil {
		return err // closes the connection with 1011
	}
	frame, err := protocol.V2.Fastlane(protocol.Broadcast{Topic: "room", Event: "shout", Payload: payload})
	if err != nil {
		return err
	}
	s.conn.Send(frame)
	return nil
}

func (s shout) Closed(cause error) { fmt.Println(websocket.Reason(cause)) }

func Example() {
	ended := make(chan websocket.Summary)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := websocket.CheckUpgrade(r); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, err.Error())
			return
		}
		conn, err := websocket.Accept(w, r, websocket.Options{Observer: func(s websocket.Summary) { ended <- s }})
		if err != nil {
			return // it has been answered
		}
		conn.Serve(shout{conn})
	}))
	defer server.Close()

	// A browser would do this: the handshake, "hello" in a masked frame, and close code 1000.
	client, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()
	_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"+
		"\x81\x85\x00\x00\x00\x00hello"+"\x88\x82\x00\x00\x00\x00\x03\xe8")
	answers := bufio.NewReader(client)
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(response.Status)
	frames, _ := io.ReadAll(answers)
	fmt.Printf("%q\n", frames)
	_ = client.Close()
	fmt.Printf("%+v\n", <-ended)

	// Unordered output:
	// 101 Switching Protocols
	// "\x81,[null,null,\"room\",\"shout\",{\"text\":\"hello!\"}]\x88\x02\x03\xe8"
	// peer
	// {Reason:peer Code:1000 Received:19 Sent:50}
}
