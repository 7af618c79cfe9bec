package channels

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// The topics' prefixes, and the events. What the original does not know is sent only to clients that opted in.
const (
	topicHave = "have:"
	topicWant = "want:"
	topicAll  = "all"

	eventRequest = "content_request"
	eventContent = "content"
	eventCount   = "visitors_count"

	eventState    = "state"
	eventServed   = "served"
	eventRefused  = "refused"
	eventPart     = "part"
	eventGot      = "got"
	eventEnough   = "enough"
	eventProgress = "progress"

	reasonTooLarge = "content too large"
)

// extension is the version of what clients can opt into.
const extension = 1

// optIn is what a client's join payload may ask for, on all topics alike.
type optIn struct {
	Ephemeral int            `json:"ephemeral"` // from 1 on: yes
	Binary    bool           `json:"binary"`
	TabToken  jsontext.Value `json:"tab_token"`

	token string // TabToken's; "": there is none
}

// errBadToken refuses the join of a client that opted in with a token that is none. The payload is not shown.
var errBadToken = phoenix.Reject(map[string]string{"reason": "tab_token is not 16 to 64 of A-Z, a-z, 0-9, - and _"})

// parseOptIn reads a join payload. Whatever it does not understand is the payload of a client that knows nothing of us,
// but for a bad token: whoever sends one knows, and would be counted twice without being told.
func parseOptIn(p protocol.Payload) (o optIn, err error) {
	if !p.IsObject() || len(p.Bytes()) == len("{}") { // as of the original's clients: they need no parser
		return optIn{}, nil
	}
	if p.Decode(&o) != nil || o.Ephemeral < 1 {
		return optIn{}, nil
	}
	if o.TabToken == nil {
		return o, nil
	}
	token, err := jsontext.AppendUnquote(nil, o.TabToken)
	if err != nil || !isToken(token) {
		return optIn{}, errBadToken
	}
	o.TabToken, o.token = nil, string(token)
	return o, nil
}

func isToken(b []byte) bool {
	const least, most = 16, 64
	for _, c := range b {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return least <= len(b) && len(b) <= most
}

func (o optIn) given() bool { return o.Ephemeral > 0 }

// speaksParts reports whether long content goes in parts, to and from the client of a channel.
func (r *relay) speaksParts(s *phoenix.Socket, o optIn) bool {
	return o.Binary && int64(r.options.MaxContent) <= maxParted && s.TakesBytes()
}

// state is how a page stands.
type state struct {
	Holders  int `json:"holders"`            // how many can be asked
	Waiting  int `json:"waiting"`            // how many wait for the content, or receive it
	TooLarge int `json:"too_large,omitzero"` // how many more have sent content over the limit
	Age      int `json:"age"`                // s
	Peak     int `json:"peak"`
	Passed   int `json:"passed"`
}

func (p *page) state() state {
	return state{
		Holders:  p.holders.useful(),
		Waiting:  p.visitors.len() + p.receivers.len(),
		TooLarge: len(p.holders.barred.list),
		Age:      p.life.age(),
		Peak:     p.life.peak,
		Passed:   p.life.passed,
	}
}

// news is what must be told when it changes: everything but the time.
func (s state) news() state {
	s.Age = 0
	return s
}

// greeting is the response to a join of all that opted in.
type greeting struct {
	Ephemeral  int `json:"ephemeral"`
	MaxContent int `json:"max_content"` // bytes of UTF-8
}

func (r *relay) greeting() greeting { return greeting{extension, r.options.MaxContent} }

// welcome is the response to a join of have: or want: that opted in.
type welcome struct {
	greeting
	state
	Part int `json:"part,omitzero"` // bytes; absent: content goes as a whole
}

func (r *relay) welcome(s state, parts bool) welcome {
	return welcome{greeting: r.greeting(), state: s, Part: partSize * btoi(parts)}
}

// progress tells those who wait how much of an answer has arrived.
type progress struct {
	Bytes int `json:"bytes"`
	Of    int `json:"of"`
}

// got tells a holder how much of its answer has arrived.
type got struct {
	Bytes int `json:"bytes"`
}

// served tells a holder that its content has been handed to so many visitors.
type served struct {
	Visitors int `json:"visitors"`
}

// refused tells a holder that its content has not been passed on.
type refused struct {
	Reason     string `json:"reason"`
	MaxContent int    `json:"max_content"`
}

// encode makes the payload of one of the above.
func encode(v any) protocol.Payload {
	p, err := protocol.Encode(v)
	if err != nil {
		panic(err) // numbers and texts of our own encode
	}
	return p
}
