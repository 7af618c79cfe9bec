package longpoll

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// echo is a handler that sends a frame for each message.
type echo struct{ session *Session }

var echoed = text("a")

func (e echo) Message([]byte, bool) error { e.session.Send(echoed); return nil }
func (e echo) Closed(error)               {}

func openEcho(s *Session) (Handler, error) { return echo{s}, nil }

// BenchmarkRound is one message there and one back: a POST and the GET that takes the answer, without a network.
func BenchmarkRound(b *testing.B) {
	server := NewServer(Options{Window: time.Hour})
	token := openToken(server)
	defer server.Shutdown(b.Context())
	w := &sink{header: make(http.Header)}
	body := strings.NewReader("")
	const message = `["1","2","room:lobby","new_msg",{"body":"hello"}]`
	post := httptest.NewRequest("POST", "/longpoll", nil)
	post.Body, post.ContentLength = io.NopCloser(body), int64(len(message))
	get := httptest.NewRequest("GET", "/longpoll", nil)
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(message)
		server.Serve(w, post, token, openEcho)
		server.Serve(w, get, token, openEcho)
	}
	if want := int64(b.N) * int64(len(`{"status":200}`)); w.n < want {
		b.Errorf("%d bytes were answered", w.n)
	}
}

// BenchmarkWake is a GET that waits and is woken by a message.
func BenchmarkWake(b *testing.B) {
	server := NewServer(Options{Window: time.Hour})
	var session *Session
	w := httptest.NewRecorder()
	server.Serve(w, httptest.NewRequest("GET", "/longpoll", nil), "", func(s *Session) (Handler, error) {
		session = s
		return echo{s}, nil
	})
	defer server.Shutdown(b.Context())
	token := tokenOf(w)
	get := httptest.NewRequest("GET", "/longpoll", nil)
	polled := make(chan bool)
	go func() {
		sink := &sink{header: make(http.Header)}
		for range polled {
			server.Serve(sink, get, token, openEcho)
			polled <- true
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		polled <- true
		session.Send(echoed)
		<-polled
	}
	close(polled)
}

// BenchmarkIdleSession tells what a session costs that nobody polls.
func BenchmarkIdleSession(b *testing.B) {
	const many = 20_000
	for b.Loop() {
		server := NewServer(Options{Window: time.Hour})
		before := heap()
		for range many {
			openToken(server)
		}
		b.ReportMetric(float64(heap()-before)/many, "B/session")
		server.Shutdown(b.Context())
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func openToken(server *Server) string {
	w := httptest.NewRecorder()
	server.Serve(w, httptest.NewRequest("GET", "/longpoll", nil), "", openEcho)
	return tokenOf(w)
}

func tokenOf(w *httptest.ResponseRecorder) string {
	return strings.Split(w.Body.String(), `"`)[5]
}

// A sink counts what is written to it.
type sink struct {
	header http.Header
	n      int64
}

func (s *sink) Header() http.Header               { return s.header }
func (s *sink) Write(b []byte) (int, error)       { s.n += int64(len(b)); return len(b), nil }
func (s *sink) WriteHeader(int)                   {}
func (s *sink) FlushError() error                 { return nil }
func (s *sink) SetReadDeadline(t time.Time) error { return nil }

func (s *sink) SetWriteDeadline(t time.Time) error { return nil }
