package conformance

import (
	"fmt"
	"strings"
)

// A Failure is the error of a server that does not do what a transcript says.
type Failure struct {
	// Transcript is the transcript's name.
	Transcript string
	// UID is what ${uid} was in this run.
	UID string
	// Step is the number of the step, from 1; 0 stands for the silence that is
	// expected at the end.
	Step int
	// Do and Conn are the step's kind and connection, Note its note.
	Do, Conn, Note string
	// Sent is what was sent last on that connection, "" for nothing.
	Sent string
	// Expected is what the step wants, Came what the server sent in that step.
	Expected, Came string
	// Problem says where they differ.
	Problem string
}

func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", f.Transcript, f.Where(), f.Problem)
	for _, line := range []struct{ label, text string }{
		{"sent", f.Sent},
		{"expected", f.Expected},
		{"came", f.Came},
		{"${uid}", f.UID},
	} {
		if line.text != "" {
			fmt.Fprintf(&b, "\n  %-9s %s", line.label+":", line.text)
		}
	}
	return b.String()
}

// Where says in a few words at which step it failed.
func (f *Failure) Where() string {
	var b strings.Builder
	if f.Step == 0 {
		b.WriteString("at the end")
	} else {
		fmt.Fprintf(&b, "step %d, %s", f.Step, f.Do)
	}
	if f.Conn != "" {
		fmt.Fprintf(&b, " on %s", f.Conn)
	}
	if f.Note != "" {
		fmt.Fprintf(&b, " (%s)", f.Note)
	}
	return b.String()
}

// A mismatch is what a step finds; the replay makes a [Failure] of it.
type mismatch struct{ problem, expected, came string }

func (m *mismatch) Error() string { return m.problem }
