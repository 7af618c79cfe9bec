package main

import (
	"io"
	"time"
)

// A plan is what is going to be run.
type plan struct {
	server   string
	suite    string // "laboratory" or "basic"
	strict   bool
	parallel int
	cases    []*testCase
	started  time.Time
}

// A report is one of the output formats. Its methods are called in this order:
// begin, result for each case that has ended, end.
type report interface {
	begin(plan)
	result(result)
	// end writes what is left, and returns the first error of all writes.
	end(*summary) error
}

var formats = map[string]func(io.Writer, *options) report{
	"text":  func(w io.Writer, o *options) report { return &textReport{w: writer{w: w}, quiet: o.quiet} },
	"tap":   func(w io.Writer, _ *options) report { return &tapReport{w: writer{w: w}} },
	"junit": func(w io.Writer, _ *options) report { return &junitReport{w: w} },
	"json":  func(w io.Writer, _ *options) report { return &jsonReport{w: w} },
}

func (o *options) newReport(w io.Writer) report { return formats[o.format](w, o) }

// A writer remembers the first error.
type writer struct {
	w   io.Writer
	err error
}

// Write writes, unless a write has failed before.
func (w *writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	var n int
	n, w.err = w.w.Write(p)
	return n, w.err
}

// milliseconds shows a duration as people want to read it in a list.
func milliseconds(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }
