package main

import (
	"context"
	"time"
)

// scenario is one kind of work that a server is measured at.
type scenario struct {
	name     string
	about    string // for the help
	defaults settings
	run      func(ctx context.Context, b *bench) error
}

// spoken is how holders and visitors speak, "" where there are none.
func (s scenario) spoken(o settings) dialect {
	if s.defaults.speak == "" {
		return ""
	}
	return o.speak
}

// scenarios lists them all.
func scenarios() []scenario {
	return []scenario{
		{
			name:     "idle",
			about:    "connections that have joined a topic each and say nothing: memory, goroutines",
			defaults: settings{clients: 10_000, topic: "lab:idle", settle: 3 * time.Second, timeout: 2 * time.Minute},
			run:      idle,
		},
		{
			name:     "connect",
			about:    "connect and join, some at once: CPU, latency",
			defaults: settings{clients: 5_000, topic: "lab:connect", timeout: 2 * time.Minute},
			run:      connect,
		},
		{
			name:     "echo",
			about:    "every client sends messages, each after the answer to the one before: CPU, latency",
			defaults: settings{clients: 50, messages: 1_000, size: 100, topic: "lab:echo", timeout: 2 * time.Minute},
			run:      echo,
		},
		{
			name:     "fanout",
			about:    "one client broadcasts to all others, paced and in a burst: CPU for each delivery, latency",
			defaults: settings{clients: 5_000, messages: 20, size: 100, topic: "lab:fanout", timeout: 2 * time.Minute},
			run:      fanout,
		},
		{
			name:     "page",
			about:    "pages from one holder to all clients, who wait for them: CPU for each, memory, latency",
			defaults: settings{clients: 2_000, messages: 5, size: 100_000, speak: original, settle: time.Second, timeout: 2 * time.Minute},
			run:      page,
		},
		{
			name:     "storm",
			about:    "all clients join one page at once: CPU, and how often each is told how many they are",
			defaults: settings{clients: 2_000, settle: 1500 * time.Millisecond, timeout: 2 * time.Minute},
			run:      storm,
		},
		{
			name:     "churn",
			about:    "connect, join, leave, disconnect, so many clients at once: CPU, latency, what is left",
			defaults: settings{clients: 8, messages: 500, topic: "lab:churn", settle: time.Second, timeout: 2 * time.Minute},
			run:      churn,
		},
		{
			name:     "longpoll",
			about:    "the same as echo for clients without WebSocket, and what opening their sessions costs",
			defaults: settings{clients: 50, messages: 200, size: 100, topic: "lab:longpoll", timeout: 2 * time.Minute},
			run:      longpoll,
		},
		{
			name:     "open",
			about:    "visitors who open a page that somebody has, one at a time: how long each waits",
			defaults: settings{clients: 200, holders: 1, size: 1_000_000, speak: ours, timeout: 2 * time.Minute},
			run:      open,
		},
		{
			name:     "frozen",
			about:    "visitors, each of a page of which half the holders answer nothing: how long each waits",
			defaults: settings{clients: 20, holders: 2, frozen: 1, size: 100_000, speak: ours, timeout: 2 * time.Minute},
			run:      frozen,
		},
		{
			name:  "killer",
			about: "a large page for all clients at once and then for a visitor each moment; all stay: memory",
			defaults: settings{
				clients: 750, holders: 11, size: 8_000_000, every: 200 * time.Millisecond, duration: time.Minute,
				slow: 4, pace: 2_000_000, speak: ours, settle: time.Second, timeout: 5 * time.Minute,
			},
			run: killer,
		},
	}
}
