package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain fails the run when goroutines are left over.
func TestMain(m *testing.M) { phoenixtest.Main(m) }

// newLab serves a laboratory and returns its address.
func newLab(t *testing.T, o Options) string {
	t.Helper()
	e := phoenix.NewEndpoint(phoenix.Config{Logger: slog.New(slog.DiscardHandler)})
	e.Mount("/lab", Socket(o), phoenix.MountOptions{AuthToken: true})
	server := httptest.NewServer(e)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := e.Shutdown(ctx); err != nil {
			t.Errorf("failed to shut down: %v", err)
		}
		server.Close()
	})
	return server.URL
}

// talk has one client say and hear these lines: "> " is sent, "< " must come.
func talk(t *testing.T, url, query string, lines ...string) error {
	t.Helper()
	steps := []any{map[string]any{"do": "open", "conn": "a", "expect": map[string]any{"status": 101}}}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			steps = append(steps, map[string]any{"do": "send", "conn": "a", "text": text})
			continue
		}
		frame := map[string]any{"kind": "text", "json": json.RawMessage(strings.TrimPrefix(line, "< "))}
		steps = append(steps, map[string]any{"do": "expect", "conn": "a", "order": "strict", "frames": []any{frame}})
	}
	text, err := json.Marshal(map[string]any{
		"format": 1, "name": t.Name(), "group": "lab", "description": "", "transport": "websocket", "vsn": nil,
		"connections": map[string]any{"a": map[string]any{"path": "/lab/websocket", "query": query}},
		"steps":       steps,
	})
	if err != nil {
		t.Fatal(err)
	}
	transcript, err := conformance.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Replay(t.Context(), url, transcript, conformance.Options{})
}

const (
	join   = `> ["1","1","lab:x","phx_join",{}]`
	joined = `< ["1","1","lab:x","phx_reply",{"status":"ok","response":{}}]`
	crash1 = `< ["1","1","lab:x","phx_error",{"reason":"channel_crash"}]`
)

// Payloads that do not fit an event are no clause: the channel crashes.
func TestNoClause(t *testing.T) {
	url := newLab(t, Options{})
	for _, message := range []string{
		`"broadcast_to",{"topic":"t","event":"e"}`,
		`"broadcast_to",{"topic":null,"event":"e","payload":{}}`,
		`"broadcast_to",{"topic":"t","event":5,"payload":{}}`,
		`"broadcast_to",[]`,
		`"async",{}`,
		`"async",{"ms":null}`,
		`"async",{"ms":-1}`,
		`"async",{"ms":1.5}`,
		`"async",{"ms":"1"}`,
		`"async",7`,
		`"sleep",{"ms":4294967296}`,
		`"sleep",{"ms":1e100}`,
		`"stop",{"reason":"tired"}`,
		`"stop",{}`,
		`"stop",null`,
		`"push_binary",{}`,
		`"push_binary",{"base64":"%"}`,
		`"push_binary",{"base64":null}`,
		`"broadcast_binary","AQ=="`,
		`"disconnect",{}`,
		`"disconnect",{"user_id":7}`,
		`"whisper",{"for":"x"}`,
		`"whisper",{"text":"x"}`,
		`"whisper",null`,
		`"Echo",{}`,
		`"",{}`,
	} {
		t.Run(message, func(t *testing.T) {
			t.Parallel()
			if err := talk(t, url, "vsn=2.0.0", join, joined, `> ["1","2","lab:x",`+message+`]`, crash1); err != nil {
				t.Error(err)
			}
		})
	}
}

// What the recorded transcripts do not show of the events that fit.
func TestEvents(t *testing.T) {
	for name, test := range map[string]struct {
		query string
		lines []string
	}{
		"null is a payload to broadcast": {"vsn=1.0.0", []string{
			`> {"topic":"lab:x","event":"phx_join","payload":{},"ref":"1"}`,
			`< {"topic":"lab:x","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"1"}`,
			`> {"topic":"lab:x","event":"broadcast_to","payload":{"topic":"lab:x","event":"e","payload":null,"more":1},"ref":"2"}`,
			`< {"topic":"lab:x","event":"e","payload":null,"ref":null}`,
		}},
		"a whisper of any text": {"vsn=2.0.0&user_id=u", []string{join, joined,
			`> ["1","2","lab:x","whisper",{"for":"u","text":[1]}]`,
			`< ["1",null,"lab:x","secret",{"seen_by":"u","text":[1]}]`,
		}},
		"a whisper for nobody": {"vsn=2.0.0&user_id=", []string{join, joined,
			`> ["1","2","lab:x","whisper",{"for":null,"text":"t"}]`,
			`> ["1","3","lab:x","ok",{}]`,
			`< ["1","3","lab:x","phx_reply",{"status":"ok","response":{}}]`,
		}},
		"a whisper for the user without a name": {"vsn=2.0.0&user_id=", []string{join, joined,
			`> ["1","2","lab:x","whisper",{"for":"","text":"t"}]`,
			`< ["1",null,"lab:x","secret",{"seen_by":"","text":"t"}]`,
		}},
		"no user, no whispers": {"vsn=2.0.0", []string{join, joined,
			`> ["1","2","lab:x","whisper",{"for":"","text":"t"}]`,
			`> ["1","3","lab:x","ok",{}]`,
			`< ["1","3","lab:x","phx_reply",{"status":"ok","response":{}}]`,
		}},
		"parameters as they were given": {"vsn=2.0.0&a[b]=1&a[c]=&l[]=x&watch=w", []string{join, joined,
			`> ["1","2","lab:x","connect_params",{}]`,
			`< ["1","2","lab:x","phx_reply",{"status":"ok","response":{"vsn":"2.0.0","a":{"b":"1","c":""},"l":["x"],"watch":"w"}}]`,
		}},
		"no token": {"vsn=2.0.0", []string{join, joined,
			`> ["1","2","lab:x","auth_token",{}]`,
			`< ["1","2","lab:x","phx_reply",{"status":"ok","response":{"auth_token":null}}]`,
		}},
		"exact has no name": {"vsn=2.0.0&watch=w", []string{
			`> ["1","1","lab:watch:w","phx_join",{}]`,
			`< ["1","1","lab:watch:w","phx_reply",{"status":"ok","response":{}}]`,
			`> ["2","2","exact","phx_join",{}]`,
			`< ["2","2","exact","phx_reply",{"status":"ok","response":{}}]`,
			`> ["2","3","exact","crash",{}]`,
			`< [null,null,"lab:watch:w","left",{"topic":"exact","reason":"crash"}]`,
			`< ["2","2","exact","phx_error",{"reason":"channel_crash"}]`,
		}},
		"a watcher says nothing of itself": {"vsn=2.0.0", []string{
			`> ["1","1","lab:watch","phx_join",{}]`,
			`< ["1","1","lab:watch","phx_reply",{"status":"ok","response":{}}]`,
			`> ["2","2","lab:watcher","phx_join",{}]`,
			`< ["2","2","lab:watcher","phx_reply",{"status":"ok","response":{}}]`,
			`> ["2","3","lab:watcher","phx_leave",{}]`,
			`< ["2","3","lab:watcher","phx_reply",{"status":"ok","response":{}}]`,
			`< ["2","2","lab:watcher","phx_close",{}]`,
		}},
		"a slow join of no time": {"vsn=2.0.0", []string{
			`> ["1","1","lab:slowjoin9","phx_join",{"ms":0}]`,
			`< ["1","1","lab:slowjoin9","phx_reply",{"status":"ok","response":{}}]`,
			`> ["2","2","lab:slowjoin","phx_join",{}]`,
			`< ["2","2","lab:slowjoin","phx_reply",{"status":"error","response":{"reason":"join crashed"}}]`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// A laboratory each: they speak on the same topics.
			if err := talk(t, newLab(t, Options{}), test.query, test.lines...); err != nil {
				t.Error(err)
			}
		})
	}
}

// A refusal has a reason or none; nobody sees which.
func TestRefusals(t *testing.T) {
	url := newLab(t, Options{})
	for query, status := range map[string]string{"deny=1": "403", "deny=2": "403", "crash=1": "500"} {
		err := talk(t, url, "vsn=2.0.0&"+query)
		if f, ok := errors.AsType[*conformance.Failure](err); !ok || !strings.Contains(f.Came, "status "+status) {
			t.Errorf("%s: got %v, want status %s", query, err, status)
		}
	}
	for _, query := range []string{"deny=3", "deny=", "crash=0"} {
		if err := talk(t, url, "vsn=2.0.0&"+query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// guest is a channel that another package brings.
type guest struct{}

func (guest) Join(*phoenix.Socket, protocol.Payload) (any, error) { return "welcome", nil }

func (guest) HandleIn(*phoenix.Socket, string, protocol.Payload) (phoenix.Reply, error) {
	return phoenix.NoReply, nil
}

func TestExtraRoutes(t *testing.T) {
	url := newLab(t, Options{Routes: []phoenix.Route{
		{Pattern: "guest:*", New: func() phoenix.Channel { return guest{} }},
		{Pattern: "lab:*", New: func() phoenix.Channel { return guest{} }}, // too late
	}})
	err := talk(t, url, "vsn=2.0.0", join, joined,
		`> ["2","2","guest:x","phx_join",{}]`, `< ["2","2","guest:x","phx_reply",{"status":"ok","response":"welcome"}]`)
	if err != nil {
		t.Error(err)
	}
}

// Every reason that package phoenix gives has the name that LAB.md has for it.
func TestEnding(t *testing.T) {
	for want, reasons := range map[string][]error{
		"left":           {phoenix.ErrLeft},
		"closed":         {phoenix.ErrClosed},
		"normal":         {phoenix.ErrNormal},
		"shutdown":       {phoenix.ErrShutdown, phoenix.Shutdown("another detail")},
		"custom":         {stopReasons["custom"]},
		"other":          {stopReasons["other"]},
		"crash":          {phoenix.ErrMalformed, &phoenix.CrashError{Err: phoenix.ErrShutdown}},
		"disconnected":   {phoenix.ErrDisconnected},
		"timeout":        {phoenix.ErrTimeout},
		"inactive":       {phoenix.ErrInactive},
		"duplicate_join": {phoenix.ErrDuplicateJoin},
		"slow":           {phoenix.ErrSlow},
		"draining":       {phoenix.ErrDraining},
	} {
		for _, reason := range reasons {
			for _, err := range []error{reason, fmt.Errorf("wrapped: %w", reason)} {
				if got := ending(err); got != want {
					t.Errorf("%v: got %s, want %s", err, got, want)
				}
			}
		}
	}
}
