package phoenix_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	transport "github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// The tests of this file go over a network, with a WebSocket client that is not ours.

type site struct {
	*httptest.Server
	endpoint *phoenix.Endpoint
	book     *guestbook
	ended    chan error // what Terminate was told
}

// telling is a room that tells of its end at once.
type telling struct {
	room
	ended chan<- error
}

func (c *telling) Terminate(_ *phoenix.Socket, reason error) { c.ended <- reason }

func newSite(t *testing.T, o phoenix.MountOptions) *site {
	t.Helper()
	s := &site{endpoint: phoenix.NewEndpoint(quiet()), book: new(guestbook), ended: make(chan error, 100)}
	s.endpoint.Mount("/socket", &phoenix.UserSocket{
		Connect: func(c *phoenix.Connection, p phoenix.Params, _ phoenix.ConnectInfo) error {
			c.ID = p.Get("id")
			return nil
		},
		Channels: []phoenix.Route{{Pattern: "*", New: func() phoenix.Channel { return &telling{room{plain{book: s.book}}, s.ended} }}},
	}, o)
	s.Server = httptest.NewServer(s.endpoint)
	t.Cleanup(func() {
		if err := s.endpoint.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		s.Close()
	})
	return s
}

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// A visitor is a client on the network.
type visitor struct {
	t    *testing.T
	conn *websocket.Conn
	ctx  context.Context
}

func (s *site) visit(t *testing.T, path string, o *websocket.DialOptions) *visitor {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	conn, _, err := websocket.Dial(ctx, s.URL+path, o)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { cancel(); _ = conn.CloseNow() })
	return &visitor{t, conn, ctx}
}

func (v *visitor) says(frames ...string) {
	v.t.Helper()
	for _, f := range frames {
		if err := v.conn.Write(v.ctx, websocket.MessageText, []byte(f)); err != nil {
			v.t.Fatal(err)
		}
	}
}

func (v *visitor) hears(want ...string) {
	v.t.Helper()
	for _, w := range want {
		_, got, err := v.conn.Read(v.ctx)
		if err != nil {
			v.t.Fatalf("wanted %s: %v", w, err)
		}
		if !sameJSON(string(got), w) {
			v.t.Fatalf("heard %s, want %s", got, w)
		}
	}
}

// closedWith reads up to the close frame.
func (v *visitor) closedWith(code websocket.StatusCode) {
	v.t.Helper()
	for {
		_, frame, err := v.conn.Read(v.ctx)
		if err == nil {
			v.t.Errorf("heard %s before the end", frame)
			continue
		}
		if got := websocket.CloseStatus(err); got != code {
			v.t.Fatalf("closed with %d (%v), want %d", got, err, code)
		}
		return
	}
}

func (s *site) channelEnds(t *testing.T, want error) {
	t.Helper()
	select {
	case got := <-s.ended:
		if !errors.Is(got, want) {
			t.Errorf("Terminate was told %v, want %v", got, want)
		}
	case <-time.After(patience):
		t.Errorf("Terminate was not called")
	}
}

func TestOverTheNetwork(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{})
	a, b := s.visit(t, "/socket/websocket?vsn=2.0.0", nil), s.visit(t, "/socket/websocket", nil)
	a.says(join("1", "t"), message("1", "2", "t", "echo", `{"x":[1]}`))
	a.hears(joined("1", "t"), ok("1", "2", "t", `{"x":[1]}`))
	b.says(`{"topic":"t","event":"phx_join","payload":{},"ref":"1"}`)
	b.hears(`{"topic":"t","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}`)
	a.says(message("1", "3", "t", "broadcast hello", `{"y":2}`))
	a.hears(fastlane("t", "hello", `{"y":2}`))
	b.hears(`{"topic":"t","event":"hello","payload":{"y":2},"ref":null}`)
	a.says(`[null,"4","phoenix","heartbeat",{}]`, message("1", "5", "t", "phx_leave", "{}"))
	a.hears(ok("", "4", "phoenix", "{}"))
	a.hears(ok("1", "5", "t", "{}"), closed("1", "t"))
	s.channelEnds(t, phoenix.ErrLeft)
}

// PROTOCOL.md §1.9, as far as it is the host's doing, and what the channels are told.
func TestCloseCodes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		o      phoenix.MountOptions
		end    func(s *site, v *visitor)
		code   websocket.StatusCode
		reason error
	}{
		{name: "malformed", code: 1011, reason: phoenix.ErrMalformed, end: func(_ *site, v *visitor) { v.says("{") }},
		{name: "disconnect", code: 1001, reason: phoenix.ErrDisconnected, end: func(s *site, v *visitor) {
			if err := s.endpoint.Disconnect("user:1"); err != nil {
				v.t.Error(err)
			}
		}},
		{name: "drain", code: 1012, reason: phoenix.ErrDraining, end: func(s *site, v *visitor) {
			if err := s.endpoint.Shutdown(v.ctx); err != nil {
				v.t.Error(err)
			}
		}},
		{name: "idle", code: 1002, reason: phoenix.ErrTimeout, end: func(*site, *visitor) {},
			o: phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Options: transport.Options{IdleTimeout: 50 * time.Millisecond}}}},
		{name: "too big", code: 1009, reason: phoenix.ErrClosed, end: func(_ *site, v *visitor) { v.says(strings.Repeat("x", 1001)) },
			o: phoenix.MountOptions{WebSocket: phoenix.WebSocketOptions{Options: transport.Options{MaxMessageSize: 1000}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, tt.o)
			v := s.visit(t, "/socket/websocket?vsn=2.0.0&id=user:1", nil)
			v.says(join("1", "t"))
			v.hears(joined("1", "t"))
			tt.end(s, v)
			v.closedWith(tt.code)
			s.channelEnds(t, tt.reason)
		})
	}
}

func TestClientGoes(t *testing.T) {
	for name, leave := range map[string]func(v *visitor){
		"with a close frame":    func(v *visitor) { _ = v.conn.Close(websocket.StatusNormalClosure, "") },
		"without a close frame": func(v *visitor) { _ = v.conn.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, phoenix.MountOptions{})
			v := s.visit(t, "/socket/websocket?vsn=2.0.0", nil)
			v.says(join("1", "t"))
			v.hears(joined("1", "t"))
			leave(v)
			s.channelEnds(t, phoenix.ErrClosed)
		})
	}
}

// A before calls first before the connection is taken over, and so before the 101 goes out.
type before struct {
	http.ResponseWriter
	first func()
}

func (w before) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.first()
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Who knows that it is connected can be disconnected by its id, and so can who is about to be told.
func TestDisconnectDuringTheHandshake(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{})
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.endpoint.ServeHTTP(before{w, func() {
			if err := s.endpoint.Disconnect("user:1"); err != nil {
				t.Error(err)
			}
		}}, r)
	})
	s.visit(t, "/socket/websocket?vsn=2.0.0&id=user:1", nil).closedWith(1001)
}

// A handshake that fails in the end leaves nothing behind.
func TestHandshakeThatFails(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{})
	request, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/socket/websocket?vsn=2.0.0&id=user:1", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "too short"} {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if n := s.endpoint.Connections(); answer.StatusCode != http.StatusBadRequest || n != 0 || s.endpoint.Bus().Count("user:1") != 0 {
		t.Errorf("status %d, %d connections, %d subscriptions", answer.StatusCode, n, s.endpoint.Bus().Count("user:1"))
	}
}

func TestConnectingToADrainingServer(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{})
	if err := s.endpoint.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.visit(t, "/socket/websocket?vsn=2.0.0", nil).closedWith(1012)
}

// A long-poll session that ended at once would be asked for again at once: phoenix.js waits longer each time for a server
// that gives it none.
func TestLongPollingADrainingServer(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{LongPoll: new(phoenix.LongPollOptions)})
	if err := s.endpoint.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(s.URL + "/socket/longpoll?vsn=2.0.0")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
		t.Errorf("answered %s with %v", resp.Status, resp.Header)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{})
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			v := s.visit(t, fmt.Sprint("/socket/websocket?vsn=2.0.0&id=", i), nil)
			topic := fmt.Sprint("t", i)
			v.says(join("1", topic))
			v.hears(joined("1", topic))
			for n := range 20 {
				v.says(message("1", fmt.Sprint(n), topic, "echo", fmt.Sprint(n)))
				v.hears(ok("1", fmt.Sprint(n), topic, fmt.Sprint(n)))
			}
		})
	}
}

// The clients of 2015 know no version and no /websocket (PROTOCOL.md §10.8).
func TestServe2015(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{Serve2015: true})
	v := s.visit(t, "/socket", nil)
	v.says(`{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"0"}`)
	v.hears(`{"topic":"phoenix","event":"heartbeat","payload":{},"ref":null}`)
	v.says(`{"topic":"t","event":"phx_join","payload":{},"ref":"1"}`)
	v.hears(`{"topic":"t","event":"phx_reply","payload":{"status":"ok","ref":"1","response":{}},"ref":"1"}`)
	v.says(`{"topic":"nobody","event":"x","payload":{},"ref":"2"}`, `{"topic":"t","event":"return broken","payload":{},"ref":"3"}`)
	v.hears(`{"topic":"t","event":"phx_error","payload":{},"ref":null}`) // and no answer to the unmatched topic
	s.visit(t, "/socket/websocket?vsn=2.0.0", nil)
	resp, err := http.Get(newSite(t, phoenix.MountOptions{}).URL + "/socket")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != 404 {
		t.Errorf("where they are not served they are answered %d", resp.StatusCode)
	}
}

// A session over long polling is the same host: join, broadcast, disconnect.
func TestOverLongPolling(t *testing.T) {
	s := newSite(t, phoenix.MountOptions{LongPoll: new(phoenix.LongPollOptions)})
	url := s.URL + "/socket/longpoll?vsn=2.0.0&id=user:1"
	request := func(method, query, body string) string {
		t.Helper()
		r, err := http.NewRequest(method, url+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	opened, parsed := parseJSON(request("GET", "", ""))
	if !parsed {
		t.Fatal("no session")
	}
	token := "&token=" + opened.(map[string]any)["token"].(string)
	if got := request("POST", token, join("1", "t")); got != `{"status":200}` {
		t.Fatalf("the join is answered %s", got)
	}
	poll, _ := parseJSON(request("GET", token, ""))
	if messages := poll.(map[string]any)["messages"].([]any); len(messages) != 1 || !sameJSON(messages[0].(string), joined("1", "t")) {
		t.Fatalf("polled %v", poll)
	}
	if err := s.endpoint.Disconnect("user:1"); err != nil {
		t.Error(err)
	}
	s.channelEnds(t, phoenix.ErrDisconnected)
	if got := request("POST", token, join("2", "t")); got != `{"status":410}` {
		t.Errorf("behind the end a POST is answered %s", got)
	}
}
