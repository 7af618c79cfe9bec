package channels

import "time"

// An Observer is told what the relay does, for metrics. Its methods are called from many goroutines at once, some while
// a page's lock is held: they must be quick and must not call back.
type Observer interface {
	// Member: a channel of this kind was joined (+1) or ended (-1).
	Member(kind Kind, delta int)

	// Asked: the ask of one holder ended like this, so long after it was sent. The lottery, which does not know whom it
	// asked, has none.
	Asked(outcome Outcome, took time.Duration)

	// Delivered: verified content of so many bytes of UTF-8 was queued for so many visitors, perhaps none. For one that
	// is sent parts this is called when the last of them is queued.
	Delivered(visitors, bytes int)

	// Waited: one visitor has been served, so long after its join.
	Waited(d time.Duration)

	// UnderWay: so many bytes of content more, or less, arrive or are being delivered in parts; what
	// Options.MaxUnderWay bounds.
	UnderWay(delta int)
}

// Kind is one of the three kinds of channels.
type Kind string

// The kinds, in the order of their routes.
const (
	KindHave Kind = "have"
	KindWant Kind = "want"
	KindAll  Kind = "all"
)

// Outcome is how the ask of one holder ended.
type Outcome string

// The outcomes.
const (
	// Answered: the holder sent the content, and it is the right one.
	Answered Outcome = "answered"
	// Overtaken: another holder's answer came first.
	Overtaken Outcome = "overtaken"
	// TimedOut: the holder did not begin to answer in Options.AskTimeout, or stopped in the midst of it.
	TimedOut Outcome = "timed_out"
	// Gone: the holder left before it answered.
	Gone Outcome = "gone"
	// Wrong: the holder sent content that does not have the hash.
	Wrong Outcome = "wrong"
	// TooLarge: the holder sent content beyond Options.MaxContent.
	TooLarge Outcome = "too_large"
	// Broken: the holder sent parts that do not follow each other.
	Broken Outcome = "broken"
	// PutOff: there is no room for what the holder began to send.
	PutOff Outcome = "put_off"
	// Dropped: nobody waits for the content any more.
	Dropped Outcome = "dropped"
)

type noObserver struct{}

func (noObserver) Member(Kind, int)             {}
func (noObserver) Asked(Outcome, time.Duration) {}
func (noObserver) Delivered(int, int)           {}
func (noObserver) Waited(time.Duration)         {}
func (noObserver) UnderWay(int)                 {}
