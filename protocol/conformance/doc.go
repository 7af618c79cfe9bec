// Package conformance checks a server of the Phoenix Channels protocol against
// recorded exchanges between scripted clients and a real Phoenix 1.8.12.
//
// A [Transcript] is one such exchange. [Recorded] returns those that come with
// the package, [Own] those that this project adds for what it decided to do
// otherwise than the reference, and [Replay] plays one against a server that
// serves the laboratory (package lab): it opens the connections, sends what the
// client sent, and compares what comes back. The transcripts say nothing of how
// a server is built, so any server with that laboratory can be replayed
// against, over the network, wherever it runs.
//
//	for _, t := range conformance.Recorded() {
//		if err := conformance.Replay(ctx, "http://127.0.0.1:4100", t, conformance.Options{}); err != nil {
//			fmt.Println(err)
//		}
//	}
//
// [Basic] returns transcripts that need no laboratory, for any server of the
// protocol. The command phxcheck is all of this for people.
//
// LAB.md says what the laboratory is, with its code for a Phoenix application,
// FORMAT.md how transcripts are written. [Checklist] is the protocol's checklist,
// and what tests each of its lines.
//
// [Differences] is the one place that says where this project's server answers
// otherwise on purpose, and why.
//
// The package brings its own WebSocket and HTTP clients: transcripts send frames
// and requests that are wrong in ways that no library would let through.
package conformance
