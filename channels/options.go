package channels

import (
	"fmt"
	"log/slog"
	"time"
)

// The defaults of Options, each with its reason.
const (
	// DefaultMaxContent leaves room, within the 10,000,000 bytes that a message may have by default, for what JSON
	// escapes add to a page of ordinary HTML.
	DefaultMaxContent = 8_000_000

	// DefaultMaxUnderWay is 32 pages of the largest size. In memory they take about twice as much.
	DefaultMaxUnderWay = 256_000_000

	// DefaultAskTimeout is shorter than the 2 s after which a waiting page asks again, so that the next holder has been
	// asked by then.
	DefaultAskTimeout = 1500 * time.Millisecond
)

// Options are the settings of NewSocket. The zero value is a working server.
type Options struct {
	// Ask says how the holder that is to answer a request is chosen. The default is OneDraw.
	Ask AskMode

	// MaxContent bounds a page, in bytes of UTF-8. Larger content is refused, and the holder that sent it is not asked
	// again. 0 is DefaultMaxContent; there is no way to have none.
	//
	// Danger: a message is its content with JSON's escapes around it. If the transport's limit on messages is not well
	// above MaxContent, the connection of a holder with a large page is closed (1009) instead of refused.
	MaxContent int

	// MaxUnderWay bounds the bytes of all pages together that arrive or are being delivered in parts at any one time. Over
	// it, whoever waits for a page waits a little longer. 0 is DefaultMaxUnderWay; less than MaxContent is MaxContent, for
	// one page must have room.
	//
	// Danger: each part is kept as it came and as it goes out, so memory grows by about twice as much.
	MaxUnderWay int

	// AskTimeout is how long one holder has to answer before another one is asked. 0 is DefaultAskTimeout.
	//
	// Danger: a holder on a slow line that sends a large page as a whole needs time for it. Too short, and several holders
	// send it at once. One that sends it in parts has to have begun by then.
	AskTimeout time.Duration

	// MaxTopicLength bounds topics, in bytes, and the refs of their joins; a join beyond it is refused with
	// {"reason":"topic too long"} or {"reason":"ref too long"}. 0 is no bound but that of a message.
	//
	// Danger: without one, a single connection can make the server remember about 100 names of 10 MB each.
	MaxTopicLength int

	// Logger is told how each ask ended and what holders did wrong, at the debug level alone: whoever reads a hash there
	// can have the page. Nil: nothing is logged.
	Logger *slog.Logger

	// Observer is told what is to be counted. Nil: nobody is.
	Observer Observer
}

func (o Options) withDefaults() Options {
	if o.MaxContent <= 0 {
		o.MaxContent = DefaultMaxContent
	}
	if o.MaxUnderWay <= 0 {
		o.MaxUnderWay = DefaultMaxUnderWay
	}
	o.MaxUnderWay = max(o.MaxUnderWay, o.MaxContent)
	if o.AskTimeout <= 0 {
		o.AskTimeout = DefaultAskTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = noObserver{}
	}
	return o
}

// AskMode is a way to choose who is asked for a page. It can be a flag's value (flag.TextVar).
type AskMode int

const (
	// OneDraw asks one holder for each flight, each with the same chance, and another one if that does not answer.
	OneDraw AskMode = iota

	// Lottery is the original's: every request goes to the topic, where each holder passes it on with the chance 1/n, on
	// its own. With many holders nobody is asked in 37 of 100 rounds and several are in 26; a round costs a message to
	// every holder, and requests are not joined into flights.
	Lottery
)

var askModes = [...]string{OneDraw: "one", Lottery: "lottery"}

// String returns "one" or "lottery".
func (m AskMode) String() string {
	if m < 0 || int(m) >= len(askModes) {
		return fmt.Sprintf("AskMode(%d)", int(m))
	}
	return askModes[m]
}

// MarshalText writes what UnmarshalText reads.
func (m AskMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads "one" or "lottery".
func (m *AskMode) UnmarshalText(text []byte) error {
	for mode, name := range askModes {
		if name == string(text) {
			*m = AskMode(mode)
			return nil
		}
	}
	return fmt.Errorf("channels: unknown way to ask %q: it is %q or %q", text, OneDraw, Lottery)
}
