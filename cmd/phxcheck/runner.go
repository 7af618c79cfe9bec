package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

// caseLimit ends a case whose every step comes just in time: none needs a tenth
// of it.
const caseLimit = 2 * time.Minute

// A runner plays cases against a server.
type runner struct {
	base     string
	parallel int
	replay   conformance.Options
}

// run plays the cases, several at once, and reports each when it has ended, from
// the goroutine that called it. When ctx ends, cases that have not ended are not
// reported.
func (r *runner) run(ctx context.Context, cases []*testCase, report func(result)) {
	todo, results := make(chan *testCase), make(chan result)
	var workers sync.WaitGroup
	workers.Go(func() {
		defer close(todo)
		for _, c := range cases {
			select {
			case todo <- c:
			case <-ctx.Done():
				return
			}
		}
	})
	for range r.parallel {
		workers.Go(func() {
			for c := range todo {
				if played := r.play(ctx, c); ctx.Err() == nil {
					results <- played
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(results)
	}()
	for played := range results {
		report(played)
	}
}

// play plays one case.
func (r *runner) play(ctx context.Context, c *testCase) (played result) {
	played = result{testCase: c, outcome: passed}
	start := time.Now()
	defer func() { played.took = time.Since(start) }()
	if c.skip != "" {
		played.outcome, played.reason = skipped, c.skip
		return played
	}
	ctx, cancel := context.WithTimeoutCause(ctx, caseLimit, fmt.Errorf("it had not ended after %v", caseLimit))
	defer cancel()
	options := r.replay
	options.Tolerate = c.tolerate
	err := conformance.Replay(ctx, r.base, c.Transcript, options)
	if err == nil {
		return played
	}
	if r.another(ctx, c) {
		for _, d := range c.differences {
			played.instead = append(played.instead, d.Decision+": "+d.Reason)
		}
		return played
	}
	played.outcome = failed
	if failure, ok := errors.AsType[*conformance.Failure](err); ok {
		played.failure = failure
	} else {
		played.reason = err.Error()
	}
	return played
}

// another reports whether the server does something else that is right, too.
func (r *runner) another(ctx context.Context, c *testCase) bool {
	options := r.replay
	options.Tolerate = c.tolerate
	for _, t := range c.instead {
		if conformance.Replay(ctx, r.base, t, options) != nil {
			return false
		}
	}
	return len(c.instead) > 0
}
