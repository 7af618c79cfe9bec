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
	// contains one of these strings, or whose value contains one followed by =,
	// as the query of an address does. Case counts. Nil is Phoenix's:
	// "password", "token".
	Filter []string
	// Topic, if not nil, returns what is logged in place of a topic, for servers
	// whose topics are secrets.
	Topic func(topic string) string
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
		if p.hides(key, v) {
			out[key] = filtered
		} else {
			out[key] = p.redact(v)
		}
	}
	return out
}

func (p LogPolicy) hides(key string, v any) bool {
	text, _ := v.(string)
	for _, f := range p.Filter {
		if strings.Contains(key, f) || strings.Contains(text, f+"=") {
			return true
		}
	}
	return false
}

// What a client can make the server write into its log, in bytes: of a payload
// or a query, more than which is logged as its size, and of a topic or an event,
// which are cut.
const (
	maxLoggedParams = 4096
	maxLoggedName   = 256
)

// loggable returns a topic or an event as it may be logged.
func loggable(name string) string {
	if len(name) <= maxLoggedName {
		return name
	}
	return strings.ToValidUTF8(name[:maxLoggedName], "") + "…"
}

// topic returns a topic as it may be logged.
func (e *Endpoint) topic(topic string) string {
	if e.config.Log.Topic != nil {
		topic = e.config.Log.Topic(topic)
	}
	return loggable(topic)
}

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

// query returns the parameters of a request as they may be logged.
func (p LogPolicy) query(r request) any {
	if n := len(r.URL.RawQuery); n > maxLoggedParams {
		return n
	}
	return p.redact(r.params)
}

func (e *Endpoint) logs(level slog.Leveler, topic string) bool {
	return level.Level() != NoLog && !strings.HasPrefix(topic, "phoenix") &&
		e.log.Enabled(context.Background(), level.Level())
}

func (e *Endpoint) logConnect(transport string, r request, start time.Time, err error) {
	level := e.config.Log.Connect
	if !e.logs(level, "") {
		return
	}
	attrs := []slog.Attr{
		slog.String("transport", transport),
		slog.Any("parameters", e.config.Log.query(r)),
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
		slog.String("topic", e.topic(m.Topic)),
		slog.Any("parameters", e.config.Log.parameters(m.Payload)),
		slog.Duration("in", in))
}

func (e *Endpoint) logHandled(topic, event string, p protocol.Payload, start time.Time) {
	e.log.LogAttrs(context.Background(), e.config.Log.HandleIn.Level(), "handled",
		slog.String("topic", e.topic(topic)),
		slog.String("event", loggable(event)),
		slog.Any("parameters", e.config.Log.parameters(p)),
		slog.Duration("in", time.Since(start)))
}

func (e *Endpoint) logCrash(topic string, reason error) {
	attrs := []slog.Attr{slog.String("topic", e.topic(topic)), slog.Any("reason", reason)}
	var c *CrashError
	if errors.As(reason, &c) && c.Stack != nil {
		attrs = append(attrs, slog.String("stack", string(c.Stack)))
	}
	e.log.LogAttrs(context.Background(), slog.LevelError, "a channel ended with an error", attrs...)
}
