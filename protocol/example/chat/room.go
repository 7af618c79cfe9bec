package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// What a visitor may say, in characters. The page knows these numbers too.
const (
	maxName = 32
	maxText = 2000
)

// A room is one visitor in one room: the channel behind "room:<name>". Its
// fields are this visitor's alone, and its callbacks run one at a time.
type room struct {
	everybody *presence.Presence
	meta      meta
	name      string
}

// meta is what the others see of a visitor, beside the name.
type meta struct {
	Typing bool `json:"typing"`
}

// said is a message as everybody in the room gets it.
type said struct {
	From string `json:"from"`
	Text string `json:"text"`
}

// arrived is what a room tells itself behind the join. The list of who is here
// must wait for that: only from then on is this visitor told of changes to it.
type arrived struct{}

// Join wants {"name": "Ann"} and answers with the name as the others see it.
//
// Names are nobody's property here: two visitors with the same one are one
// person with two windows. Where people sign in, UserSocket.Connect would look
// at a token and put the user into Connection.Assigns, for this to use.
func (r *room) Join(s *phoenix.Socket, payload protocol.Payload) (any, error) {
	var hello struct {
		Name string `json:"name"`
	}
	if err := payload.Decode(&hello); err != nil {
		return nil, phoenix.Reject(reason("The join needs a name: {\"name\": \"Ann\"}."))
	}
	r.name = strings.TrimSpace(hello.Name)
	if why := nameProblem(r.name); why != "" {
		return nil, phoenix.Reject(reason(why))
	}
	// The others hear of the newcomer now. The newcomer gets the whole list in
	// HandleInfo; the presence ends by itself when the channel does.
	if _, err := r.everybody.Track(s, s.Topic(), r.name, r.meta); errors.Is(err, presence.ErrKey) {
		return nil, phoenix.Reject(reason("That name is reserved: choose another one."))
	} else if err != nil {
		return nil, err
	}
	s.Send(arrived{})
	return map[string]string{"name": r.name}, nil
}

// nameProblem says what is wrong with a name, "" if nothing is.
func nameProblem(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "A name is needed."
	case n > maxName:
		return fmt.Sprintf("A name has at most %d characters, not %d.", maxName, n)
	case strings.ContainsFunc(name, unicode.IsControl):
		return "A name is one line of text."
	}
	return ""
}

// HandleInfo tells the newcomer who is here.
func (r *room) HandleInfo(s *phoenix.Socket, _ any) error {
	return s.Push(presence.EventState, r.everybody.List(s.Topic()))
}

// HandleIn knows two events: "say", which is answered, and "typing", which is
// not.
func (r *room) HandleIn(s *phoenix.Socket, event string, payload protocol.Payload) (phoenix.Reply, error) {
	switch event {
	case "say":
		return r.say(s, payload)
	case "typing":
		var now meta
		if err := payload.Decode(&now); err != nil {
			return phoenix.NoReply, err
		}
		return phoenix.NoReply, r.become(s, now)
	}
	return phoenix.NoReply, phoenix.ErrNoClause
}

// say sends a text to everybody in the room, the speaker too: so all of them
// see the messages in one order.
func (r *room) say(s *phoenix.Socket, payload protocol.Payload) (phoenix.Reply, error) {
	var message struct {
		Text string `json:"text"`
	}
	if err := payload.Decode(&message); err != nil {
		return phoenix.Error(reason("A message needs a text: {\"text\": \"Hello\"}.")), nil
	}
	text := strings.TrimSpace(message.Text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return phoenix.Error(reason("The message is empty.")), nil
	case n > maxText:
		return phoenix.Error(reason(fmt.Sprintf("A message has at most %d characters, not %d.", maxText, n))), nil
	}
	if err := s.Broadcast("said", said{From: r.name, Text: text}); err != nil {
		return phoenix.NoReply, err
	}
	return phoenix.OK(nil), r.become(s, meta{})
}

// become changes what the others see. Nothing is sent when nothing changes.
func (r *room) become(s *phoenix.Socket, now meta) error {
	if now == r.meta {
		return nil
	}
	r.meta = now
	_, err := r.everybody.Update(s, s.Topic(), r.name, now)
	return err
}

// reason is the payload of every refusal: a sentence that the page shows.
func reason(text string) map[string]string { return map[string]string{"reason": text} }
