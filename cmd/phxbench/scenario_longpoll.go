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
// each after the answer to the one before.
func longpoll(ctx context.Context, b *bench) error {
	transport := &http.Transport{MaxIdleConnsPerHost: b.clients, MaxConnsPerHost: b.clients}
	defer transport.CloseIdleConnections()
	link := &http.Client{Transport: transport}
	sessions := make([]*session, b.clients)
	from, err := b.before(ctx)
	if err != nil {
		return err
	}
	err = b.each(ctx, b.clients, connecting, "joining", func(i int) error {
		s := &session{ctx: ctx, link: link, address: b.polls()}
		sessions[i] = s
		if err := s.open(); err != nil {
			return err
		}
		_, err := s.ask("phx_join", b.own(i), empty)
		return err
	})
	if err != nil {
		return err
	}
	to, err := b.after(ctx, false)
	if err != nil {
		return err
	}
	b.charge(from, to, b.clients, "session")
	if from, err = b.before(ctx); err != nil {
		return err
	}
	var latency histogram
	err = b.each(ctx, b.clients, b.clients, "echoing", func(i int) error { return sessions[i].echo(b, i, &latency) })
	if err != nil {
		return err
	}
	if to, err = b.after(ctx, false); err != nil {
		return err
	}
	b.charge(from, to, b.clients*b.messages, "echo")
	b.result.quantiles("latency", &latency)
	return nil
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

func (s *session) echo(b *bench, i int, latency *histogram) error {
	for k := range b.messages {
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
