package conformance

import "path"

// A Difference is a place where this project's server answers otherwise than the
// reference on purpose.
type Difference struct {
	// Transcripts are the recorded transcripts that it concerns, by name or by
	// pattern (path.Match).
	Transcripts []string
	// Decision is the one of the design that says so (D1 to D16), or "quirk" or
	// "http-server" after the tag of transcripts that need not be followed.
	Decision string
	// Reason says why, and what the server does instead.
	Reason string
	// Tolerate is what is not compared; the rest of the transcript is.
	Tolerate Tolerance
	// Instead names our own transcripts that show what the server does instead.
	// Where there is one, the recorded transcript cannot be satisfied: it is not
	// expected to pass, nor to be skipped, but to fail.
	Instead []string
}

// Differences returns the whole list.
func Differences() []Difference { return differences }

var differences = []Difference{
	{
		Transcripts: []string{"auth-token-bad-base64"},
		Decision:    "D6",
		Reason:      "an auth token that is not base64 is the client's mistake: 403, not 500",
		Instead:     []string{"d6-auth-token-not-base64"},
	},
	{
		Transcripts: []string{
			"lp-malformed", "lp-malformed-terminate", "lp-empty-body", "lp-binary-raw-post", "lp-v1-frame-on-v2",
			"lp-ndjson-charset",
		},
		Decision: "D7",
		Reason:   "a POST that cannot be decoded is answered at once, not when the window is over",
		Tolerate: Tolerance{QuickAnswers: true},
	},
	{
		Transcripts: []string{"lp-ndjson-bad-base64"},
		Decision:    "D7",
		Reason:      "a line that is no message ends the session like any other: 408 and then 410, not HTTP 500",
		Instead:     []string{"d7-ndjson-bad-base64"},
	},
	{
		Transcripts: []string{"lp-ndjson-trailing-newline"},
		Decision:    "D7",
		Reason:      "empty lines are harmless and are passed over",
		Instead:     []string{"d7-ndjson-empty-lines"},
	},
	{
		Transcripts: []string{"lp-ndjson-v1"},
		Decision:    "D7",
		Reason:      "the lines of a V1 session are V1 objects",
		Instead:     []string{"d7-ndjson-v1"},
	},
	{
		Transcripts: []string{"lp-ndjson-over-100"},
		Decision:    "D9",
		Reason:      "every line of a POST is taken: clients that do not split their batches would lose the rest",
		Instead:     []string{"d9-ndjson-150-lines"},
	},
	{
		Transcripts: []string{
			"v1-type-topic-null", "v2-type-topic-null", "v2-type-topic-boolean-float", "v2-type-topic-array-of-strings",
		},
		Decision: "D13",
		Reason:   "a topic that is no string is a malformed message: 1011",
		Instead:  []string{"d13-topic-no-string-v1", "d13-topic-no-string-v2"},
	},
	{
		Transcripts: []string{"v2-type-event-integer", "v2-type-event-null-object"},
		Decision:    "D13",
		Reason:      "an event that is no string is a malformed message: 1011",
		Instead:     []string{"d13-event-no-string-v1", "d13-event-no-string-v2"},
	},
	{
		Transcripts: []string{"*"},
		Decision:    "D14",
		Reason:      "the answer to a client's close and the reason text of any close are the WebSocket library's",
		Tolerate:    Tolerance{CloseAnswers: true, CloseReasons: true},
	},
	{
		Transcripts: []string{"v2-unmasked-frame"},
		Decision:    "D14",
		Reason:      "how the connection ends after an unmasked frame is the WebSocket library's",
		Tolerate:    Tolerance{NoCloseFrame: true},
	},
	{
		Transcripts: []string{"tight-fragments-over-frame-limit"},
		Decision:    "D15",
		Reason:      "the one size limit holds for a message, in however many frames it comes",
		Instead:     []string{"d15-message-limit", "d15-message-limit-fragments"},
	},
	{
		Transcripts: []string{"v1-malformed-huge-exponent", "v2-malformed-huge-exponent"},
		Decision:    "D16",
		Reason:      "numbers are passed on as they were written, also those beyond the range of a double",
		Instead:     []string{"d16-huge-exponent-v1", "d16-huge-exponent-v2"},
	},
	{
		Transcripts: []string{"v1-echo-duplicate-keys", "v2-echo-duplicate-keys"},
		Decision:    "quirk",
		Reason:      "a payload is passed on as it was written, not taken apart and put together again; of two equal keys a JavaScript client counts the last",
		Instead:     []string{"quirk-duplicate-keys-v1", "quirk-duplicate-keys-v2"},
	},
	{
		Transcripts: []string{"v2-eph-content-not-a-string"},
		Decision:    "quirk",
		Reason:      "an array of byte values is no content: that the reference hashes it is a trait of Erlang's iodata, and no client can show it",
		Instead:     []string{"quirk-content-not-a-string"},
	},
	{
		Transcripts: []string{"v2-empty-fragment"},
		Decision:    "http-server",
		Reason:      "the WebSocket library takes fragments without a byte, as RFC 6455 allows them, and does not tell of them",
		Instead:     []string{"http-server-empty-fragment"},
	},
}

// concerns reports whether the difference is about a transcript.
func (d Difference) concerns(name string) bool {
	for _, pattern := range d.Transcripts {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// Allowance is what a transcript's differences come to.
type Allowance struct {
	// Tolerate is what is not to be compared.
	Tolerate Tolerance
	// Replaced: the server does something else instead, so the replay must
	// fail.
	Replaced bool
	// Differences are those that concern the transcript.
	Differences []Difference
}

// AllowanceFor returns what this project's server is allowed in a recorded
// transcript.
func AllowanceFor(name string) Allowance {
	var a Allowance
	for _, d := range differences {
		if d.concerns(name) {
			a.Tolerate = a.Tolerate.or(d.Tolerate)
			a.Replaced = a.Replaced || len(d.Instead) > 0
			a.Differences = append(a.Differences, d)
		}
	}
	return a
}
