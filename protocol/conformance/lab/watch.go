package lab

import (
	"errors"
	"strings"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// watchTopic is where channels tell of their end, unless their connection names
// a topic below it.
const watchTopic = "lab:watch"

// endings are the reasons for which a channel ends, as the watchers are told
// them. The first that fits counts: a custom stop is a shutdown as well.
var endings = []struct {
	reason error
	name   string
}{
	{phoenix.ErrLeft, "left"},
	{phoenix.ErrClosed, "closed"},
	{phoenix.ErrNormal, "normal"},
	{errStopCustom, "custom"},
	{phoenix.ErrShutdown, "shutdown"},
	{errStopOther, "other"},
	{phoenix.ErrMalformed, "crash"},
	{phoenix.ErrDisconnected, "disconnected"},
	{phoenix.ErrTimeout, "timeout"},
	{phoenix.ErrInactive, "inactive"},
	{phoenix.ErrDuplicateJoin, "duplicate_join"},
	// The following two LAB.md does not have: no transcript can show them.
	{phoenix.ErrSlow, "slow"},
	{phoenix.ErrDraining, "draining"},
}

// ending names the reason.
func ending(reason error) string {
	if _, crashed := errors.AsType[*phoenix.CrashError](reason); crashed {
		return "crash"
	}
	for _, e := range endings {
		if errors.Is(reason, e.reason) {
			return e.name
		}
	}
	return reason.Error()
}

// Terminate tells the watchers, unless the channel is one of them.
func (c *channel) Terminate(s *phoenix.Socket, reason error) {
	if strings.HasPrefix(s.Topic(), watchTopic) {
		return
	}
	// Watchers that cannot be told are nothing to the channel, which has ended.
	_ = s.Endpoint().Broadcast(c.visitor.watchers, "left", struct {
		Topic  string `json:"topic"`
		Reason string `json:"reason"`
	}{s.Topic(), ending(reason)})
}
