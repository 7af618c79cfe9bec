package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A desk is a long-poll server whose every word is the test's, for clients in a bubble: an http.RoundTripper.
type desk struct {
	t *testing.T

	mu      sync.Mutex
	waiting []*request
}

// A request waits until the test answers it, or the client gives it up.
type request struct {
	*http.Request
	body   string
	answer chan *http.Response
}

func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	q := &request{Request: r, answer: make(chan *http.Response, 1)}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		q.body = string(body)
	}
	d.mu.Lock()
	d.waiting = append(d.waiting, q)
	d.mu.Unlock()
	select {
	case a := <-q.answer:
		return a, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// next returns the next request, which must have come, checked against method and token.
func (d *desk) next(method, token string) *request {
	d.t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, q := range d.waiting {
		if q.Method != method {
			continue
		}
		d.waiting = append(d.waiting[:i:i], d.waiting[i+1:]...)
		if got := q.URL.Query().Get("token"); got != token {
			d.t.Fatalf("a %s has the token %q, want %q", method, got, token)
		}
		return q
	}
	d.t.Fatalf("there is no %s", method)
	return nil
}

// none checks that no such request has come.
func (d *desk) none(method string) {
	d.t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.waiting {
		if q.Method == method {
			d.t.Fatalf("there is a %s %s: %s", method, q.URL, q.body)
		}
	}
}

func (q *request) says(code int, body string) {
	q.answer <- &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader(body)), Request: q.Request}
	synctest.Wait()
}

// messages answers a poll.
func (q *request) messages(token string, texts ...string) {
	var quoted []string
	for _, text := range texts {
		quoted = append(quoted, fmt.Sprintf("%q", text))
	}
	q.says(200, `{"status":200,"token":"`+token+`","messages":[`+strings.Join(quoted, ",")+`]}`)
}

// atDesk opens a client over long polling, in a bubble; its session's token is "t=1".
func atDesk(t *testing.T, change func(o *Options), test func(d *desk, c *Client, log *diary)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, log := &desk{t: t}, new(diary)
		o := Options{
			Transport: LongPoll, HTTPClient: &http.Client{Transport: d}, OnState: log.note,
			ReconnectAfter: reconnectTable.at, RejoinAfter: rejoinTable.at,
		}
		if change != nil {
			change(&o)
		}
		p := begin(t, func() (*Client, error) { return Dial(t.Context(), "ws://desk/socket", o) })
		d.next("GET", "").says(200, `{"status":410,"token":"t=1","messages":[]}`)
		c, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		test(d, c, log)
	})
}

// The requests of a session, to the letter.
func TestLongPollRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{t: t}
		o := Options{
			Transport: LongPoll, HTTPClient: &http.Client{Transport: d},
			Params: url.Values{"user": {"ann"}}, Header: http.Header{"X-Own": {"1"}}, AuthToken: "secret",
		}
		p := begin(t, func() (*Client, error) { return Dial(t.Context(), "wss://desk/socket", o) })
		first := d.next("GET", "")
		if got := first.URL.String(); got != "https://desk/socket/longpoll?user=ann&vsn=2.0.0" {
			t.Errorf("the first GET is of %s", got)
		}
		check := func(q *request, accept, kind, authToken string) {
			t.Helper()
			h := q.Header
			if h.Get("Accept") != accept || h.Get("Content-Type") != kind || h.Get("X-Phoenix-AuthToken") != authToken || h.Get("X-Own") != "1" {
				t.Errorf("the headers of a %s are %v", q.Method, h)
			}
		}
		check(first, "application/json", "", "secret")
		first.says(200, `{"status":410,"token":"a b&c","messages":[]}`)
		c, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		poll := d.next("GET", "a b&c")
		if got := poll.URL.String(); got != "https://desk/socket/longpoll?user=ann&vsn=2.0.0&token=a+b%26c" {
			t.Errorf("a poll is of %s", got)
		}
		check(poll, "application/json", "", "")
		begin(t, func() (*Channel, error) { return c.Join(t.Context(), "room", nil) })
		post := d.next("POST", "a b&c")
		check(post, "", "application/x-ndjson", "")
		if post.body != `["1","1","room","phx_join",{}]` {
			t.Errorf("the POST is %s", post.body)
		}
		post.says(200, `{"status":200}`)
	})
}

// One POST at a time; what is sent meanwhile goes in the next, a line each, a hundred at most.
func TestLongPollBatches(t *testing.T) {
	atDesk(t, nil, func(d *desk, c *Client, _ *diary) {
		ch := joinAtDesk(d, c)
		send := func(payload any) {
			if err := ch.Send(d.t.Context(), "say", payload); err != nil {
				d.t.Fatal(err)
			}
		}
		send(0)
		post := d.next("POST", "t=1")
		for i := range 150 {
			send(i + 1)
		}
		d.none("POST")
		for _, want := range []struct{ first, last, n int }{{0, 0, 1}, {1, 100, 100}, {101, 150, 50}} {
			lines := strings.Split(post.body, "\n")
			if len(lines) != want.n || !strings.HasSuffix(lines[0], fmt.Sprintf(`"say",%d]`, want.first)) ||
				!strings.HasSuffix(lines[len(lines)-1], fmt.Sprintf(`"say",%d]`, want.last)) {
				d.t.Fatalf("a POST has %d lines: %s … %s", len(lines), lines[0], lines[len(lines)-1])
			}
			if post.says(200, `{"status":200}`); want.last < 150 {
				post = d.next("POST", "t=1")
			}
		}
		// Bytes are base64; white space does not break lines; long messages go apart.
		send(7)
		post = d.next("POST", "t=1")
		send(protocol.Binary([]byte{0xff, 0}))
		send(protocol.JSON([]byte("{\n\"a\":\r\n[\"\\n\"]}")))
		send(strings.Repeat("x", maxBatch))
		begin(d.t, func() (struct{}, error) { send("end"); return struct{}{}, nil }) // waits for room
		post.says(200, `{"status":200}`)
		post = d.next("POST", "t=1")
		if want := "AAEDBHNheQ"; strings.Count(post.body, "\n") != 1 || strings.Contains(post.body, "\r") ||
			!strings.HasSuffix(post.body, `"say",{ "a":  ["\n"]}]`) || strings.Contains(post.body, want) {
			d.t.Errorf("a POST is %q", post.body)
		}
		post.says(200, `{"status":200}`)
		post = d.next("POST", "t=1")
		if len(post.body) < maxBatch || strings.Contains(post.body, "\n") {
			d.t.Errorf("a long message is in a POST of %d bytes", len(post.body))
		}
		post.says(200, `{"status":200}`)
		if post = d.next("POST", "t=1"); !strings.HasSuffix(post.body, `"end"]`) {
			d.t.Errorf("a POST is %q", post.body)
		}
		post.says(200, `{"status":200}`)
	})
}

// joinAtDesk joins a topic whose first poll is waiting.
func joinAtDesk(d *desk, c *Client) *Channel {
	d.t.Helper()
	p := begin(d.t, func() (*Channel, error) { return c.Join(d.t.Context(), "room", nil) })
	d.next("POST", "t=1").says(200, `{"status":200}`)
	d.next("GET", "t=1").messages("t=1", ok("1", "1", "room", `{}`))
	ch, err := p.result()
	if err != nil {
		d.t.Fatal(err)
	}
	return ch
}

// Messages come in order, out of strings, or of objects as servers before Phoenix 1.4 have them; 204 is nothing.
func TestLongPollMessages(t *testing.T) {
	atDesk(t, nil, func(d *desk, c *Client, _ *diary) {
		ch := joinAtDesk(d, c)
		d.next("GET", "t=1").says(200, `{"status":204,"token":"t=1","messages":[]}`)
		d.next("GET", "t=1").messages("t=1", framed("1", "", "room", "a", `{"text":"ž\n"}`), framed("", "", "room", "b", `{}`))
		d.next("GET", "t=1").says(200, `{"status":200,"token":"t=1","messages":[[null,null,"room","c",{}]],"more":1}`)
		expect(d.t, ch, `a {"text":"ž\n"}`, "b {}", "c {}", nothing)
	})
}

func TestLongPollVersion1(t *testing.T) {
	atDesk(t, func(o *Options) { o.Version = "1.0.0" }, func(d *desk, c *Client, _ *diary) {
		begin(d.t, func() (*Channel, error) { return c.Join(d.t.Context(), "a", nil) })
		post := d.next("POST", "t=1")
		begin(d.t, func() (*Channel, error) { return c.Join(d.t.Context(), "b", nil) })
		begin(d.t, func() (*Channel, error) { return c.Join(d.t.Context(), "c", nil) })
		for _, topic := range []string{"a", "b", "c"} {
			if !strings.Contains(post.body, `"topic":"`+topic+`"`) || strings.Contains(post.body, "\n") || post.Header.Get("Content-Type") != "application/json" {
				d.t.Errorf("a POST is %s of %s", post.body, post.Header)
			}
			if post.says(200, `{"status":200}`); topic != "c" {
				post = d.next("POST", "t=1")
			}
		}
	})
}

// Whatever the server answers that is not the session's ends it; the client opens another.
func TestLongPollSessionEnds(t *testing.T) {
	for name, test := range map[string]struct {
		method, why string
		code        int
		body        string
	}{
		"gone":          {"GET", (&SessionError{410}).Error(), 200, `{"status":410,"token":"t=2","messages":[]}`},
		"forbidden":     {"GET", (&SessionError{403}).Error(), 200, `{"status":403}`},
		"server error":  {"GET", "HTTP status 500", 500, ``},
		"garbage":       {"GET", "client: a long-poll answer is not what it should be: ", 200, `<html>`},
		"too long":      {"GET", "client: a long-poll answer is longer than", 200, strings.Repeat(" ", 5<<20)},
		"bad message":   {"GET", "protocol: malformed message", 200, `{"status":200,"messages":["?"]}`},
		"POST gone":     {"POST", (&SessionError{410}).Error(), 200, `{"status":410}`},
		"POST too slow": {"POST", (&SessionError{408}).Error(), 200, `{"status":408}`},
		"POST too big":  {"POST", "HTTP status 400", 400, ``},
	} {
		t.Run(name, func(t *testing.T) {
			small := func(o *Options) { o.MaxMessageSize = 1000 }
			atDesk(t, small, func(d *desk, c *Client, log *diary) {
				ch := joinAtDesk(d, c)
				if err := ch.Send(d.t.Context(), "say", nil); err != nil {
					d.t.Fatal(err)
				}
				d.next(test.method, "t=1").says(test.code, test.body)
				log.mu.Lock()
				lines := log.lines
				log.mu.Unlock()
				if len(lines) != 2 || !strings.HasPrefix(lines[1], "connecting: "+test.why) {
					d.t.Errorf("OnState was told %q", lines)
				}
				d.mu.Lock()
				d.waiting = nil
				d.mu.Unlock()
				after(10 * time.Millisecond)
				d.next("GET", "").says(200, `{"status":410,"token":"t=3","messages":[]}`)
				if post := d.next("POST", "t=3"); !strings.Contains(post.body, "phx_join") {
					d.t.Errorf("the first POST of the new session is %s", post.body)
				}
			})
		})
	}
}

// A request that is not answered for 20 s ends the session.
func TestLongPollRequestTimeout(t *testing.T) {
	atDesk(t, nil, func(d *desk, c *Client, log *diary) {
		d.next("GET", "t=1")
		after(requestTimeout - 1)
		log.says(d.t, "open")
		after(1)
		log.says(d.t, "connecting: "+errRequestTimeout.Error())
	})
}

func TestLongPollDialFails(t *testing.T) {
	for name, test := range map[string]struct {
		code    int
		body    string
		refused bool
		status  int
	}{
		"refused":      {200, `{"status":403}`, true, 403},
		"no longpoll":  {404, ``, false, 404},
		"no room":      {503, ``, false, 503},
		"forbidden":    {403, ``, true, 403},
		"no token":     {200, `{"status":410}`, false, 410},
		"a page":       {200, `<html>`, false, 0},
		"a wrong 200":  {200, `{"status":200,"token":"t","messages":[]}`, false, 200},
		"not a status": {200, `{"status":"410"}`, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &desk{t: t}
				p := begin(t, func() (*Client, error) {
					return Dial(t.Context(), "ws://desk?key=secret", Options{Transport: LongPoll, HTTPClient: &http.Client{Transport: d}})
				})
				d.next("GET", "").says(test.code, test.body)
				_, err := p.result()
				failed, ok := errors.AsType[*HandshakeError](err)
				if !ok || failed.Refused() != test.refused || failed.Status != test.status || failed.Transport != "longpoll" {
					t.Errorf("Dial: %v", err)
				}
			})
		})
	}
}

// An error has no URL in it: the token and the parameters are secrets.
func TestLongPollErrorsKeepSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") })
		_, err := Dial(t.Context(), "ws://desk?key=secret", Options{Transport: LongPoll, HTTPClient: &http.Client{Transport: broken}})
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "no network") {
			t.Errorf("Dial: %v", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
