package channels

import (
	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// The topics' prefixes, and the events. What the original does not know is sent only to clients that opted in.
const (
	topicHave = "have:"
	topicWant = "want:"
	topicAll  = "all"

	eventRequest = "content_request"
	eventContent = "content"
	eventCount   = "visitors_count"

	eventState   = "state"
	eventServed  = "served"
	eventRefused = "refused"

	reasonTooLarge = "content too large"
)

// extension is the version of what clients can opt into.
const extension = 1

// optIn is what a client's join payload may ask for, on have: and want: alike.
type optIn struct {
	Ephemeral int  `json:"ephemeral"` // from 1 on: yes
	Binary    bool `json:"binary"`
}

// parseOptIn reads a join payload. Whatever it does not understand is the payload of a client that knows nothing of us.
func parseOptIn(p protocol.Payload) (o optIn) {
	if !p.IsObject() || p.Decode(&o) != nil || o.Ephemeral < 1 {
		return optIn{}
	}
	return o
}

func (o optIn) given() bool { return o.Ephemeral > 0 }

// state is how a page stands.
type state struct {
	Holders  int `json:"holders"`            // how many can be asked
	Waiting  int `json:"waiting"`            // how many wait for the content
	TooLarge int `json:"too_large,omitzero"` // how many more have sent content over the limit
}

func (p *page) state() state {
	return state{Holders: p.holders.useful(), Waiting: p.visitors.len(), TooLarge: len(p.holders.barred.list)}
}

func (s state) payload() protocol.Payload {
	p, err := protocol.Encode(s)
	if err != nil {
		panic(err) // numbers encode
	}
	return p
}

// welcome is the response to a join that opted in.
type welcome struct {
	Ephemeral  int `json:"ephemeral"`
	MaxContent int `json:"max_content"` // bytes of UTF-8
	Holders    int `json:"holders"`
	Waiting    int `json:"waiting"`
	TooLarge   int `json:"too_large,omitzero"`
}

func (r *relay) welcome(s state) welcome {
	return welcome{
		Ephemeral: extension, MaxContent: r.options.MaxContent,
		Holders: s.Holders, Waiting: s.Waiting, TooLarge: s.TooLarge,
	}
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
