package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// talk is what a server said, as frames.
func talk(texts ...string) []byte {
	var b []byte
	for _, text := range texts {
		b = append(b, serverFrame([]byte(text))...)
	}
	return b
}

// wants checks an error, of which "" is none.
func wants(t *testing.T, name string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %q", name, err, want)
	}
}

// A page must come whole, unchanged, on its topic.
func TestPageGates(t *testing.T) {
	for _, size := range []int{100, 3000, 70_000} {
		p := newContent(1, size)
		frame := func(topic, event, text string) string {
			return `[null,null,"` + topic + `","` + event + `",{"content":"` + text + `"}]`
		}
		text, topic := string(p.text), "want:"+p.hash
		for name, test := range map[string]struct{ frame, want string }{
			"right":         {frame(topic, "content", text), ""},
			"first byte":    {frame(topic, "content", "x"+text[1:]), "other content"},
			"last byte":     {frame(topic, "content", text[:size-1]+"~"), "other content"},
			"cut":           {frame(topic, "content", text[1:]), "came as a message of"},
			"more":          {frame(topic, "content", text+"x"), "came as a message of"},
			"other topic":   {frame("want:x", "content", text), "instead of a page came content on want:x"},
			"other event":   {frame(topic, "contents", text), "instead of a page came contents"},
			"other payload": {`[null,null,"` + topic + `","content",{"text":"x"}]`, "a page without content"},
		} {
			w, _ := hear(talk(test.frame))
			wants(t, fmt.Sprintf("%s of %d", name, size), (&visitor{client: &client{wire: w}, page: p}).see(), test.want)
		}
	}
}

// Counts must end on the exact number, and stay there.
func TestStormGates(t *testing.T) {
	const joined, beaten = `["1","1","have:x","phx_reply",{"status":"ok","response":{}}]`, `[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]`
	count := func(n int) string { return fmt.Sprintf(`[null,null,"have:x","visitors_count",{"count":%d}]`, n) }
	for name, test := range map[string]struct {
		texts  []string
		counts int
		want   string
	}{
		"one by one": {[]string{joined, count(1), count(2), count(3)}, 3, ""},
		"at once":    {[]string{joined, count(3)}, 1, ""},
		"disordered": {[]string{joined, count(2), count(1), count(3)}, 3, ""},
		"short":      {[]string{joined, count(2)}, 1, "after 1 counts, of which the last was 2: EOF"},
		"too many":   {[]string{joined, count(4)}, 1, "told that there are 4 visitors, of 3"},
		"other":      {[]string{joined, `[null,null,"have:y","visitors_count",{"count":3}]`}, 0, "instead of a count for have:x"},
		"before":     {[]string{count(2), count(3), joined}, 2, ""},
		"no reply":   {[]string{count(3)}, 1, "after 1 counts, of which the last was 3: EOF"},
		"refused":    {[]string{strings.Replace(joined, `"ok"`, `"error"`, 1)}, 0, "failed to join have:x: the reply is error"},
		"other ref":  {[]string{strings.Replace(joined, `"1","1"`, `"1","2"`, 1)}, 0, "instead of the reply to 1"},
	} {
		w, _ := hear(talk(test.texts...))
		n, err := (&client{wire: w}).joinCounted("have:x", 3)
		wants(t, name, err, test.want)
		if n != test.counts {
			t.Errorf("%s: %d counts, want %d", name, n, test.counts)
		}
	}
	for name, test := range map[string]struct {
		texts []string
		want  string
	}{
		"quiet":     {[]string{beaten}, ""},
		"again":     {[]string{count(3), count(3), beaten}, ""},
		"late":      {[]string{count(2), beaten}, "the final count was not the last"},
		"something": {[]string{`["1",null,"have:x","content_request",{}]`, beaten}, "instead of a count"},
	} {
		w, _ := hear(talk(test.texts...))
		_, err := (&client{wire: w}).beatCounted("have:x", 3)
		wants(t, name, err, test.want)
	}
}

// Whoever leaves must be told so, and a close be answered.
func TestChurnGates(t *testing.T) {
	const (
		joined = `["1","1","t","phx_reply",{"status":"ok","response":{}}]`
		left   = `["1","2","t","phx_reply",{"status":"ok","response":{}}]`
		parted = `["1","1","t","phx_close",{}]`
		bye    = "\x88\x02\x03\xe8"
	)
	for name, test := range map[string]struct {
		heard []byte
		want  string
	}{
		"right":       {append(talk(joined, left, parted), bye...), ""},
		"no close":    {append(talk(joined, left), bye...), "failed to leave t: the server closed the connection"},
		"other close": {append(talk(joined, left, strings.Replace(parted, `"t"`, `"u"`, 1)), bye...), "instead of phx_close came phx_close on u"},
		"no answer":   {talk(joined, left, parted), "a close was not answered: EOF"},
		"more":        {append(talk(joined, left, parted, joined), bye...), "instead of the answer to a close came"},
	} {
		w, _ := hear(test.heard)
		wants(t, name, (&client{wire: w}).comeAndGo("t"), test.want)
	}
	b := &bench{target: target{process: new(process), debugger: new(debugger)}}
	wants(t, "a few", b.nothingLeft(reading{}, reading{runtime: runtimeStats{goroutines: fewLeft}}), "")
	wants(t, "a leak", b.nothingLeft(reading{}, reading{runtime: runtimeStats{goroutines: 500}}), "500 goroutines more than before")
}

// What a poll must not answer.
func TestLongPollGates(t *testing.T) {
	const reply = `{"status":200,"messages":["[\"1\",\"1\",\"t\",\"phx_reply\",{\"status\":\"ok\",\"response\":{}}]"]}`
	for name, test := range map[string]struct{ opened, posted, polled, want string }{
		"right":      {`{"status":410,"token":"a"}`, `{"status":200}`, reply, ""},
		"refused":    {`{"status":403}`, "", "", "a new session was answered with status 403"},
		"not posted": {`{"status":410,"token":"a"}`, `{"status":408}`, reply, "a message was answered with status 408"},
		"gone":       {`{"status":410,"token":"a"}`, `{"status":200}`, `{"status":410,"token":"b"}`, "a poll was answered with status 410"},
		"two":        {`{"status":410,"token":"a"}`, `{"status":200}`, strings.Replace(reply, `"]`, `","[]"]`, 1), "a poll was answered with status 200"},
		"no JSON":    {`x`, "", "", "invalid character"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				fmt.Fprint(w, test.posted)
			case r.URL.Query().Get("token") == "":
				fmt.Fprint(w, test.opened)
			default:
				fmt.Fprint(w, test.polled)
			}
		}))
		b := &bench{target: target{mount: "ws://" + s.Listener.Addr().String() + "/lab"}}
		session := &session{ctx: t.Context(), link: s.Client(), address: b.polls()}
		err := session.open()
		if err == nil {
			_, err = session.ask("phx_join", "t", empty)
		}
		wants(t, name, err, test.want)
		s.Close()
	}
}

// A server of long polling that loses, doubles, changes or mixes up messages is
// found out, also when it is the last one.
func TestLongPollScenarioGates(t *testing.T) {
	reply := func(messages []string) []string {
		return append(messages, `["1","99","lab:longpoll-0","phx_reply",{"status":"ok","response":{}}]`)
	}
	for name, test := range map[string]struct {
		deal func(messages []string) []string
		only string // what a poll must bring to be tampered with
		want string
	}{
		"honest":        {func(m []string) []string { return m }, "", ""},
		"lost":          {func([]string) []string { return nil }, `"1","12"`, `a poll was answered with status 200 and []`},
		"doubled":       {func(m []string) []string { return append(m, m...) }, `"1","5"`, "a poll was answered with status 200 and"},
		"doubled, last": {reply, `"14"`, "checking, client 1 of 1: a poll was answered"},
		"changed": {func(m []string) []string { return []string{strings.Replace(m[0], "xx", "xy", 1)} }, `"1","13"`,
			"echo 2: sent "},
		"other ref": {func(m []string) []string { return []string{strings.Replace(m[0], `"13"`, `"12"`, 1)} }, `"1","13"`,
			"echo 2: instead of the reply to 13 came phx_reply"},
	} {
		t.Run(name, func(t *testing.T) {
			base := tamperPolls(t, laboratory(t), func(m []string) []string {
				if len(m) == 1 && strings.Contains(m[0], test.only) {
					return test.deal(m)
				}
				return m
			})
			_, err := runHere(t, "longpoll", options{url: "ws://" + base + "/lab", settings: settings{clients: 1, messages: 2}})
			wants(t, name, err, test.want)
		})
	}
}

// tamperPolls stands between clients that poll and a server, and changes what
// polls bring.
func tamperPolls(t *testing.T, server string, deal func(messages []string) []string) (base string) {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: server})
	proxy.ModifyResponse = func(response *http.Response) error {
		if response.Request.Method != http.MethodGet {
			return nil
		}
		var a answer
		text, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		_ = response.Body.Close()
		if err := json.Unmarshal(text, &a); err != nil {
			return err
		}
		a.Messages = deal(a.Messages)
		if text, err = json.Marshal(a); err != nil {
			return err
		}
		response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		response.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return nil
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(func() {
		s.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return s.Listener.Addr().String()
}

// liar is a bare fan-out server that does not pass everything on as it should:
// what the first client gets of the n-th message, counted from 1, is for deal to
// say.
type liar struct {
	deal func(n int, text string) []string

	mu    sync.Mutex
	conns []*websocket.Conn
	n     int
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	l.mu.Lock()
	l.conns = append(l.conns, c)
	l.mu.Unlock()
	for {
		_, text, err := c.Read(r.Context())
		if err != nil {
			return
		}
		l.pass(r, c, string(text))
	}
}

func (l *liar) pass(r *http.Request, from *websocket.Conn, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	first := true
	for _, c := range l.conns {
		if c == from {
			continue
		}
		texts := []string{text}
		if first {
			texts, first = l.deal(l.n, text), false
		}
		for _, text := range texts {
			_ = c.Write(r.Context(), websocket.MessageText, []byte(text))
		}
	}
}

// A broadcast that is lost, doubled, late, changed or of another topic is found
// out, whichever it is.
func TestFanoutGates(t *testing.T) {
	for name, test := range map[string]struct {
		deal func(n int, text string) []string
		want string
	}{
		"honest":       {func(_ int, text string) []string { return []string{text} }, ""},
		"lost":         {only(11, func(string) []string { return nil }), "came broadcast 12"},
		"lost, first":  {only(7, func(string) []string { return nil }), "came broadcast 8"},
		"lost, paced":  {only(2, func(string) []string { return nil }), "the time for this scenario is up"},
		"doubled":      {only(2, func(text string) []string { return []string{text, text} }), "instead of broadcast 3 came broadcast 2"},
		"two series":   {only(9, func(text string) []string { return []string{text, text} }), "instead of broadcast 10 came broadcast 9"},
		"doubled, end": {only(13, func(text string) []string { return []string{text, text} }), "instead of end came"},
		"cut":          {only(12, func(text string) []string { return []string{strings.Replace(text, "xx", "x", 1)} }), "broadcast 12 came changed, with 99 bytes"},
		"changed":      {only(13, func(text string) []string { return []string{strings.Replace(text, "xx", "xy", 1)} }), "broadcast 13 came changed, with 100 bytes"},
		"other order":  {reordered, ""},
		"other topic":  {only(1, func(text string) []string { return []string{strings.Replace(text, "lab:", "bal:", 1)} }), "came broadcasted on bal:fanout"},
		"other event":  {only(5, func(text string) []string { return []string{strings.Replace(text, "broadcasted", "x", 1)} }), "came x on lab:fanout"},
		"no JSON":      {only(3, func(text string) []string { return []string{strings.Replace(text, `"n"`, `n`, 1)} }), "broadcast 3: "},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(&liar{deal: test.deal})
			defer s.Close()
			o := options{url: "ws://" + s.Listener.Addr().String(), bare: true, settings: settings{clients: 3, messages: 4}}
			if strings.HasPrefix(test.want, "the time") {
				o.timeout = 300 * time.Millisecond
			}
			_, err := run20(t, "fanout", o)
			if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) && err != nil {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// reordered has the keys of payloads in another order, which is none of their
// content.
func reordered(_ int, text string) []string {
	other := numberFirst.ReplaceAllString(text, `{"data":$2,$1}`)
	if other == text && text != "end" {
		other = "there is no such payload"
	}
	return []string{other}
}

var numberFirst = regexp.MustCompile(`{("n":\d+),"data":("x+")}`)

// only is honest but for the n-th message.
func only(n int, deal func(text string) []string) func(int, string) []string {
	return func(i int, text string) []string {
		if i == n {
			return deal(text)
		}
		return []string{text}
	}
}
