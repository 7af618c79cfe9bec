package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The first step of the transcripts here gives the connection a its token.
const (
	newToken = `{"do":"http","conn":"a","method":"GET","path":"/new","expect":{"status":200,"json":{"$token":"new"}}}`
	get      = `"conn":"a","method":"GET","path":"/lp","query":"token=${token:a}"`
	theToken = "T+/="
)

// answering serves requests one after the other: the first is given the token,
// the others have a function each.
func answering(turns ...func(*peer)) func(*peer) {
	var served atomic.Int32
	return func(p *peer) {
		if n := int(served.Add(1)); n == 1 {
			p.respond(200, `"`+theToken+`"`)
		} else if n-2 < len(turns) {
			turns[n-2](p)
		}
	}
}

func responds(status int, body string) func(*peer) {
	return func(p *peer) { p.respond(status, body) }
}

// poll answers a poll.
func poll(status int, messages ...string) func(*peer) {
	quoted := make([]string, len(messages))
	for i, m := range messages {
		quoted[i] = fmt.Sprintf("%q", m)
	}
	return responds(200, fmt.Sprintf(`{"status":%d,"token":%q,"messages":[%s]}`, status, theToken, strings.Join(quoted, ",")))
}

func TestHTTPSatisfied(t *testing.T) {
	within := `{"do":"http",` + get + `,"expect":{"status":200,"elapsed_ms":{"min":100,"max":200}}}`
	for name, test := range map[string]struct {
		steps []string
		o     Options
		turns []func(*peer)
	}{
		"a body of JSON":    {steps: []string{`{"do":"http",` + get + `,"expect":{"status":200,"json":{"t":{"$token":"same"}}}}`}, turns: []func(*peer){responds(200, `{"t":"T+/="}`)}},
		"a body of text":    {steps: []string{`{"do":"http","method":"GET","path":"/x","expect":{"status":400,"text":"no"}}`}, turns: []func(*peer){responds(400, "no")}},
		"no body looked at": {steps: []string{`{"do":"http",` + get + `,"expect":{"status":500,"ignore_body":true}}`}, turns: []func(*peer){responds(500, "oops")}},
		"HEAD":              {steps: []string{`{"do":"http","method":"HEAD","path":"/x","expect":{"status":400,"text":""}}`}, turns: []func(*peer){responds(400, "")}},
		"in time":           {steps: []string{within}, turns: []func(*peer){after(150*time.Millisecond, responds(200, ""))}},
		"late, with slack":  {steps: []string{within}, o: Options{Slack: time.Second}, turns: []func(*peer){after(time.Second, responds(200, ""))}},
		"quick, tolerated":  {steps: []string{within}, o: Options{Tolerate: Tolerance{QuickAnswers: true}}, turns: []func(*peer){responds(200, "")}},
		"a new token": {steps: []string{`{"do":"http",` + get + `,"expect":{"status":200,"json":{"$token":"new"}}}`, `{"do":"http",` + get + `,"expect":{"status":200,"json":{"$token":"same"}}}`},
			turns: []func(*peer){responds(200, `"U"`), responds(200, `"U"`)}},
		"an answer before the end of the body": {steps: []string{`{"do":"http","method":"POST","path":"/x","body_parts":[{"repeat":"x","count":100000}],"expect":{"status":400,"ignore_body":true}}`},
			turns: []func(*peer){responds(400, "")}},
		"collected in several polls": {steps: []string{`{"do":"collect",` + get + `,"order":"strict","frames":[{"kind":"text","json":[1]},{"kind":"text","text":"x"}]}`},
			turns: []func(*peer){poll(200, "[1]"), poll(204), poll(200, "x")}},
		"collected in any order": {steps: []string{`{"do":"collect",` + get + `,"order":"any","frames":[{"kind":"text","json":1},{"kind":"text","json":2}]}`},
			turns: []func(*peer){poll(200, "2", "1")}},
		"started and finished": {steps: []string{`{"do":"http_start","id":"x",` + get + `}`, `{"do":"http","method":"GET","path":"/y","expect":{"status":200,"text":"second"}}`,
			`{"do":"http_finish","conn":"a","id":"x","expect":{"status":200,"text":"first","elapsed_ms":{"min":200,"max":300}}}`},
			turns: []func(*peer){after(250*time.Millisecond, responds(200, "first")), responds(200, "second")}},
		"started and left": {steps: []string{`{"do":"http_start","id":"x",` + get + `}`}, turns: []func(*peer){after(time.Minute, responds(200, ""))}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := play(t, script(append([]string{newToken}, test.steps...)...), test.o, answering(test.turns...)); err != nil {
				t.Error(err)
			}
		})
	}
}

// A request of http_start is timed from that step on, as the pause that follows it is, and not from when a busy machine
// comes to send it.
func TestStartedRequestThatIsSentLate(t *testing.T) {
	parsed, err := Parse([]byte(script(newToken, `{"do":"http_start","id":"x",`+get+`}`,
		`{"do":"http_finish","conn":"a","id":"x","expect":{"status":200,"elapsed_ms":{"min":50,"max":90}}}`)))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		dial, wait := pipes(answering(responds(200, "")))
		late := func(ctx context.Context, network, address string) (net.Conn, error) {
			time.Sleep(70 * time.Millisecond)
			return dial(ctx, network, address)
		}
		if err := Replay(t.Context(), "http://fake/base/", parsed, Options{Dial: late}); err != nil {
			t.Error(err)
		}
		wait()
	})
}

func TestHTTPFailures(t *testing.T) {
	within := `{"do":"http",` + get + `,"expect":{"status":200,"elapsed_ms":{"min":100,"max":200}}}`
	collect := `{"do":"collect",` + get + `,"order":"strict","frames":[{"kind":"text","json":1},{"kind":"text","json":2}]}`
	for name, test := range map[string]struct {
		steps []string
		turns []func(*peer)
		want  string
	}{
		"another status":    {[]string{`{"do":"http",` + get + `,"expect":{"status":200,"json":1}}`}, []func(*peer){responds(500, "oops")}, `came:     status 500, after 0 ms, with the body "oops"`},
		"another header":    {[]string{`{"do":"http",` + get + `,"expect":{"status":200,"headers":{"content-length":"1"}}}`}, []func(*peer){responds(200, "xy")}, `the header content-length is "2", not "1"`},
		"another body":      {[]string{`{"do":"http",` + get + `,"expect":{"status":200,"json":{"a":1}}}`}, []func(*peer){responds(200, `{"a":2}`)}, "at a: expected 1, got 2"},
		"a body of no JSON": {[]string{`{"do":"http",` + get + `,"expect":{"status":200,"json":{"a":1}}}`}, []func(*peer){responds(200, `<p>`)}, "the body is not JSON"},
		"another text":      {[]string{`{"do":"http",` + get + `,"expect":{"status":200,"text":"${uid}"}}`}, []func(*peer){responds(200, "x")}, "the body is not"},
		"too soon":          {[]string{within}, []func(*peer){after(99*time.Millisecond, responds(200, ""))}, "sooner than after 100ms"},
		"too late":          {[]string{within}, []func(*peer){after(201*time.Millisecond, responds(200, ""))}, "later than after 200ms"},
		"never":             {[]string{within}, []func(*peer){after(time.Minute, responds(200, ""))}, "no answer came within 10s"},
		"no answer":         {[]string{within}, []func(*peer){func(*peer) {}}, "failed to read the answer"},
		"half an answer":    {[]string{within}, []func(*peer){func(p *peer) { fmt.Fprint(p, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx") }}, "failed to read the answer's body"},
		"not the token":     {[]string{`{"do":"http",` + get + `,"expect":{"status":200,"json":{"$token":"same"}}}`}, []func(*peer){responds(200, `"U"`)}, `expected the connection's token "T+/=", got "U"`},
		"no token to send":  {[]string{`{"do":"http","method":"GET","path":"/x","query":"token=${token:b}","expect":{"status":200}}`}, nil, "the connection b was given no long-poll token"},
		"a poll fails":      {[]string{collect}, []func(*peer){responds(500, "")}, "a poll failed"},
		"a poll of no JSON": {[]string{collect}, []func(*peer){responds(200, "x")}, "the answer to a poll is not JSON"},
		"a poll says 410":   {[]string{collect}, []func(*peer){poll(410)}, "at status: expected 200, got 410"},
		"another session":   {[]string{collect}, []func(*peer){responds(200, `{"status":200,"token":"U","messages":["1"]}`)}, "at token: expected the connection's token"},
		"204 with messages": {[]string{collect}, []func(*peer){poll(204, "1")}, "a poll answers the status 204 with 1 messages"},
		"200 without":       {[]string{collect}, []func(*peer){poll(200)}, "a poll answers the status 200 with 0 messages"},
		"a poll's key more": {[]string{collect}, []func(*peer){responds(200, `{"status":204,"token":"T+/=","messages":[],"x":1}`)}, "at x: expected no such key"},
		"no string":         {[]string{collect}, []func(*peer){responds(200, `{"status":200,"token":"T+/=","messages":[1]}`)}, "message 1 of a poll is no string"},
		"another message":   {[]string{collect}, []func(*peer){poll(200, "1"), poll(200, "3")}, "frame 2: expected 2, got 3"},
		"a message more":    {[]string{collect}, []func(*peer){poll(200, "1"), poll(200, "2", "3")}, "frame 3"},
		"a message less": {[]string{collect}, []func(*peer){poll(200, "1"), after(9*time.Second, poll(204)), after(9*time.Second, poll(204))},
			"only 1 of 2 messages came within 10s"},
		"finished otherwise": {[]string{`{"do":"http_start","id":"x",` + get + `}`, `{"do":"http_finish","conn":"a","id":"x","expect":{"status":200}}`}, []func(*peer){responds(204, "")}, "the status is not 200"},
		"finished never":     {[]string{`{"do":"http_start","id":"x",` + get + `}`, `{"do":"http_finish","conn":"a","id":"x","expect":{"status":200}}`}, []func(*peer){after(time.Minute, func(*peer) {})}, "no answer came within 10s"},
		"finished by a cut":  {[]string{`{"do":"http_start","id":"x",` + get + `}`, `{"do":"http_finish","conn":"a","id":"x","expect":{"status":200}}`}, []func(*peer){func(*peer) {}}, "failed to read the answer"},
	} {
		t.Run(name, func(t *testing.T) {
			err := play(t, script(append([]string{newToken}, test.steps...)...), Options{}, answering(test.turns...))
			if _, ok := errors.AsType[*Failure](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got\n%v\nwant a *Failure with %q in it", err, test.want)
			}
		})
	}
}

// Requests go over the wire as the transcript has them, and with nothing else.
func TestRequestIsSentAsWritten(t *testing.T) {
	var line, headers, body string
	err := play(t, script(newToken, `{"do":"http","method":"POST","path":"/l%61b//x","query":"a=%zz&t=${token:a}","headers":{"X-Token":"${token:a}"},"body":"${uid}ž","expect":{"status":200}}`),
		Options{}, answering(func(p *peer) {
			line, body = p.request.RequestURI, p.body
			for _, name := range sortedKeys(p.request.Header) {
				headers += name + ": " + p.request.Header.Get(name) + "\n"
			}
			p.respond(200, "")
		}))
	if err != nil {
		t.Fatal(err)
	}
	if want := "/base/l%61b//x?a=%zz&t=T%2B%2F%3D"; line != want {
		t.Errorf("got %s, want %s: the token is escaped, the rest is not", line, want)
	}
	if want := "Content-Length: 10\nX-Token: T+/=\n"; headers != want {
		t.Errorf("got\n%s\nwant\n%s", headers, want)
	}
	if len(body) != 10 || !strings.HasSuffix(body, "ž") {
		t.Errorf("got the body %q", body)
	}
}
