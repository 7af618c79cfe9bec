package channels_test

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A server of its own: mount the socket, and serve.
func ExampleNewSocket() {
	endpoint := phoenix.NewEndpoint(phoenix.Config{})
	endpoint.Mount("/ws", channels.NewSocket(channels.Options{MaxTopicLength: 256}), phoenix.MountOptions{})
	fmt.Println(http.ListenAndServe(":4000", endpoint))
}

// A screen is a transport whose client is somebody who reads.
type screen struct {
	name string
	said chan struct{}
}

func (s screen) Send(f protocol.Frame) {
	fmt.Printf("%s ← %s\n", s.name, f.Bytes())
	s.said <- struct{}{}
}

func (s screen) Close(int, string) {}

// A whole visit, as the clients' frames: a tab holds the page "hello", another one comes by its hash.
func ExampleNewSocket_visit() {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	socket := channels.NewSocket(channels.Options{})
	said := make(chan struct{})
	connect := func(name string) *phoenix.Session {
		return endpoint.Open(socket, &phoenix.Connection{}, protocol.V2, screen{name, said})
	}
	send := func(s *phoenix.Session, answers int, frame string) {
		go func() {
			if err := s.Message([]byte(frame), false); err != nil {
				panic(err)
			}
		}()
		for range answers {
			<-said
		}
	}
	const hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

	holder := connect("holder")
	send(holder, 2, `["1","1","have:`+hash+`","phx_join",{}]`)
	visitor := connect("visitor")
	send(visitor, 1, `["1","1","want:`+hash+`","phx_join",{}]`)
	send(visitor, 1, `["1","2","want:`+hash+`","content_request",{"hash":"`+hash+`"}]`)
	send(holder, 1, `["1","2","have:`+hash+`","content",{"content":"hello","hash":"`+hash+`"}]`)

	// Output:
	// holder ← ["1","1","have:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","phx_reply",{"status":"ok","response":{}}]
	// holder ← [null,null,"have:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","visitors_count",{"count":1}]
	// visitor ← ["1","1","want:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","phx_reply",{"status":"ok","response":{}}]
	// holder ← ["1",null,"have:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","content_request",{}]
	// visitor ← [null,null,"want:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","content",{"content":"hello"}]
}
