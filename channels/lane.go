package channels

import (
	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// lanes are the two forms of one content as a whole, each made when the first visitor wants it and shared by all others.
type lanes struct {
	topic        string
	content      content
	text, binary *phoenix.Fastlane
}

// send reports whether the content is queued for the visitor.
func (l *lanes) send(v *visitor) bool {
	lane, form := &l.text, content.object
	if v.binary {
		lane, form = &l.binary, content.binary
	}
	if *lane == nil {
		*lane = fastlane(l.topic, eventContent, form(l.content))
	}
	return v.socket.PushFastlane(*lane) == nil
}

// fastlane is phoenix.NewFastlane of a payload that needs no encoding and therefore cannot fail.
func fastlane(topic, event string, p protocol.Payload) *phoenix.Fastlane {
	lane, err := phoenix.NewFastlane(topic, event, p)
	if err != nil {
		panic(err) // a payload encodes to itself
	}
	return lane
}
