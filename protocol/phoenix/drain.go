package phoenix

import (
	"context"
	"time"
)

// DrainOptions says how connections are closed when the server stops, so that
// their clients do not all come back at once (PROTOCOL.md §4.10).
type DrainOptions struct {
	// BatchSize connections are closed at a time; 0 is 10,000, as in Phoenix.
	BatchSize int
	// BatchInterval is the pause between two batches; 0 is 2 s, negative none.
	BatchInterval time.Duration
}

func (o DrainOptions) withDefaults() DrainOptions {
	if o.BatchSize <= 0 {
		o.BatchSize = 10_000
	}
	if o.BatchInterval == 0 {
		o.BatchInterval = 2 * time.Second
	}
	return o
}

// statusServiceRestart is the close code of a draining server. Unlike 1000 it
// makes every phoenix.js reconnect (DESIGN.md D2).
const statusServiceRestart = 1012

// Shutdown closes every connection with close code 1012, in batches, and waits
// until they and their channels have ended. When the context ends before that,
// all that is left is closed at once, and the context's error returned. Channels
// are told [ErrDraining]. From now on, WebSocket connections are closed as soon
// as they are made, and who wants to open a long-poll session is answered HTTP
// 503; stop the HTTP server afterwards, as Phoenix does.
func (e *Endpoint) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.draining = true
	all := make([]*Session, 0, len(e.sessions))
	for s := range e.sessions {
		all = append(all, s)
	}
	e.mu.Unlock()

	size := e.config.Drain.BatchSize
	rounds := (len(all) + size - 1) / size
	for round := 0; len(all) > 0; round++ {
		batch := all[:min(size, len(all))]
		all = all[len(batch):]
		e.log.Info("draining connections", "count", len(batch), "left", len(all), "round", round+1, "rounds", rounds)
		restart(batch)
		if len(all) > 0 {
			if err := sleep(ctx, e.config.Drain.BatchInterval); err != nil {
				restart(all)
				return err
			}
		}
	}
	return e.awaitEmpty(ctx)
}

func (e *Endpoint) isDraining() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.draining
}

func restart(sessions []*Session) {
	for _, s := range sessions {
		s.close(statusServiceRestart, ErrDraining)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Endpoint) awaitEmpty(ctx context.Context) error {
	e.mu.Lock()
	if len(e.sessions) == 0 {
		e.mu.Unlock()
		return nil
	}
	if e.empty == nil {
		e.empty = make(chan struct{})
	}
	empty := e.empty
	e.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
