package phoenix_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// logged runs a whole visit and returns what was logged, line by line.
func logged(t *testing.T, policy phoenix.LogPolicy, level slog.Level) (lines []map[string]any) {
	t.Helper()
	log := new(logbook)
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: level}))
	u := &phoenix.UserSocket{
		Connect: func(_ *phoenix.Connection, p phoenix.Params, _ phoenix.ConnectInfo) error {
			if p.Has("refuse") {
				return errors.New("not today")
			}
			return nil
		},
		Channels: []phoenix.Route{{Pattern: "*", New: new(guestbook).room}},
	}
	inWorldOf(t, u, phoenix.Config{Logger: logger, Log: policy}, func(w *world) {
		w.endpoint.Mount("/socket", u, phoenix.MountOptions{})
		answer(w.endpoint, "GET", "/socket/websocket?vsn=2.0.0&user[password]=secret1&name=x")
		answer(w.endpoint, "GET", "/socket/websocket?vsn=2.0.0&refuse")
		c := w.dial(protocol.V2)
		c.says(message("1", "1", "t", "phx_join", `{"api_token":"secret2","a":[{"password_again":"secret3","b":1}],"Password":"shown"}`),
			message("2", "2", "t:deny", "phx_join", "{}"),
			message("3", "3", "phoenix:live", "phx_join", "{}"),
			message("1", "4", "t", "noreply", `{"link":"http://x/?token=secret4","word":"token","n":1}`),
			message("3", "5", "phoenix:live", "noreply", "{}"))
		c.take()
	})
	for line := range strings.SplitSeq(strings.TrimSpace(log.take()), "\n") {
		if line == "" {
			continue
		}
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		lines = append(lines, v)
	}
	return lines
}

// PROTOCOL.md §9.3 and §11.69.
func TestLogLines(t *testing.T) {
	lines := logged(t, phoenix.LogPolicy{}, slog.LevelDebug)
	want := []map[string]any{
		{"level": "INFO", "msg": "connected", "transport": "websocket", "parameters": map[string]any{"vsn": "2.0.0", "name": "x", "user": map[string]any{"password": "[FILTERED]"}}},
		{"level": "INFO", "msg": "refused connection", "transport": "websocket", "reason": "not today", "parameters": map[string]any{"vsn": "2.0.0", "refuse": ""}},
		{"level": "INFO", "msg": "joined", "topic": "t", "parameters": map[string]any{
			"api_token": "[FILTERED]", "a": []any{map[string]any{"password_again": "[FILTERED]", "b": 1.0}}, "Password": "shown"}},
		{"level": "INFO", "msg": "refused join", "topic": "t:deny", "parameters": map[string]any{}},
		{"level": "DEBUG", "msg": "handled", "topic": "t", "event": "noreply", "parameters": map[string]any{"link": "[FILTERED]", "word": "token", "n": 1.0}},
	}
	if len(lines) != len(want) {
		t.Fatalf("logged %d lines, want %d: %v", len(lines), len(want), lines)
	}
	for i, line := range lines {
		if _, ok := line["in"].(float64); !ok {
			t.Errorf("line %d does not say how long it took: %v", i, line)
		}
		delete(line, "in")
		delete(line, "time")
		if !reflect.DeepEqual(line, want[i]) {
			t.Errorf("line %d is\n\t%v, want\n\t%v", i, line, want[i])
		}
	}
}

func TestLogPolicy(t *testing.T) {
	off := phoenix.LogPolicy{Connect: phoenix.NoLog, Join: phoenix.NoLog, HandleIn: phoenix.NoLog}
	if lines := logged(t, off, slog.LevelDebug-100); len(lines) != 0 {
		t.Errorf("logged although switched off: %v", lines)
	}
	if lines := logged(t, phoenix.LogPolicy{}, slog.LevelWarn); len(lines) != 0 {
		t.Errorf("logged although below the logger's level: %v", lines)
	}
	levels := phoenix.LogPolicy{Connect: slog.LevelDebug, Join: slog.LevelWarn, HandleIn: slog.LevelError}
	var got []string
	for _, line := range logged(t, levels, slog.LevelDebug) {
		got = append(got, line["level"].(string))
	}
	if want := "DEBUG DEBUG WARN WARN ERROR"; strings.Join(got, " ") != want {
		t.Errorf("levels %v, want %s", got, want)
	}
	for _, line := range logged(t, phoenix.LogPolicy{Filter: []string{"name"}}, slog.LevelInfo)[:1] {
		p := line["parameters"].(map[string]any)
		if p["name"] != "[FILTERED]" || p["user"].(map[string]any)["password"] != "secret1" {
			t.Errorf("logged %v", p)
		}
	}
}

// A payload that is large, or no JSON, is logged by its size.
func TestLogOfLargePayloads(t *testing.T) {
	inWorld(t, new(guestbook).room, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(message("1", "1", "t", "phx_join", `"`+strings.Repeat("x", 100_000)+`"`))
		if err := c.message([]byte("\x00\x01\x01\x01\x0712tnoreply\xff\xfe\xfd"), true); err != nil {
			w.Fatalf("%v", err)
		}
		c.take()
		logs := w.logs()
		if !strings.Contains(logs, "parameters=100002") || !strings.Contains(logs, "parameters=3") || len(logs) > 1000 {
			t.Errorf("logged %d bytes: %.1000s", len(logs), logs)
		}
	})
}

// A client must not be able to fill the log with its words.
func TestLogOfLongTopics(t *testing.T) {
	long := strings.Repeat("é", 500_000)
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "r*", New: new(guestbook).room}}, MaxChannels: 1}
	inWorldOf(t, u, phoenix.Config{}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", long), join("2", "r"+long), join("3", "r"+long), join("4", "r"), message("3", "5", "r"+long, "noreply "+long, "{}"),
			join("6", "r:crash"), join("7", "r"+long+":crash"))
		c.take()
		w.endpoint.Mount("/socket", u, phoenix.MountOptions{})
		answer(w.endpoint, "GET", "/socket/websocket?"+strings.Repeat("x", 900_000))
		if logs := w.logs(); len(logs) > 20_000 || !strings.Contains(logs, "éé") {
			t.Errorf("logged %d bytes", len(logs))
		}
	})
}

// LogPolicy.Topic stands for topics in every line, also in those that no level
// switches off.
func TestLogOfSecretTopics(t *testing.T) {
	u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "r*", New: new(guestbook).room}}, MaxChannels: 1}
	policy := phoenix.LogPolicy{HandleIn: slog.LevelInfo, Topic: func(string) string { return "(secret)" }}
	inWorldOf(t, u, phoenix.Config{Log: policy}, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "r:hush"), join("2", "r:hush"), join("3", "r:hush:too"), join("4", "hush"),
			message("2", "5", "r:hush", "noreply", "{}"), message("2", "6", "r:hush", "no such event", "{}"))
		c.take()
		if logs := w.logs(); strings.Contains(logs, "hush") || strings.Count(logs, "(secret)") < 5 {
			t.Errorf("logged %s", logs)
		}
	})
}
