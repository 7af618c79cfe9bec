package phoenix_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// A chatRoom is the channel of one visitor of one room.
type chatRoom struct{ name string }

func (c *chatRoom) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	var params struct {
		Name string `json:"name"`
	}
	if payload.Decode(&params) != nil || params.Name == "" {
		return nil, phoenix.Reject(map[string]string{"reason": "what is your name?"})
	}
	c.name = params.Name
	s.Send("joined") // nothing can be broadcast before Join has returned
	return map[string]string{"welcome": c.name}, nil
}

func (c *chatRoom) HandleInfo(s *phoenix.Socket, _ any) error {
	return s.BroadcastFrom("entered", map[string]string{"name": c.name})
}

func (c *chatRoom) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "say":
		return phoenix.OK(nil), s.Broadcast("said", payload)
	case "bye":
		return phoenix.NoReply, phoenix.Stop(phoenix.ErrNormal)
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

func (c *chatRoom) Terminate(s *phoenix.Socket, _ error) {
	_ = s.BroadcastFrom("left", map[string]string{"name": c.name})
}

// A chat room in forty lines. Its endpoint is an http.Handler; here it is talked
// to by clients without a network.
func Example() {
	socket := &phoenix.UserSocket{
		Channels: []phoenix.Route{{Pattern: "room:*", New: func() phoenix.Channel { return new(chatRoom) }}},
	}
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: quiet().Logger})
	endpoint.Mount("/socket", socket, phoenix.MountOptions{})
	_ = http.Server{Addr: ":4000", Handler: endpoint} // server.ListenAndServe()

	t := new(exampleT)
	ann, _ := phoenixtest.Connect(t, socket, phoenixtest.Options{Endpoint: endpoint})
	bob, _ := phoenixtest.Connect(t, socket, phoenixtest.Options{Endpoint: endpoint})

	annsRoom := ann.MustJoin("room:lobby", map[string]string{"name": "Ann"})
	bobsRoom := bob.MustJoin("room:lobby", map[string]string{"name": "Bob"})
	fmt.Println(bobsRoom.Response())
	fmt.Println(annsRoom.ExpectPush("entered", phoenixtest.Anything).Payload)

	ref := bobsRoom.Push("say", map[string]string{"text": "hello"})
	fmt.Println(annsRoom.ExpectPush("said", phoenixtest.Anything).Payload)
	fmt.Println(bobsRoom.ExpectReply(ref, "ok", nil))

	bobsRoom.Push("bye", nil)
	bobsRoom.ExpectClose()
	fmt.Println(annsRoom.ExpectPush("left", phoenixtest.Anything).Payload)
	t.end()

	// Output:
	// {"welcome":"Bob"}
	// {"name":"Bob"}
	// {"text":"hello"}
	// reply to "2" on room:lobby, "ok" {}
	// {"name":"Bob"}
}

// An exampleT stands for the *testing.T that examples do not have.
type exampleT struct{ cleanups []func() }

func (*exampleT) Helper()                           {}
func (*exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (t *exampleT) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }

func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
}

// A server with a router of its own asks the endpoint first.
func ExampleEndpoint_Handler() {
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: quiet().Logger})
	endpoint.Mount("/socket", &phoenix.UserSocket{}, phoenix.MountOptions{})
	router := http.NewServeMux()
	router.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "a page") })

	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if socket := endpoint.Handler(r); socket != nil {
			socket.ServeHTTP(w, r)
			return
		}
		router.ServeHTTP(w, r)
	})

	for _, path := range []string{"/", "/socket/websocket?vsn=2.0.0"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Body)
	}

	// Output:
	// 200 a page
	//
	// 400 'connection' header must contain 'upgrade', got []
}

// Only pages of one's own addresses may connect.
func ExampleOriginList() {
	check, err := phoenix.OriginList("https://example.com", "//*.example.net")
	if err != nil {
		panic(err)
	}
	endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: quiet().Logger})
	endpoint.Mount("/socket", &phoenix.UserSocket{}, phoenix.MountOptions{CheckOrigin: check})

	for _, origin := range []string{"https://example.com", "http://a.example.net:8080", "https://evil.example"} {
		r := httptest.NewRequest("GET", "/socket/websocket", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		endpoint.ServeHTTP(w, r)
		fmt.Println(origin, "is refused:", w.Code == http.StatusForbidden)
	}
	_, err = phoenix.OriginList("example.com")
	fmt.Println(err)

	// Output:
	// https://example.com is refused: false
	// http://a.example.net:8080 is refused: false
	// https://evil.example is refused: true
	// origin "example.com" has no host: write it as https://example.com, //example.com:8080 or //*.example.com
}
