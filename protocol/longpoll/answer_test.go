package longpoll

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func wantHeaders(t *testing.T, what string, w *httptest.ResponseRecorder, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got, value)
		}
	}
}

var jsonHeaders = map[string]string{
	"Access-Control-Allow-Origin": "*",
	"Cache-Control":               "no-store",
	"Content-Type":                "application/json; charset=utf-8",
}

// Every JSON answer, to the byte (PROTOCOL.md §5.1–5.4; the reference's own order of keys is its maps').
func TestAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		opened := s.do(httptest.NewRequest("GET", "/longpoll?vsn=2.0.0&", nil))
		var token string
		if _, err := fmt.Sscanf(opened.Body.String(), `{"status":410,"token":%q,"messages":[]}`, &token); err != nil {
			t.Fatalf("%s: %v", opened.Body, err)
		}
		session := s.newest().session
		empty := s.do(httptest.NewRequest("GET", "/longpoll?token="+token, nil))
		session.Send(text("a"))
		session.Send(bytesFrame("b", []byte("\r\x01\"\\ž")))
		full := s.do(httptest.NewRequest("GET", "/longpoll?token="+token, nil))
		taken := s.do(httptest.NewRequest("POST", "/longpoll?token="+token, strings.NewReader("[]")))
		gone := s.do(httptest.NewRequest("POST", "/longpoll", strings.NewReader("[]")))
		refused := httptest.NewRecorder()
		Refuse(refused)
		for _, c := range []struct {
			what, want string
			w          *httptest.ResponseRecorder
		}{
			{"opened", `{"status":410,"token":"` + token + `","messages":[]}`, opened},
			{"empty poll", `{"status":204,"token":"` + token + `","messages":[]}`, empty},
			{"poll", `{"status":200,"token":"` + token +
				`","messages":["[null,null,\"t\",\"a\",{}]","\u0002\u0001\u0001tb\r\u0001\"\\ž"]}`, full},
			{"POST", `{"status":200}`, taken},
			{"POST without token", `{"status":410}`, gone},
			{"refused", `{"status":403}`, refused},
		} {
			if c.w.Code != 200 || c.w.Body.String() != c.want {
				t.Errorf("%s: HTTP %d %s, want %s", c.what, c.w.Code, c.w.Body, c.want)
			}
			wantHeaders(t, c.what, c.w, jsonHeaders)
			wantHeaders(t, c.what, c.w, map[string]string{"Content-Length": fmt.Sprint(len(c.want))})
		}
	})
}

func TestPreflight(t *testing.T) {
	s := newSite(t, Options{})
	r := httptest.NewRequest("OPTIONS", "/longpoll", nil)
	r.Header.Add("Access-Control-Request-Headers", "content-type, x-custom")
	r.Header.Add("Access-Control-Request-Headers", "x-other")
	asked := s.do(r)
	plain := s.do(httptest.NewRequest("OPTIONS", "/longpoll", nil))
	want := map[string]string{
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "get, post, options",
		"Access-Control-Max-Age":       "3600",
		"Access-Control-Allow-Headers": "",
	}
	wantHeaders(t, "plain", plain, want)
	want["Access-Control-Allow-Headers"] = "content-type, x-custom, x-other"
	wantHeaders(t, "asked", asked, want)
	for _, w := range []*httptest.ResponseRecorder{plain, asked} {
		if w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("HTTP %d %q", w.Code, w.Body)
		}
	}
}

func TestOtherMethods(t *testing.T) {
	s := newSite(t, Options{})
	for _, method := range []string{"PUT", "DELETE", "HEAD", "PATCH", "TRACE", "X"} {
		w := s.do(httptest.NewRequest(method, "/longpoll", nil))
		if w.Code != 400 || w.Body.Len() != 0 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: HTTP %d %q %v", method, w.Code, w.Body, w.Header())
		}
	}
	if n := len(s.handlers); n != 0 {
		t.Errorf("%d sessions were opened", n)
	}
}

// The header goes before the query, whatever it says (PROTOCOL.md §5.1).
func TestTokenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, _ := s.open()
		for _, c := range []struct {
			header []string
			query  string
			want   int
		}{
			{nil, token, 200},
			{[]string{token}, "", 200},
			{[]string{token}, "stale", 200},
			{[]string{token, "other"}, "", 200},
			{[]string{"stale"}, token, 410},
			{[]string{""}, token, 410},
			{nil, "", 410},
		} {
			r := httptest.NewRequest("POST", "/longpoll?token="+c.query, strings.NewReader("[]"))
			r.Header["X-Phoenix-Longpoll-Token"] = c.header
			if got := decode(t, s.do(r)).Status; got != c.want {
				t.Errorf("header %q, query %q: %d, want %d", c.header, c.query, got, c.want)
			}
		}
	})
}

// Transcript lp-binary-down-bytes: HTTP 500, the messages are lost, the session lives.
func TestMessageThatIsNotUTF8(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		token, h := s.open()
		h.session.Send(text("lost"))
		h.session.Send(bytesFrame("b", []byte{0xff, 0xfe, 0xfd}))
		if w := s.do(httptest.NewRequest("GET", "/longpoll?token="+token, nil)); w.Code != http.StatusInternalServerError {
			t.Errorf("HTTP %d %s", w.Code, w.Body)
		}
		if answer := s.get(token); answer.Status != codeNothing {
			t.Errorf("the next poll: %+v", answer)
		}
		h.session.Send(text("later"))
		if answer := s.get(token); answer.Status != codeMessages {
			t.Errorf("the session did not survive: %+v", answer)
		}
	})
}

// Messages larger than any buffer arrive whole, with the length announced.
func TestLargeMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{MaxQueuedBytes: 8 << 20})
		defer s.shutdown()
		token, h := s.open()
		var want []string
		for _, unit := range []string{"a", `"😀\`, "\n"} {
			payload, _ := protocol.Encode(map[string]string{"x": strings.Repeat(unit, 1<<20/len(unit))})
			f := frame("large", payload)
			want = append(want, string(f.Bytes()))
			h.session.Send(f)
		}
		w := s.do(httptest.NewRequest("GET", "/longpoll?token="+token, nil))
		if length := w.Header().Get("Content-Length"); length != fmt.Sprint(w.Body.Len()) {
			t.Errorf("Content-Length %s, the body has %d", length, w.Body.Len())
		}
		var answer reply
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Messages) != len(want) {
			t.Fatalf("%d messages", len(answer.Messages))
		}
		for i := range want {
			if answer.Messages[i] != want[i] {
				t.Errorf("message %d differs", i)
			}
		}
	})
}

func TestAnswersComeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, Options{})
		defer s.shutdown()
		start := time.Now()
		token, h := s.open()
		s.post(token, "[]")
		s.post("dead", "[]")
		h.session.Send(text("a"))
		s.get(token)
		h.session.Close(1001, "")
		s.post(token, "[]")
		s.get(token)
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}
