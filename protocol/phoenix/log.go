package phoenix

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// LogPolicy says how the events are logged that every working server has. What
// goes wrong is logged regardless. Topics that begin with "phoenix" are not
// logged.
type LogPolicy struct {
	// Connect, Join and HandleIn are the levels of the three events; nil is
	// Phoenix's: info, info and debug. [NoLog] switches one off.
	Connect, Join, HandleIn slog.Leveler
	// Filter names the parameters whose values are not logged: those whose key
	// contains one of these strings. Nil is Phoenix's: "password", "token".
	Filter []string
}

// NoLog is a level for [LogPolicy] at which nothing is logged.
const NoLog = slog.Level(-1 << 30)

func (p LogPolicy) withDefaults() LogPolicy {
	if p.Connect == nil {
		p.Connect = slog.LevelInfo
	}
	if p.Join == nil {
		p.Join = slog.LevelInfo
	}
	if p.HandleIn == nil {
		p.HandleIn = slog.LevelDebug
	}
	if p.Filter == nil {
		p.Filter = []string{"password", "token"}
	}
	return p
}

const filtered = "[FILTERED]"

// redact returns a copy of parameters with the values of filtered keys left
// out.
func (p LogPolicy) redact(v any) any {
	switch v := v.(type) {
	case Params:
		return p.redactMap(v)
	case map[string]any:
		return p.redactMap(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = p.redact(v[i])
		}
		return list
	}
	return v
}

func (p LogPolicy) redactMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for key, v := range m {
		if p.hides(key) {
			out[key] = filtered
		} else {
			out[key] = p.redact(v)
		}
	}
	return out
}

func (p LogPolicy) hides(key string) bool {
	for _, f := range p.Filter {
		if strings.Contains(key, f) {
			return true
		}
	}
	return false
}

// maxLoggedParams bounds the payload, in bytes, that is taken apart for a log
// line.
const maxLoggedParams = 4096

// parameters returns a client's payload as it may be logged.
func (p LogPolicy) parameters(payload protocol.Payload) any {
	if payload.IsBinary() || len(payload.Bytes()) > maxLoggedParams {
		return slog.IntValue(len(payload.Bytes()))
	}
	var v any
	if payload.Decode(&v) != nil {
		return nil
	}
	return p.redact(v)
}

func (e *Endpoint) logs(level slog.Leveler, topic string) bool {
	return level.Level() != NoLog && !strings.HasPrefix(topic, "phoenix") &&
		e.log.Enabled(context.Background(), level.Level())
}

func (e *Endpoint) logConnect(transport string, params Params, start time.Time, err error) {
	level := e.config.Log.Connect
	if !e.logs(level, "") {
		return
	}
	attrs := []slog.Attr{
		slog.String("transport", transport),
		slog.Any("parameters", e.config.Log.redact(params)),
		slog.Duration("in", time.Since(start)),
	}
	text := "connected"
	if err != nil {
		text = "refused connection"
		attrs = append(attrs, slog.Any("reason", err))
	}
	e.log.LogAttrs(context.Background(), level.Level(), text, attrs...)
}

func (e *Endpoint) logJoin(m protocol.Message, in time.Duration, err error) {
	if _, refused := rejected(err); err != nil && !refused {
		e.logCrash(m.Topic, crash(err))
		return
	}
	level := e.config.Log.Join
	if !e.logs(level, m.Topic) {
		return
	}
	text := "joined"
	if err != nil {
		text = "refused join"
	}
	e.log.LogAttrs(context.Background(), level.Level(), text,
		slog.String("topic", m.Topic),
		slog.Any("parameters", e.config.Log.parameters(m.Payload)),
		slog.Duration("in", in))
}

func (e *Endpoint) logHandled(topic, event string, p protocol.Payload, start time.Time) {
	e.log.LogAttrs(context.Background(), e.config.Log.HandleIn.Level(), "handled",
		slog.String("topic", topic),
		slog.String("event", event),
		slog.Any("parameters", e.config.Log.parameters(p)),
		slog.Duration("in", time.Since(start)))
}

func (e *Endpoint) logCrash(topic string, reason error) {
	attrs := []slog.Attr{slog.String("topic", topic), slog.Any("reason", reason)}
	var c *CrashError
	if errors.As(reason, &c) && c.Stack != nil {
		attrs = append(attrs, slog.String("stack", string(c.Stack)))
	}
	e.log.LogAttrs(context.Background(), slog.LevelError, "a channel ended with an error", attrs...)
}
