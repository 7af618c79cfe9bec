package lab

import (
	"errors"
	"fmt"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// handler is what a channel does for one event.
type handler func(c *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error)

// events are the events that a client may send. Any other is no clause.
var events = map[string]handler{
	"echo":             echo,
	"echo_error":       echoError,
	"echo_custom":      echoCustom,
	"ok":               ok,
	"noreply":          noReply,
	"push":             push,
	"broadcast":        broadcast,
	"broadcast_from":   broadcastFrom,
	"broadcast_to":     broadcastTo,
	"async":            async,
	"sleep":            sleep,
	"count":            count,
	"stop":             stop,
	"stop_reply":       stopReply,
	"crash":            crash,
	"binary":           binary,
	"push_binary":      pushBinary,
	"broadcast_binary": broadcastBinary,
	"disconnect":       disconnect,
	"whisper":          whisper,
	"connect_params":   connectParams,
	"auth_token":       authToken,
}

func echo(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK(p), nil
}

func echoError(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.Error(p), nil
}

func echoCustom(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.Status("custom", p), nil
}

func ok(*channel, *phoenix.Socket, protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK(nil), nil
}

func noReply(*channel, *phoenix.Socket, protocol.Payload) (phoenix.Reply, error) {
	return phoenix.NoReply, nil
}

func push(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.NoReply, s.Push("pushed", p)
}

func broadcast(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.NoReply, s.Broadcast("broadcasted", p)
}

func broadcastFrom(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.NoReply, s.BroadcastFrom("broadcasted", p)
}

func broadcastTo(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	to, err := members(p, "topic", "event", "payload")
	if err != nil {
		return phoenix.NoReply, err
	}
	topic, isText := text(to["topic"])
	event, isTextToo := text(to["event"])
	if !isText || !isTextToo {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	return phoenix.NoReply, s.Endpoint().Broadcast(topic, event, to["payload"])
}

// async answers later; the channel handles other messages meanwhile.
func async(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	wait, err := milliseconds(p)
	if err != nil {
		return phoenix.NoReply, err
	}
	ref, err := s.Ref()
	if err != nil {
		return phoenix.NoReply, err
	}
	// A channel that has ended by then takes no note.
	time.AfterFunc(wait, func() { s.Send(lateReply{ref, p}) })
	return phoenix.NoReply, nil
}

// sleep is a channel that is busy.
func sleep(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	wait, err := milliseconds(p)
	if err != nil {
		return phoenix.NoReply, err
	}
	time.Sleep(wait)
	return phoenix.OK(nil), nil
}

func count(c *channel, _ *phoenix.Socket, _ protocol.Payload) (phoenix.Reply, error) {
	c.count++
	return phoenix.OK(struct {
		Count int `json:"count"`
	}{c.count}), nil
}

// The reasons with which a channel stops by itself, by the names that the event
// "stop" has for them. The watchers tell them apart again.
var (
	errStopCustom = phoenix.Shutdown("with a detail")
	errStopOther  = errors.New("the laboratory was asked to stop with an error")

	stopReasons = map[string]error{
		"normal":   phoenix.ErrNormal,
		"shutdown": phoenix.ErrShutdown,
		"custom":   errStopCustom,
		"other":    errStopOther,
	}
)

func stop(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	var why struct {
		Reason string `json:"reason"`
	}
	if p.Decode(&why) != nil || stopReasons[why.Reason] == nil {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	return phoenix.NoReply, phoenix.Stop(stopReasons[why.Reason])
}

func stopReply(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK(p), phoenix.Stop(phoenix.ErrNormal)
}

func crash(*channel, *phoenix.Socket, protocol.Payload) (phoenix.Reply, error) {
	panic("the laboratory was asked to crash")
}

func binary(_ *channel, _ *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	if !p.IsBinary() {
		return phoenix.Error(reason("not binary")), nil
	}
	return phoenix.OK(p), nil
}

func pushBinary(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	data, err := bytesOf(p)
	if err != nil {
		return phoenix.NoReply, err
	}
	return phoenix.NoReply, s.Push("pushed_binary", data)
}

func broadcastBinary(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	data, err := bytesOf(p)
	if err != nil {
		return phoenix.NoReply, err
	}
	return phoenix.NoReply, s.Broadcast("broadcasted_binary", data)
}

func disconnect(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	who, err := members(p, "user_id")
	if err != nil {
		return phoenix.NoReply, err
	}
	user, isText := text(who["user_id"])
	if !isText {
		return phoenix.NoReply, phoenix.ErrNoClause
	}
	return phoenix.NoReply, s.Endpoint().Disconnect(userID(user))
}

// eventSecret is what a whisper is broadcast as. Channels intercept it.
const eventSecret = "secret"

func whisper(_ *channel, s *phoenix.Socket, p protocol.Payload) (phoenix.Reply, error) {
	if _, err := members(p, "for", "text"); err != nil {
		return phoenix.NoReply, err
	}
	return phoenix.NoReply, s.Broadcast(eventSecret, p)
}

func connectParams(c *channel, _ *phoenix.Socket, _ protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK(c.visitor.params), nil
}

func authToken(c *channel, _ *phoenix.Socket, _ protocol.Payload) (phoenix.Reply, error) {
	return phoenix.OK(struct {
		AuthToken *string `json:"auth_token"`
	}{c.visitor.authToken}), nil
}

// members reads a payload that is an object with these members, whatever their
// values are; others do not matter.
func members(p protocol.Payload, names ...string) (map[string]protocol.Payload, error) {
	var object map[string]protocol.Payload
	if p.Decode(&object) != nil {
		return nil, phoenix.ErrNoClause
	}
	for _, name := range names {
		if _, ok := object[name]; !ok {
			return nil, phoenix.ErrNoClause
		}
	}
	return object, nil
}

// text reads a payload that is a string.
func text(p protocol.Payload) (s string, ok bool) {
	var decoded *string // nil for null
	if p.Decode(&decoded) != nil || decoded == nil {
		return "", false
	}
	return *decoded, true
}

// longestWait is the most milliseconds that a process of the reference server
// can sleep; it crashes when asked for more.
const longestWait = 1<<32 - 1

// milliseconds reads the payload {"ms"}.
func milliseconds(p protocol.Payload) (time.Duration, error) {
	var wait struct {
		MS *uint64 `json:"ms"`
	}
	if p.Decode(&wait) != nil || wait.MS == nil || *wait.MS > longestWait {
		return 0, phoenix.ErrNoClause
	}
	return time.Duration(*wait.MS) * time.Millisecond, nil
}

// bytesOf reads a payload that is bytes, or {"base64"}.
func bytesOf(p protocol.Payload) (protocol.Payload, error) {
	if p.IsBinary() {
		return p, nil
	}
	var written struct {
		Base64 *[]byte `json:"base64"`
	}
	if err := p.Decode(&written); err != nil || written.Base64 == nil {
		return p, fmt.Errorf("%w: no bytes in it", phoenix.ErrNoClause)
	}
	return protocol.Binary(*written.Base64), nil
}
