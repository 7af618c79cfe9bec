package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// longpoll has clients without WebSocket open sessions, and then send messages,
// each after the answer to the one before. Some sessions and messages before that
// are not counted.
func longpoll(ctx context.Context, b *bench) error {
	_, stop, err := b.openSessions(ctx, min(b.clients, connecting), "joining, uncounted")
	stop()
	if err != nil {
		return err
	}
	var sessions []*session
	_, _, err = b.count(ctx, b.clients, "session", func() (err error) {
		sessions, stop, err = b.openSessions(ctx, b.clients, "joining")
		return err
	})
	defer stop()
	if err != nil {
		return err
	}
	if err := b.pollAll(ctx, sessions, firstEchoes, new(histogram)); err != nil {
		return err
	}
	var latency histogram
	_, _, err = b.count(ctx, b.clients*b.messages, "echo", func() error { return b.pollAll(ctx, sessions, b.messages, &latency) })
	if err != nil {
		return err
	}
	b.result.quantiles("latency", &latency)
	return b.each(ctx, len(sessions), connecting, "checking", func(i int) error {
		_, err := sessions[i].ask("heartbeat", "phoenix", empty)
		return err
	})
}

// openSessions opens n sessions, each of which joins a topic of its own. Their
// connections last until stop is called.
func (b *bench) openSessions(ctx context.Context, n int, what string) (sessions []*session, stop func(), err error) {
	transport := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n}
	link := &http.Client{Transport: transport}
	sessions = make([]*session, n)
	err = b.each(ctx, n, connecting, what, func(i int) error {
		s := &session{ctx: ctx, link: link, address: b.polls()}
		sessions[i] = s
		if err := s.open(); err != nil {
			return err
		}
		_, err := s.ask("phx_join", b.own(i), empty)
		return err
	})
	return sessions, transport.CloseIdleConnections, err
}

// pollAll has all sessions send n messages each, at once.
func (b *bench) pollAll(ctx context.Context, sessions []*session, n int, latency *histogram) error {
	return b.each(ctx, len(sessions), len(sessions), "echoing", func(i int) error { return sessions[i].echo(b, i, n, latency) })
}

// polls is the long-poll URL beside the WebSocket one.
func (b *bench) polls() url.URL {
	u, err := url.Parse(b.mount)
	if err != nil {
		panic(err) // it was parsed before
	}
	u = u.JoinPath("longpoll")
	u.Scheme = "http"
	query := u.Query()
	if !query.Has("vsn") {
		query.Set("vsn", "2.0.0")
	}
	u.RawQuery = query.Encode()
	return *u
}

// session is a client that polls. It is one goroutine's.
type session struct {
	ctx     context.Context
	link    *http.Client
	address url.URL
	refs    ref
}

// answer is what the server says to every request.
type answer struct {
	Status   int      `json:"status"`
	Token    string   `json:"token"`
	Messages []string `json:"messages"`
}

func (s *session) open() error {
	a, err := s.request(http.MethodGet, nil)
	if err != nil {
		return err
	}
	if a.Status != http.StatusGone || a.Token == "" {
		return fmt.Errorf("a new session was answered with status %d", a.Status)
	}
	query := s.address.Query()
	query.Set("token", a.Token)
	s.address.RawQuery = query.Encode()
	return nil
}

func (s *session) echo(b *bench, i, n int, latency *histogram) error {
	for k := range n {
		start := time.Now()
		payload := b.filled(k)
		response, err := s.ask("echo", b.own(i), payload)
		if err == nil && !bytes.Equal(response, payload) {
			err = fmt.Errorf("sent %.100s, got %.100s", payload, response)
		}
		if err != nil {
			return fmt.Errorf("echo %d: %w", k+1, err)
		}
		latency.record(time.Since(start))
	}
	return nil
}

// ask sends an event and polls for its reply, which must be all that comes.
func (s *session) ask(event, topic string, payload []byte) (response []byte, err error) {
	s.refs++
	posted, err := s.request(http.MethodPost, encode(joinRef, s.refs, topic, event, payload))
	if err != nil {
		return nil, err
	}
	if posted.Status != http.StatusOK {
		return nil, fmt.Errorf("a message was answered with status %d", posted.Status)
	}
	for {
		polled, err := s.request(http.MethodGet, nil)
		switch {
		case err != nil:
			return nil, err
		case polled.Status == http.StatusNoContent:
			continue
		case polled.Status != http.StatusOK || len(polled.Messages) != 1:
			return nil, fmt.Errorf("a poll was answered with status %d and %q", polled.Status, polled.Messages)
		}
		m, err := parseMessage([]byte(polled.Messages[0]), true)
		if err != nil {
			return nil, err
		}
		return m.okTo(s.refs)
	}
}

func (s *session) request(method string, body []byte) (a answer, err error) {
	r, err := http.NewRequestWithContext(s.ctx, method, s.address.String(), bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := s.link.Do(r)
	if err != nil {
		return a, errors.New(strings.ReplaceAll(err.Error(), s.address.RawQuery, "…"))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return a, err
	}
	if response.StatusCode != http.StatusOK {
		return a, fmt.Errorf("the server answered %s", response.Status)
	}
	return a, json.Unmarshal(text, &a)
}
