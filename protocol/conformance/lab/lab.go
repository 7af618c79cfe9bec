// Package lab is the laboratory's application: the socket and the channels that
// the transcripts of package conformance talk to, as LAB.md of the conformance
// suite describes them. It says what the application does; how that looks on the
// wire is package phoenix's business, which the transcripts check.
package lab

import (
	"errors"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// Options are what a laboratory is made with.
type Options struct {
	// Routes are further channels, tried after the laboratory's own: those
	// whose packages the laboratory need not know, as presence.
	Routes []phoenix.Route
}

// Socket returns the laboratory socket. Connection parameters (deny, crash,
// user_id, watch) tell it how to treat a connection.
func Socket(o Options) *phoenix.UserSocket {
	own := []phoenix.Route{
		{Pattern: "exact", New: newChannel},
		{Pattern: "lab:*", New: newChannel},
	}
	return &phoenix.UserSocket{Connect: connect, Channels: append(own, o.Routes...)}
}

// A visitor is what the channels know of their connection.
type visitor struct {
	params    phoenix.Params
	user      *string // nil: the connection names none
	watchers  string  // the topic that hears of ended channels
	authToken *string
}

var (
	errDenied           = errors.New("denied")
	errDeniedForAReason = errors.New("denied, for a reason that nobody looks at")
)

func connect(c *phoenix.Connection, params phoenix.Params, info phoenix.ConnectInfo) error {
	switch params.Get("deny") {
	case "1":
		return errDenied
	case "2":
		return errDeniedForAReason
	}
	if params.Get("crash") == "1" {
		panic("the laboratory was asked to crash while it connects")
	}
	v := &visitor{params: params, watchers: watchTopic, authToken: info.AuthToken}
	if params.Has("user_id") {
		user := params.Get("user_id")
		v.user = &user
		c.ID = userID(user)
	}
	if params.Has("watch") {
		v.watchers += ":" + params.Get("watch")
	}
	c.Assigns = v
	return nil
}

// userID is the id of a user's connections, and so the topic that reaches them.
func userID(user string) string { return "user:" + user }
