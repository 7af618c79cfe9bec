// Command phxcheck checks a server of the Phoenix Channels protocol: it plays
// the transcripts of package conformance against it and reports what came out.
//
//	phxcheck http://localhost:4100
//
// plays everything that was recorded from the reference server, against any
// server that mounts the laboratory (protocol/conformance/LAB.md), and
//
//	phxcheck --basic ws://localhost:4000/socket
//
// what needs no laboratory, against any mount of any server. `phxcheck --help`
// lists the flags.
//
// # Verdicts
//
// A case passes when the server does what the transcript says. Where this
// project decided to do otherwise than the reference (conformance.Differences),
// a server may do either, and the report says which cases passed the other way;
// with --strict only the reference's way passes.
//
// The exit code is 0 when nothing failed, 1 when something did or the run was
// broken off, and 2 when nothing was checked: the command line is wrong, or
// there is no such server.
//
// # Reports
//
// --format text, for people, and tap (TAP version 14) are written as the cases
// end, in that order; junit and json when all have ended. The JSON is one object:
//
//	{
//	  "phxcheck": 1,                  the version of this format
//	  "server": "http://…",           the address as it was given
//	  "suite": "laboratory",          or "basic"
//	  "strict": false,
//	  "started": "2026-01-02T15:04:05Z",
//	  "seconds": 12.345,
//	  "interrupted": false,           true: cases that had not ended are missing
//	  "total": 3, "passed": 1, "failed": 1, "skipped": 1,
//	  "groups": [{"name": "join", "passed": 1, "failed": 1, "skipped": 0}, …],
//	  "cases": [{
//	    "name": "v2-join-ok", "group": "join",
//	    "tags": ["quirk"],            may be missing, as all below but "result"
//	    "description": "…",
//	    "protocol": "§4.4",           sections of PROTOCOL.md
//	    "checklist": [23, 24],        lines of checklist.md
//	    "result": "passed",           or "failed", "skipped"
//	    "seconds": 0.012,
//	    "instead": ["D6: …"],         passed in another way than the reference's
//	    "reason": "…",                why it was skipped, or failed without a failure
//	    "failure": {                  what the server did wrong
//	      "step": 3,                  from 1; 0 is the silence at the end
//	      "do": "expect", "conn": "a", "note": "…",
//	      "sent": "…", "expected": "…", "came": "…",
//	      "problem": "…",
//	      "uid": "0badcafe"           what ${uid} was in that run
//	    }
//	  }, …]
//	}
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // a case failed, or not all of them were run
	exitUsage  = 2 // nothing was checked
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	if err != nil {
		fmt.Fprintf(stderr, "phxcheck: %v (phxcheck --help lists the flags)\n", err)
		return exitUsage
	}
	cases, err := o.cases()
	if err != nil {
		fmt.Fprintf(stderr, "phxcheck: %v\n", err)
		return exitUsage
	}
	if o.list {
		list(stdout, cases)
		return exitOK
	}
	mounted, err := o.probe(ctx)
	if err != nil {
		fmt.Fprintf(stderr, "phxcheck: %v\n", err)
		return exitUsage
	}
	o.skipUnmounted(cases, mounted)
	return check(ctx, o, cases, stdout, stderr)
}

// check runs the cases and reports them.
func check(ctx context.Context, o options, cases []*testCase, stdout, stderr io.Writer) int {
	report := o.newReport(stdout)
	sum := newSummary(time.Now())
	report.begin(plan{server: o.url, suite: o.suite(), strict: o.strict, parallel: o.parallel, cases: cases, started: sum.started})
	o.runner().run(ctx, cases, func(r result) {
		sum.add(r)
		report.result(r)
	})
	sum.finish(time.Now(), len(cases))
	if err := report.end(sum); err != nil {
		fmt.Fprintf(stderr, "phxcheck: failed to write the report: %v\n", err)
		return exitFailed
	}
	if sum.failed > 0 || sum.interrupted {
		return exitFailed
	}
	return exitOK
}
