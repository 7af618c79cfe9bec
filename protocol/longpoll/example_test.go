package longpoll_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
)

// A connection answers every message with a reply, as a Phoenix socket answers heartbeats.
type connection struct{ session *longpoll.Session }

func (c connection) Message(data []byte, binary bool) error {
	m, err := protocol.V2.Decode(data, binary)
	if err != nil {
		return err // ends the session
	}
	f, err := protocol.V2.EncodeReply(protocol.Reply{Ref: m.Ref, Topic: m.Topic, Status: "ok"})
	if err != nil {
		return err
	}
	c.session.Send(f)
	return nil
}

func (c connection) Closed(cause error) {} // why: longpoll.Reason(cause)

func Example() {
	server := longpoll.NewServer(longpoll.Options{})
	mux := http.NewServeMux()
	mux.HandleFunc("/socket/longpoll", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "https://evil.example" {
			longpoll.Refuse(w)
			return
		}
		query := r.URL.Query()
		server.Serve(w, r, query.Get("token"), func(s *longpoll.Session) (longpoll.Handler, error) {
			if query.Get("user") == "" {
				return nil, errors.New("who are you?")
			}
			return connection{s}, nil
		})
	})

	ask := func(method, target, body string) string {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
		return w.Body.String()
	}
	fmt.Println(ask("GET", "/socket/longpoll", ""))
	opened := ask("GET", "/socket/longpoll?user=ann", "")
	token := strings.Split(opened, `"`)[5]
	fmt.Println(strings.Replace(opened, token, "…", 1))
	fmt.Println(ask("POST", "/socket/longpoll?token="+token, `[null,"1","phoenix","heartbeat",{}]`))
	fmt.Println(strings.Replace(ask("GET", "/socket/longpoll?token="+token, ""), token, "…", 1))
	fmt.Println(ask("POST", "/socket/longpoll?token="+token, `{"not":"a message"}`))
	fmt.Println(ask("POST", "/socket/longpoll?token="+token, `[null,"2","phoenix","heartbeat",{}]`))
	server.Shutdown(context.Background())

	// Output:
	// {"status":403}
	// {"status":410,"token":"…","messages":[]}
	// {"status":200}
	// {"status":200,"token":"…","messages":["[null,\"1\",\"phoenix\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]"]}
	// {"status":408}
	// {"status":410}
}
