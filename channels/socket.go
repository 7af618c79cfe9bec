package channels

import "github.com/ephemeral-p2p/ephemeral/protocol/phoenix"

// NewSocket makes the socket of an ephemeral server, to be mounted on an endpoint: it accepts everyone, gives no ids,
// and routes have:*, want:* and all. Pages are shared by all connections of one socket, and only by those.
func NewSocket(o Options) *phoenix.UserSocket {
	o = o.withDefaults()
	return newSocket(newRelay(o))
}

func newSocket(r *relay) *phoenix.UserSocket {
	return &phoenix.UserSocket{
		MaxTopicLength: r.options.MaxTopicLength,
		Channels: []phoenix.Route{
			{Pattern: topicHave + "*", New: func() phoenix.Channel { return &HaveChannel{relay: r} }},
			{Pattern: topicWant + "*", New: func() phoenix.Channel { return &WantChannel{relay: r} }},
			{Pattern: topicAll, New: func() phoenix.Channel { return &AllChannel{relay: r} }},
		},
	}
}
