package main

import (
	"log/slog"
	"time"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol/conformance/lab"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// newLaboratory mounts what LAB.md of the conformance suite says, with the
// settings that it says: where it is silent, with Phoenix's defaults, which the
// transcripts rely on. So the idle timeout is 60 s and not the product's (D10),
// topics may be of any length (D12) and the clients of 2015 are not served (D3).
func newLaboratory(logger *slog.Logger, ask channels.AskMode) *phoenix.Endpoint {
	ephemeral := channels.NewSocket(channels.Options{Ask: ask, Logger: logger})
	bus := pubsub.NewLocal()
	everybody := presence.New(bus, presence.Options{Logger: logger})
	laboratory := lab.Socket(lab.Options{Routes: []phoenix.Route{lab.PresenceRoute(everybody)}})

	e := phoenix.NewEndpoint(phoenix.Config{Bus: bus, Logger: logger})
	e.Mount("/ws", ephemeral, phoenix.MountOptions{
		CheckOrigin: phoenix.AnyOrigin,
		LongPoll:    polls(longpoll.Options{Logger: logger}),
	})
	e.Mount("/lab", laboratory, phoenix.MountOptions{
		CheckOrigin: phoenix.AnyOrigin,
		LongPoll:    polls(longpoll.Options{Logger: logger}),
	})
	e.Mount("/strict", laboratory, phoenix.MountOptions{
		CheckOrigin: strictOrigins(),
		LongPoll:    polls(longpoll.Options{Logger: logger}),
	})
	e.Mount("/auth", laboratory, phoenix.MountOptions{
		CheckOrigin: phoenix.AnyOrigin,
		AuthToken:   true,
		LongPoll:    polls(longpoll.Options{Logger: logger}),
	})
	e.Mount("/tight", laboratory, phoenix.MountOptions{
		CheckOrigin: phoenix.AnyOrigin,
		WebSocket: phoenix.WebSocketOptions{Options: websocket.Options{
			IdleTimeout:    1500 * time.Millisecond,
			MaxMessageSize: 4096,
			Logger:         logger,
		}},
		LongPoll: polls(longpoll.Options{
			Window:      400 * time.Millisecond,
			TokenMaxAge: time.Second,
			Logger:      logger,
		}),
	})
	return e
}

// polls are the long-poll options of a mount; the window of all mounts but one is 1 s.
func polls(o longpoll.Options) *phoenix.LongPollOptions {
	if o.Window == 0 {
		o.Window = time.Second
	}
	return &phoenix.LongPollOptions{Options: o}
}

func strictOrigins() phoenix.OriginCheck {
	check, err := phoenix.OriginList("https://allowed.example", "//port.example:8080", "//*.wild.example")
	if err != nil {
		panic(err) // the list is written above
	}
	return check
}
