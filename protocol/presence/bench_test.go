package presence_test

import (
	"fmt"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
	"github.com/ephemeral-p2p/ephemeral/protocol/pubsub"
)

// sizes are how many are present beside the one that changes. Only List may cost more when there are more.
var sizes = []int{1, 1000}

// crowd fills a topic, every owner under a key of its own or all under one.
func crowd(b *testing.B, n int, oneKey bool) *presence.Presence {
	b.Helper()
	p := presence.New(pubsub.NewLocal(), presence.Options{})
	for i := range n {
		key := "user"
		if !oneKey {
			key = fmt.Sprint("user", i)
		}
		if _, err := p.Track(new(owner), "room", key, map[string]string{"status": "online"}); err != nil {
			b.Fatal(err)
		}
	}
	return p
}

func benchmark(b *testing.B, f func(b *testing.B, p *presence.Presence)) {
	for _, n := range sizes {
		for _, under := range []string{"keys", "metas of one key"} {
			b.Run(fmt.Sprintf("%d %s", n, under), func(b *testing.B) {
				p := crowd(b, n, under != "keys")
				b.ReportAllocs()
				f(b, p)
			})
		}
	}
}

func BenchmarkTrackUntrack(b *testing.B) {
	meta := data(`{"status":"online"}`)
	benchmark(b, func(b *testing.B, p *presence.Presence) {
		o := new(owner)
		for b.Loop() {
			if _, err := p.Track(o, "room", "user", meta); err != nil {
				b.Fatal(err)
			}
			p.Untrack(o, "room", "user")
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	meta := data(`{"status":"away"}`)
	benchmark(b, func(b *testing.B, p *presence.Presence) {
		o := new(owner)
		_, _ = p.Track(o, "room", "user", meta)
		for b.Loop() {
			if _, err := p.Update(o, "room", "user", meta); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What a channel costs that joins, and ends without a word.
func BenchmarkComeAndGo(b *testing.B) {
	meta := data(`{"status":"online"}`)
	p := crowd(b, 1000, false)
	b.ReportAllocs()
	for b.Loop() {
		o := new(owner)
		_, _ = p.Track(o, "room", "user", meta)
		o.end()
	}
}

func BenchmarkListAndEncode(b *testing.B) {
	p := crowd(b, 1000, false)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.List("room").MarshalJSON(); err != nil {
			b.Fatal(err)
		}
	}
}
