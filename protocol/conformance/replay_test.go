package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Each kind of step, against servers that do what it wants.
func TestReplaySatisfied(t *testing.T) {
	long := strings.Repeat("x", 70_000)
	for name, test := range map[string]struct {
		steps []string
		o     Options
		serve func(*peer)
	}{
		"text": {steps: []string{opened, `{"do":"send","conn":"a","text":"{\"id\":\"${uid}\"}"}`, answer(`{"id":"${uid}"}`)}, serve: upgraded(echoes)},
		"text that is no JSON": {steps: []string{opened, hello,
			`{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"text","text":"hello"}]}`}, serve: upgraded(echoes)},
		"a message put together": {steps: []string{opened,
			`{"do":"send","conn":"a","text_parts":[{"text":"\""},{"repeat":"x","count":70000},{"text":"\""}]}`,
			answer(`{"$repeat":["x",70000]}`)}, serve: upgraded(echoes)},
		"bytes": {steps: []string{opened, `{"do":"send","conn":"a","base64":"AQL/"}`,
			`{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"binary","base64":"AQL/"}]}`}, serve: upgraded(echoes)},
		"ping and pong": {steps: []string{opened, `{"do":"send","conn":"a","ping":"x"}`, `{"do":"expect_pong","conn":"a","pong":"x"}`}, serve: upgraded(echoes)},
		"a pong after the message that followed it": {
			steps: []string{opened, answer(`1`), `{"do":"expect_pong","conn":"a","pong":"x"}`},
			serve: upgraded(func(p *peer) { p.pong("x"); p.text(`1`) })},
		"a message after the pong that followed it": {
			steps: []string{opened, `{"do":"expect_pong","conn":"a","pong":"x"}`, answer(`1`)},
			serve: upgraded(func(p *peer) { p.text(`1`); p.pong("x") })},
		"any order": {steps: []string{opened, `{"do":"expect","conn":"a","order":"any","frames":[{"kind":"text","json":1},{"kind":"text","json":2}]}`},
			serve: upgraded(func(p *peer) { p.text("2"); p.text("1") })},
		"what may also come, does": {steps: []string{opened, `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"text","json":1},{"kind":"text","json":2}],
			"may_also_come":[{"kind":"text","json":3},{"kind":"text","json":4}]}`},
			serve: upgraded(func(p *peer) { p.text("1"); p.text("3"); p.text("2") })},
		"what is allowed, comes or not": {steps: []string{opened, `{"do":"allow","conn":"a","ms":100,"frames":[{"kind":"text","json":1},{"kind":"text","json":2}]}`},
			serve: upgraded(func(p *peer) { p.text("2") })},
		"nothing": {steps: []string{opened, `{"do":"expect_nothing","conn":"a","ms":100}`, answer("1")},
			serve: upgraded(after(101*time.Millisecond, func(p *peer) { p.text("1") }))},
		"fragments of the server's": {steps: []string{opened, answer(`"ab"`)},
			serve: upgraded(func(p *peer) { p.frame(0x01, `"a`); p.frame(0x89, "ping"); p.read(); p.frame(0x80, `b"`) })},
		"the server's ping is answered": {steps: []string{opened, answer(`"p"`)},
			serve: upgraded(func(p *peer) {
				p.frame(0x89, "p")
				if first, payload := p.read(); first == 0x8a {
					p.text(`"` + payload + `"`)
				}
			})},
		"a large frame of the server's": {steps: []string{opened, answer(`{"$repeat":["x",70000]}`)},
			serve: upgraded(func(p *peer) { p.text(`"` + long + `"`) })},
		"the server closes": {steps: []string{opened, `{"do":"expect_close","conn":"a","close":{"code":1011,"reason":"r"},"ms":100}`},
			serve: upgraded(after(90*time.Millisecond, func(p *peer) { p.close(1011, "r") }))},
		"the server just goes": {steps: []string{opened, `{"do":"expect_close","conn":"a","close":{"code":1006,"reason":""}}`},
			serve: func(p *peer) { p.upgrade("") }},
		"no close frame, tolerated": {steps: []string{opened, `{"do":"expect_close","conn":"a","close":{"code":1002,"reason":""}}`},
			o: Options{Tolerate: Tolerance{NoCloseFrame: true}}, serve: func(p *peer) { p.upgrade("") }},
		"another reason, tolerated": {steps: []string{opened, `{"do":"expect_close","conn":"a","close":{"code":1002,"reason":""}}`},
			o: Options{Tolerate: Tolerance{CloseReasons: true}}, serve: upgraded(func(p *peer) { p.close(1002, "why") })},
		"the client closes":                {steps: []string{opened, `{"do":"close","conn":"a","code":1001,"reply":{"code":1001,"reason":""}}`}, serve: upgraded(echoes)},
		"the client closes without a code": {steps: []string{opened, `{"do":"close","conn":"a","code":1005,"reply":{"code":1005,"reason":""}}`}, serve: upgraded(echoes)},
		"another answer to the client's close, tolerated": {steps: []string{opened, `{"do":"close","conn":"a","code":1001,"reply":{"code":1000,"reason":""}}`},
			o: Options{Tolerate: Tolerance{CloseAnswers: true}}, serve: upgraded(echoes)},
		"the client cuts": {steps: []string{opened, `{"do":"close","conn":"a","code":0}`}, serve: upgraded(echoes)},
		"sleep": {steps: []string{opened, `{"do":"sleep","ms":5000}`, answer("1")},
			serve: upgraded(after(4*time.Second, func(p *peer) { p.text("1") }))},
		"a refused upgrade": {steps: []string{`{"do":"open","conn":"a","expect":{"status":403,"headers":{"Content-Length":"0","Content-Type":""},"text":""}}`},
			serve: func(p *peer) { p.respond(403, "") }},
		"just within the patience": {steps: []string{opened, answer("1")}, o: Options{Timeout: time.Second},
			serve: upgraded(after(999*time.Millisecond, func(p *peer) { p.text("1") }))},
	} {
		t.Run(name, func(t *testing.T) {
			if err := play(t, script(test.steps...), test.o, test.serve); err != nil {
				t.Error(err)
			}
		})
	}
}

// Servers that misbehave, each in one way, and what is said about it.
func TestReplayFailures(t *testing.T) {
	oneTwo := `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"text","json":{"n":1}},{"kind":"text","json":{"n":2}}]}`
	closes := `{"do":"expect_close","conn":"a","close":{"code":1011,"reason":""},"ms":100}`
	for name, test := range map[string]struct {
		steps []string
		o     Options
		serve func(*peer)
		want  string
	}{
		"wrong value":       {steps: []string{opened, hello, oneTwo}, serve: upgraded(func(p *peer) { p.read(); p.text(`{"n":1}`); p.text(`{"n":3}`) }), want: "step 3, expect on a: frame 2: at n: expected 2, got 3"},
		"wrong type":        {steps: []string{opened, answer(`{"n":1}`)}, serve: upgraded(func(p *peer) { p.text(`{"n":"1"}`) }), want: `at n: expected 1, got "1"`},
		"extra key":         {steps: []string{opened, answer(`{"n":1}`)}, serve: upgraded(func(p *peer) { p.text(`{"n":1,"m":null}`) }), want: "at m: expected no such key, got null"},
		"missing key":       {steps: []string{opened, answer(`{"n":1,"m":null}`)}, serve: upgraded(func(p *peer) { p.text(`{"n":1}`) }), want: "at m: the key is missing"},
		"extra frame":       {steps: []string{opened, answer("1"), answer("2")}, serve: upgraded(func(p *peer) { p.text("1"); p.text("1"); p.text("2") }), want: "step 3, expect on a: frame 1: expected 2, got 1"},
		"missing frame":     {steps: []string{opened, oneTwo}, serve: upgraded(func(p *peer) { p.text(`{"n":1}`) }), want: "1 of 2 frames came, and then nothing for 10s"},
		"wrong order":       {steps: []string{opened, oneTwo}, serve: upgraded(func(p *peer) { p.text(`{"n":2}`); p.text(`{"n":1}`) }), want: "frame 1: at n: expected 1, got 2"},
		"late answer":       {steps: []string{opened, answer("1")}, o: Options{Timeout: time.Second}, serve: upgraded(after(1001*time.Millisecond, func(p *peer) { p.text("1") })), want: "0 of 1 frames came, and then nothing for 1s"},
		"end before answer": {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.close(1000, "") }), want: "0 of 1 frames came, and then a close frame with the code 1000"},
		"cut before answer": {steps: []string{opened, answer("1")}, serve: func(p *peer) { p.upgrade("") }, want: "an end without a close frame (1006)"},
		"text for bytes":    {steps: []string{opened, `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"binary","base64":"AA=="}]}`}, serve: upgraded(func(p *peer) { p.text("\x00") }), want: `expected binary, 1 bytes: "\x00", got`},
		"bytes for text":    {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.binary("1") }), want: "expected a text frame, got binary, 1 bytes"},
		"other bytes":       {steps: []string{opened, `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"binary","base64":"AA=="}]}`}, serve: upgraded(func(p *peer) { p.binary("\x01") }), want: `got binary, 1 bytes: "\x01"`},
		"no JSON":           {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.text("{") }), want: "expected JSON, got {"},
		"other text":        {steps: []string{opened, `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"text","text":"x"}]}`}, serve: upgraded(func(p *peer) { p.text("y") }), want: `expected the text "x", got "y"`},
		"may come, but not twice": {steps: []string{opened, `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"text","json":1}],"may_also_come":[{"kind":"text","json":2}]}`},
			serve: upgraded(func(p *peer) { p.text("2"); p.text("2"); p.text("1") }), want: "frame 2: expected 1, got 2"},
		"allowed, but not twice": {steps: []string{opened, `{"do":"allow","conn":"a","ms":100,"frames":[{"kind":"text","json":1}]}`},
			serve: upgraded(func(p *peer) { p.text("1"); p.text("1") }), want: "it came twice"},
		"not allowed": {steps: []string{opened, `{"do":"allow","conn":"a","ms":100,"frames":[{"kind":"text","json":1}]}`},
			serve: upgraded(func(p *peer) { p.text("2") }), want: "expected 1, got 2"},
		"a close is not allowed": {steps: []string{opened, `{"do":"allow","conn":"a","ms":100,"frames":[]}`},
			serve: upgraded(func(p *peer) { p.close(1001, "") }), want: "only frames of the list may come"},
		"something for nothing":       {steps: []string{opened, `{"do":"expect_nothing","conn":"a","ms":100}`}, serve: upgraded(after(99*time.Millisecond, func(p *peer) { p.text("1") })), want: "step 2, expect_nothing on a: something came"},
		"a close for nothing":         {steps: []string{opened, `{"do":"expect_nothing","conn":"a","ms":100}`}, serve: upgraded(func(p *peer) { p.close(1001, "") }), want: "something came"},
		"a pong for nothing":          {steps: []string{opened, `{"do":"expect_nothing","conn":"a","ms":100}`}, serve: upgraded(func(p *peer) { p.pong("") }), want: "something came"},
		"wrong pong":                  {steps: []string{opened, `{"do":"expect_pong","conn":"a","pong":"x"}`}, serve: upgraded(func(p *peer) { p.pong("y") }), want: "it is not that pong"},
		"no pong":                     {steps: []string{opened, `{"do":"expect_pong","conn":"a","pong":"x"}`}, serve: upgraded(func(*peer) {}), want: "no pong came for 10s"},
		"wrong close code":            {steps: []string{opened, closes}, serve: upgraded(func(p *peer) { p.close(1000, "") }), want: "the connection ended in another way"},
		"wrong close reason":          {steps: []string{opened, closes}, serve: upgraded(func(p *peer) { p.close(1011, "oops") }), want: "the connection ended in another way"},
		"cut for a close":             {steps: []string{opened, closes}, serve: func(p *peer) { p.upgrade("") }, want: "the connection ended in another way"},
		"close frame for a cut":       {steps: []string{opened, `{"do":"expect_close","conn":"a","close":{"code":1006,"reason":""}}`}, serve: upgraded(func(p *peer) { p.close(1002, "") }), want: "the connection ended in another way"},
		"late close":                  {steps: []string{opened, closes}, serve: upgraded(after(101*time.Millisecond, func(p *peer) { p.close(1011, "") })), want: "the connection did not end in time"},
		"frame before the close":      {steps: []string{opened, closes}, serve: upgraded(func(p *peer) { p.text("1"); p.close(1011, "") }), want: "something else came"},
		"wrong answer to a close":     {steps: []string{opened, `{"do":"close","conn":"a","code":1000,"reply":{"code":1001,"reason":""}}`}, serve: upgraded(echoes), want: "the connection ended in another way"},
		"no answer to a close":        {steps: []string{opened, `{"do":"close","conn":"a","code":1000,"reply":{"code":1000,"reason":""}}`}, serve: func(p *peer) { p.upgrade(""); p.read() }, want: "the connection ended in another way"},
		"own close is no answer":      {steps: []string{opened, closes}, o: Options{Tolerate: Tolerance{CloseAnswers: true, CloseReasons: true}}, serve: upgraded(func(p *peer) { p.close(1000, "") }), want: "the connection ended in another way"},
		"a tolerated answer must be":  {steps: []string{opened, `{"do":"close","conn":"a","code":1000,"reply":{"code":1000,"reason":""}}`}, o: Options{Tolerate: Tolerance{CloseAnswers: true, CloseReasons: true}}, serve: func(p *peer) { p.upgrade(""); p.read() }, want: "the connection ended in another way"},
		"frame after the last step":   {steps: []string{opened}, serve: upgraded(after(79*time.Millisecond, func(p *peer) { p.text("1") })), want: "at the end on a: something came that nobody expected"},
		"pong after the last step":    {steps: []string{opened}, serve: upgraded(func(p *peer) { p.pong("") }), want: "at the end on a: something came that nobody expected"},
		"close after the last step":   {steps: []string{opened}, serve: upgraded(func(p *peer) { p.close(1001, "") }), want: "at the end on a: something came that nobody expected"},
		"cut after the last step":     {steps: []string{opened}, serve: func(p *peer) { p.upgrade("") }, want: "at the end on a: something came that nobody expected"},
		"frame behind the close":      {steps: []string{opened, closes, `{"do":"sleep","ms":1}`}, serve: upgraded(func(p *peer) { p.close(1011, ""); p.read(); p.text("1") }), want: "at the end on a: something came that nobody expected"},
		"step after the end":          {steps: []string{opened, closes, answer("1")}, serve: upgraded(func(p *peer) { p.close(1011, "") }), want: "the connection has ended before"},
		"refused upgrade":             {steps: []string{opened}, serve: func(p *peer) { p.respond(403, "no") }, want: "the status is not 101"},
		"upgrade not refused":         {steps: []string{`{"do":"open","conn":"a","expect":{"status":403,"text":""}}`}, serve: upgraded(func(*peer) {}), want: "the status is not 403"},
		"other text of a refusal":     {steps: []string{`{"do":"open","conn":"a","expect":{"status":403,"text":""}}`}, serve: func(p *peer) { p.respond(403, "no") }, want: `the body is not ""`},
		"header that must not be":     {steps: []string{`{"do":"open","conn":"a","expect":{"status":101,"headers":{"Sec-WebSocket-Protocol":""}}}`}, serve: func(p *peer) { p.upgrade("Sec-WebSocket-Protocol: phoenix\r\n") }, want: `the header Sec-WebSocket-Protocol is "phoenix", not ""`},
		"wrong accept key":            {steps: []string{opened}, serve: func(p *peer) { p.request.Header.Set("Sec-WebSocket-Key", "x"); p.upgrade("") }, want: "the header Sec-WebSocket-Accept"},
		"compression nobody can read": {steps: []string{opened}, serve: func(p *peer) { p.upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n") }, want: "Sec-WebSocket-Extensions"},
		"no answer to the upgrade":    {steps: []string{opened}, serve: func(*peer) {}, want: "failed to read the answer"},
		"silence for an answer":       {steps: []string{opened}, serve: after(time.Minute, func(*peer) {}), want: "no answer came within 10s"},
		"reserved bits":               {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.frame(0xc1, "1") }), want: "reserved bits"},
		"masked frame":                {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { _, _ = p.Write([]byte{0x81, 0x80, 0, 0, 0, 0}) }), want: "a masked frame"},
		"fragmented ping":             {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.frame(0x09, "") }), want: "a control frame in fragments"},
		"unknown opcode":              {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.frame(0x83, "") }), want: "unknown opcode 3"},
		"continuation of nothing":     {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.frame(0x80, "1") }), want: "does not belong to a message"},
		"message inside a message":    {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.frame(0x01, "1"); p.frame(0x81, "1") }), want: "a message inside another"},
		"text that is not UTF-8":      {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { p.text("\xff") }), want: "not UTF-8"},
		"absurd frame":                {steps: []string{opened, answer("1")}, serve: upgraded(func(p *peer) { _, _ = p.Write([]byte{0x82, 127, 1, 0, 0, 0, 0, 0, 0, 0}) }), want: "a frame of 72057594037927936 bytes"},
		"close frame of one byte":     {steps: []string{opened, closes}, serve: upgraded(func(p *peer) { p.frame(0x88, "x") }), want: "a close frame of one byte"},
		"a connection never opened":   {steps: []string{hello}, serve: upgraded(echoes), want: "the connection a is not open"},
		"a connection cut":            {steps: []string{opened, `{"do":"close","conn":"a","code":0}`, hello}, serve: upgraded(echoes), want: "the connection a is not open"},
	} {
		t.Run(name, func(t *testing.T) {
			err := play(t, script(test.steps...), test.o, test.serve)
			if _, ok := errors.AsType[*Failure](err); !ok {
				t.Fatalf("got %v, want a *Failure", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got\n%v\nwant %q in it", err, test.want)
			}
		})
	}
}

// What a person is told: which transcript, where in it, and everything that was
// said there.
func TestFailureTellsAll(t *testing.T) {
	err := play(t, script(opened, `{"do":"send","conn":"a","text":"to ${uid}"}`,
		`{"do":"expect","conn":"a","note":"the answer","order":"strict","frames":[{"kind":"text","json":[1,"${uid}"]},{"kind":"text","json":[2]}]}`),
		Options{}, upgraded(func(p *peer) {
			_, s := p.read()
			p.text(`[1,"` + strings.TrimPrefix(s, "to ") + `"]`)
			p.text(`[3]`)
		}))
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		t.Fatalf("got %v, want a *Failure", err)
	}
	want := `fake: step 3, expect on a (the answer): frame 2: at [0]: expected 2, got 3
  sent:     to UID
  expected: [1,"${uid}"]
            [2]
  came:     [1,"UID"]
            [3]
  ${uid}:   UID`
	if got := strings.ReplaceAll(err.Error(), f.UID, "UID"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Two connections are told apart, and the silence at the end is everybody's.
func TestReplaySilenceOfAll(t *testing.T) {
	steps := script(opened, `{"do":"open","conn":"b","expect":{"status":101}}`)
	err := play(t, steps, Options{}, upgraded(func(p *peer) {
		if p.request.URL.RawQuery == "" {
			time.Sleep(79 * time.Millisecond)
			p.text("1")
		}
	}))
	if err == nil || !strings.Contains(err.Error(), "at the end on b: something came") {
		t.Errorf("got %v, want a failure on b", err)
	}
}

// What goes into a request: the address's own path, and what the transcript's
// connection says.
func TestUpgradeRequest(t *testing.T) {
	transcript := strings.Replace(script(opened), `"a":{"path":"/ws","query":"u=${uid}"}`,
		`"a":{"path":"//ws%2f","query":"x=%zz&u=${uid}","headers":{"Origin":"https://${uid}.example"},"subprotocols":["p","q"],"offer_deflate":true}`, 1)
	var got []string
	err := play(t, transcript, Options{}, upgraded(func(p *peer) {
		h := p.request.Header
		got = []string{p.request.Method, p.request.RequestURI, p.request.Host, h.Get("Origin"), h.Get("Sec-Websocket-Protocol"), h.Get("Sec-Websocket-Extensions"), h.Get("Sec-Websocket-Version")}
	}))
	if err != nil {
		t.Fatal(err)
	}
	uid := got[1][len(got[1])-8:]
	want := []string{"GET", "/base//ws%2f?x=%zz&u=" + uid, "fake", "https://" + uid + ".example", "p, q", "permessage-deflate", "13"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// The bytes of a message in fragments, and raw ones.
func TestSentFrames(t *testing.T) {
	type frame struct {
		first   byte
		payload string
	}
	var got []frame
	err := play(t, script(opened,
		`{"do":"send","conn":"a","text":"hello","fragment_bytes":2}`,
		`{"do":"send","conn":"a","base64":"AAEC","fragment_bytes":3}`,
		`{"do":"send","conn":"a","raw_tcp":"gQN4eXo="}`,
		answer("1")), Options{}, upgraded(func(p *peer) {
		for range 5 {
			first, payload := p.read()
			got = append(got, frame{first, payload})
		}
		p.text("1")
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []frame{{0x01, "he"}, {0x00, "ll"}, {0x80, "o"}, {0x82, "\x00\x01\x02"}, {0x81, "xyz"}}
	for i, f := range want {
		if got[i] != f {
			t.Errorf("frame %d: got %#v, want %#v", i, got[i], f)
		}
	}
}

// A server that closes while the client still sends: what it says counts, not
// that the rest could not be sent.
func TestReplayWritesToClosed(t *testing.T) {
	large := `{"do":"send","conn":"a","text_parts":[{"repeat":"x","count":1000000}]}`
	tooBig := func(code uint16) func(*peer) {
		return func(p *peer) { p.upgrade(""); _, _ = p.r.ReadByte(); p.close(code, "") }
	}
	if err := play(t, script(opened, large, `{"do":"expect_close","conn":"a","close":{"code":1009,"reason":""}}`), Options{}, tooBig(1009)); err != nil {
		t.Error(err)
	}
	err := play(t, script(opened, large, `{"do":"expect_close","conn":"a","close":{"code":1009,"reason":""}}`), Options{}, tooBig(1000))
	if err == nil || !strings.Contains(err.Error(), "(which failed: ") {
		t.Errorf("got %v, want the failed write told", err)
	}
}

// Calling a replay off is no failure of the server's.
func TestReplayCanceled(t *testing.T) {
	for name, steps := range map[string][]string{
		"sleeping":  {opened, `{"do":"sleep","ms":100000}`},
		"expecting": {opened, answer("1")},
		"at rest":   {opened, `{"do":"expect_nothing","conn":"a","ms":100000}`},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := Parse([]byte(script(steps...)))
			if err != nil {
				t.Fatal(err)
			}
			enough := errors.New("enough")
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancelCause(t.Context())
				dial, wait := pipes(upgraded(after(time.Second, func(*peer) { stop(enough) })))
				err = Replay(ctx, "http://fake", parsed, Options{Timeout: time.Hour, Dial: dial})
				wait()
			})
			if !errors.Is(err, enough) {
				t.Errorf("got %v, want %v", err, enough)
			}
		})
	}
}

func TestReplayAddress(t *testing.T) {
	parsed, err := Parse([]byte(script(opened)))
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"localhost:4000":       "does not begin with http://",
		"ftp://localhost":      "does not begin with http://",
		"http://":              "has no host",
		"http://[::1":          "failed to read the server's address",
		"http://127.0.0.1:1/x": "refused",
	} {
		if err := Replay(t.Context(), address, parsed, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", address, err, want)
		}
	}
}
