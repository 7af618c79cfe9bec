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
			name:     "fanout",
			about:    "one client broadcasts to all others, paced and in a burst: CPU for each delivery, latency",
			defaults: settings{clients: 5_000, messages: 20, size: 100, topic: "lab:fanout", timeout: 2 * time.Minute},
			run:      fanout,
		},
	}
}
