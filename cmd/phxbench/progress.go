package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// progress shows on a terminal how far a run is. A nil one shows nothing.
type progress struct {
	w     io.Writer
	what  string
	total int
	done  atomic.Int64
	stop  chan struct{}
	ended sync.WaitGroup
}

// newProgress returns nil if nobody is looking.
func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return &progress{w: w}
}

const progressInterval = 200 * time.Millisecond

// begin starts a line.
func (p *progress) begin(what string, total int) {
	if p == nil {
		return
	}
	p.end()
	p.what, p.total, p.stop = what, total, make(chan struct{})
	p.done.Store(0)
	stop := p.stop
	p.ended.Go(func() {
		tick := time.NewTicker(progressInterval)
		defer tick.Stop()
		for {
			fmt.Fprintf(p.w, "\r\x1b[K%s %d/%d", p.what, p.done.Load(), p.total)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
}

func (p *progress) step() {
	if p != nil {
		p.done.Add(1)
	}
}

// end takes the line away.
func (p *progress) end() {
	if p == nil || p.stop == nil {
		return
	}
	close(p.stop)
	p.ended.Wait()
	p.stop = nil
	fmt.Fprint(p.w, "\r\x1b[K")
}
