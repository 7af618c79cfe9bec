package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// A diary is what OnState was told.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(s State, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	line := s.String()
	if why != nil {
		line += ": " + why.Error()
	}
	d.lines = append(d.lines, line)
}

func (d *diary) says(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.lines, want) {
		t.Fatalf("OnState was told\n\t%s\nwant\n\t%s", strings.Join(d.lines, "\n\t"), strings.Join(want, "\n\t"))
	}
	d.lines = nil
}

// A connection that is lost is made again by phoenix.js' table, as long as it takes.
func TestReconnect(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		var d diary
		o := s.options()
		o.OnState = d.note
		o.HeartbeatInterval = -1
		c := s.open(o)
		s.takeDials()
		d.says(t, "open")
		if c.State() != Open {
			t.Errorf("the state is %v", c.State())
		}
		after(time.Minute)
		s.setDown(errors.New("no server"))
		s.start = time.Now()
		s.link().lose(&CloseError{1012, ""})
		synctest.Wait()
		d.says(t, "connecting: client: the server closed the connection with code 1012")
		if c.State() != Connecting {
			t.Errorf("the state is %v", c.State())
		}
		after(20 * time.Second)
		d.says(t, slices.Repeat([]string{"connecting: no server"}, 12)...)
		want := ""
		at := time.Duration(0)
		for _, ms := range []int{10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000, 5000, 5000} {
			at += time.Duration(ms) * time.Millisecond
			want += fmt.Sprintf(", %v websocket", at)
		}
		if got := s.takeDials(); got != want[2:] {
			t.Errorf("the client dialled at\n\t%s\nwant\n\t%s", got, want[2:])
		}
		s.setDown(nil)
		after(5 * time.Second)
		d.says(t, "open")
		if c.State() != Open {
			t.Errorf("the state is %v", c.State())
		}
		c.Close()
		d.says(t, "closed")
		if c.State() != Closed {
			t.Errorf("the state is %v", c.State())
		}
	})
}

// A server that takes connections only to close them is not asked every 10 ms; a connection that held starts anew.
func TestReconnectSettles(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.open(s.options())
		lose := func() string {
			s.link().breaks()
			s.start = time.Now()
			s.takeDials()
			after(5 * time.Second)
			return s.takeDials()
		}
		for _, want := range []string{"10ms", "50ms", "100ms"} {
			s.link().breaks()
			s.start = time.Now()
			s.takeDials()
			after(100 * time.Millisecond)
			if got := s.takeDials(); got != want+" websocket" {
				t.Errorf("the client dialled at %s, want %s", got, want)
			}
		}
		if got := lose(); got != "150ms websocket" {
			t.Errorf("the client dialled at %s, want 150ms", got)
		}
		after(settled)
		if got := lose(); got != "10ms websocket" {
			t.Errorf("after a while, the client dialled at %s, want 10ms", got)
		}
	})
}

func TestDialFails(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		s.down = errors.New("no server")
		if c, err := Dial(t.Context(), "ws://stage", s.options()); err != s.down || c != nil {
			t.Errorf("Dial = %v, %v", c, err)
		}
		s.down, s.delay = nil, time.Hour
		start := time.Now()
		if _, err := Dial(t.Context(), "ws://stage", s.options()); !errors.Is(err, ErrTimeout) || time.Since(start) != DefaultTimeout {
			t.Errorf("Dial: %v after %v, want ErrTimeout after %v", err, time.Since(start), DefaultTimeout)
		}
		why := errors.New("changed my mind")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		if _, err := Dial(ctx, "ws://stage", s.options()); err != why {
			t.Errorf("Dial: %v, want the context's cause", err)
		}
	})
}

// The context of Dial is for the dialling.
func TestDialContextEnds(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		ctx, cancel := context.WithCancel(t.Context())
		c, err := Dial(ctx, "ws://stage", s.options())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		cancel()
		s.link().join(c, "room", "1")
		s.link().breaks()
		after(time.Second)
		s.link().hears(`["2","2","room","phx_join",{}]`)
	})
}

func TestDialWithNonsense(t *testing.T) {
	for _, url := range []string{"", "room", "ftp://host/socket", "ws:///socket", "ws://a b/", "://"} {
		if _, err := Dial(t.Context(), url, Options{}); err == nil {
			t.Errorf("Dial(%q) has no error", url)
		}
	}
	if _, err := Dial(t.Context(), "ws://host", Options{Version: "3.0.0"}); err == nil {
		t.Error("Dial with version 3.0.0 has no error")
	}
}

// Prepare changes what a client says of itself, for one attempt.
func TestPrepare(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		n, fail := 0, errors.New("no token")
		var said []string
		o := s.options()
		o.Params = map[string][]string{"user": {"ann"}}
		o.Prepare = func(_ context.Context, h *Handshake) error {
			if n++; n == 2 {
				return fail
			}
			h.Params.Set("try", fmt.Sprint(n))
			h.Header.Set("X-Try", fmt.Sprint(n))
			h.AuthToken = fmt.Sprint("token", n)
			return nil
		}
		o.dial = func(ctx context.Context, transport Transport, h Handshake) (link, error) {
			said = append(said, h.Params.Encode()+" "+h.Header.Get("X-Try")+" "+h.AuthToken)
			return s.dial(ctx, transport, h)
		}
		var d diary
		o.OnState = d.note
		s.open(o)
		s.link().breaks()
		after(time.Second)
		if want := []string{"try=1&user=ann 1 token1", "try=3&user=ann 3 token3"}; !slices.Equal(said, want) {
			t.Errorf("the client said %q, want %q", said, want)
		}
		d.says(t, "open", "connecting: "+errCut.Error(), "connecting: no token", "open")
		if o.Params.Encode() != "user=ann" {
			t.Errorf("Prepare changed the options: %v", o.Params)
		}
	})
}

// Close is the end of everything, also while the client reconnects, and may be called again.
func TestClose(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.Timeout = -1
		c := s.open(o)
		l := s.link()
		ch := l.join(c, "room", "1")
		push := begin(t, func() (protocol.Payload, error) { return ch.Push(t.Context(), "say", nil) })
		receive := begin(t, func() (Event, error) { return ch.Receive(t.Context()) })
		join := begin(t, func() (*Channel, error) { return c.Join(t.Context(), "other", nil) })
		ping := begin(t, func() (time.Duration, error) { return c.Ping(t.Context()) })
		c.Close()
		for name, err := range map[string]error{
			"push": push.failure(), "Receive": receive.failure(), "Join": join.failure(), "Ping": ping.failure(),
		} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s: %v, want ErrClosed", name, err)
			}
		}
		if !l.polite {
			t.Error("the connection was cut rather than closed")
		}
		c.Close()
		if _, err := c.Join(t.Context(), "room", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Join afterwards: %v, want ErrClosed", err)
		}
		if _, err := c.Ping(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Ping afterwards: %v, want ErrClosed", err)
		}
		if err := ch.Send(t.Context(), "say", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Send afterwards: %v, want ErrClosed", err)
		}
		if err := ch.Leave(t.Context()); err != nil {
			t.Errorf("Leave afterwards: %v", err)
		}
	})
}

func TestCloseWhileReconnecting(t *testing.T) {
	for name, prepare := range map[string]func(*stage){
		"waiting":  func(s *stage) { s.setDown(errors.New("no server")) },
		"dialling": func(s *stage) { s.mu.Lock(); s.delay = time.Hour; s.mu.Unlock() },
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				c := s.open(s.options())
				ch := s.link().join(c, "room", "1")
				prepare(s)
				s.link().breaks()
				after(2 * time.Second)
				start := time.Now()
				c.Close()
				if time.Since(start) != 0 {
					t.Errorf("Close took %v", time.Since(start))
				}
				if _, err := ch.Push(t.Context(), "say", nil); !errors.Is(err, ErrClosed) {
					t.Errorf("Push: %v, want ErrClosed", err)
				}
			})
		})
	}
}

// What was sent goes out before the connection is closed, if the server takes it in time.
func TestCloseBehindWhatWasSent(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		l.stick(true)
		for range 3 {
			if err := ch.Send(t.Context(), "say", nil); err != nil {
				t.Fatal(err)
			}
		}
		time.AfterFunc(time.Second, func() { l.stick(false) })
		start := time.Now()
		c.Close()
		if n := len(l.took()); n != 3 || time.Since(start) != time.Second {
			t.Errorf("%d messages were sent and Close took %v, want 3 and 1s", n, time.Since(start))
		}
	})
	onStage(t, func(t *testing.T, s *stage) {
		c := s.open(s.options())
		l := s.link()
		ch := l.join(c, "room", "1")
		l.stick(true)
		_ = ch.Send(t.Context(), "say", nil)
		start := time.Now()
		c.Close()
		if time.Since(start) != closePatience {
			t.Errorf("Close took %v, want %v", time.Since(start), closePatience)
		}
	})
}

// A message that is none ends the connection.
func TestMalformedMessages(t *testing.T) {
	for _, text := range []string{"", "{}", "[1]", `["1","1","room","phx_reply",7]`, "garbage"} {
		onStage(t, func(t *testing.T, s *stage) {
			var d diary
			o := s.options()
			o.OnState = d.note
			s.open(o)
			s.link().says(text)
			synctest.Wait()
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(d.lines) != 2 || !strings.Contains(d.lines[1], "malformed") {
				t.Errorf("%q: OnState was told %q", text, d.lines)
			}
		})
	}
}

// Fallback goes to long polling when WebSocket does not open, or opens and is silent; and stays there until that fails.
func TestFallback(t *testing.T) {
	for name, broken := range map[string]func(ctx context.Context, l link, err error) (link, error){
		"refuses":      func(context.Context, link, error) (link, error) { return nil, &HandshakeError{Status: 400} },
		"hangs":        func(ctx context.Context, _ link, _ error) (link, error) { <-ctx.Done(); return nil, ctx.Err() },
		"is silent":    func(_ context.Context, l link, err error) (link, error) { return l, err },
		"is cut":       func(_ context.Context, l link, err error) (link, error) { l.cut(); return l, err },
		"says garbage": func(_ context.Context, l link, err error) (link, error) { l.(*script).says("?"); return l, err },
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(t *testing.T, s *stage) {
				o := s.options()
				o.Transport = Fallback
				o.dial = func(ctx context.Context, transport Transport, h Handshake) (link, error) {
					l, err := s.dial(ctx, transport, h)
					if transport == WebSocket {
						return broken(ctx, l, err)
					}
					return l, err
				}
				start := time.Now()
				c := s.open(o)
				if took := time.Since(start); took > DefaultFallbackAfter {
					t.Errorf("it took %v", took)
				}
				transports := func() string {
					var got []string
					for _, d := range strings.Split(s.takeDials(), ", ") {
						got = append(got, d[strings.LastIndex(d, " ")+1:])
					}
					return strings.Join(got, " ")
				}
				if got := transports(); got != "websocket longpoll" {
					t.Errorf("the client dialled %s", got)
				}
				s.link().join(c, "room", map[bool]string{true: "1", false: "2"}[name == "refuses" || name == "hangs"])
				s.link().breaks()
				after(10 * time.Millisecond)
				if got := transports(); got != "longpoll" {
					t.Errorf("after that the client dialled %s", got)
				}
				s.setDown(errors.New("no server"))
				s.link().breaks()
				after(55 * time.Millisecond)
				if got := transports(); got != "longpoll" {
					t.Errorf("after that the client dialled %s", got)
				}
				s.setDown(nil)
				after(5 * time.Second)
				if got := transports(); got != "websocket longpoll" {
					t.Errorf("when long polling failed too, the client dialled %s", got)
				}
			})
		})
	}
}

// A WebSocket that answers is used, and a refusal is one.
func TestFallbackNotNeeded(t *testing.T) {
	onStage(t, func(t *testing.T, s *stage) {
		o := s.options()
		o.Transport = Fallback
		p := begin(t, func() (*Client, error) { return Dial(t.Context(), "ws://stage", o) })
		s.link().hears(`[null,"1","phoenix","heartbeat",{}]`)
		s.link().says(`[null,null,"room","stray",{}]`, ok("", "1", "phoenix", "{}"))
		c, err := p.result()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if got := s.takeDials(); got != "0s websocket" {
			t.Errorf("the client dialled %s", got)
		}
		s.link().join(c, "room", "2")
		after(time.Minute)
		s.setDown(&HandshakeError{Status: http.StatusForbidden})
		if _, err := Dial(t.Context(), "ws://stage", o); err != s.down {
			t.Errorf("Dial: %v, want the refusal", err)
		}
		if got := s.takeDials(); strings.Contains(got, "longpoll") {
			t.Errorf("the client dialled %s", got)
		}
		s.setDown(errors.New("no server"))
		if _, err := Dial(t.Context(), "ws://stage", o); err == nil || strings.Count(err.Error(), "no server") != 2 {
			t.Errorf("Dial: %v, want both failures", err)
		}
	})
}
