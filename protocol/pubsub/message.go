package pubsub

import "github.com/ephemeral-p2p/ephemeral/protocol"

// A Message is one broadcast on its way to its subscribers. It is encoded once for each serializer among them.
type Message struct {
	protocol.Broadcast
	frames [cached]encoded
	n      int
}

// cached is how many serializers a Message keeps frames for: all those there are. Others are encoded each time.
const cached = 3

type encoded struct {
	serializer protocol.Serializer
	frame      protocol.Frame
	err        error
}

// Frame returns the broadcast as s writes it. It may only be called inside Deliver; the Frame may be kept.
func (m *Message) Frame(s protocol.Serializer) (protocol.Frame, error) {
	for i := range m.frames[:m.n] {
		if e := &m.frames[i]; e.serializer == s {
			return e.frame, e.err
		}
	}
	frame, err := s.Fastlane(m.Broadcast)
	if m.n < cached {
		m.frames[m.n] = encoded{s, frame, err}
		m.n++
	}
	return frame, err
}
