package channels

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// BenchmarkRound is one visitor's whole stay at the relay: it comes, asks, is answered, and goes. The holders do not
// change; the host's work is not in it.
func BenchmarkRound(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("holders=%d", n), func(b *testing.B) {
			r := newRelay(Options{}.withDefaults())
			var holders []*holder
			for range n {
				h := newHolder(hiHash, new(deaf))
				holders = append(holders, h)
				r.hold(h)
			}
			c := quoted(hi)
			b.ReportAllocs()
			for b.Loop() {
				v := newVisitor(hiHash, new(deaf), false)
				r.await(v)
				r.request(hiHash)
				if err := r.answer(holders[0], hiHash, c); err != nil {
					b.Fatal(err)
				}
				r.depart(v)
			}
			b.StopTimer()
			for _, h := range holders {
				r.release(h, true)
			}
			if r.size() != 0 {
				b.Fatal("the page is not forgotten")
			}
		})
	}
}

// BenchmarkHolderComesAndGoes is what a holder costs the relay on a page with many others: counts are told now and then.
func BenchmarkHolderComesAndGoes(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("holders=%d", n), func(b *testing.B) {
			r := newRelay(Options{}.withDefaults())
			for range n {
				r.hold(newHolder(hiHash, new(deaf)))
			}
			b.ReportAllocs()
			for b.Loop() {
				h := newHolder(hiHash, new(deaf))
				r.hold(h)
				r.release(h, false)
			}
		})
	}
}

// BenchmarkATabComesBack is what a tab costs the relay whose connection of before is not known to be dead.
func BenchmarkATabComesBack(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("holders=%d", n), func(b *testing.B) {
			r := newRelay(Options{}.withDefaults())
			come := func(token string) {
				h := newHolder(hiHash, new(deaf))
				h.tab = tabID{token, new(phoenix.Connection)}
				r.hold(h)
			}
			for i := range n {
				come(fmt.Sprint(i))
			}
			b.ReportAllocs()
			for b.Loop() {
				come("0")
			}
			if holders := r.state(hiHash).Holders; holders != n {
				b.Fatalf("%d holders are counted, there are %d", holders, n)
			}
		})
	}
}

// BenchmarkThroughTheHost is a round with everything but the network: frames in, frames out. A visitor joins, asks, is
// answered and leaves.
func BenchmarkThroughTheHost(b *testing.B) {
	w := newWorld(b, Options{})
	defer func() {
		for _, c := range w.clients {
			c.hangUp()
		}
	}()
	h, v := w.dial(protocol.V2), w.dial(protocol.V2)
	heard := make(chan struct{}, 16)
	v.wake, h.wake = heard, heard
	h.join(have, `{}`)
	<-heard
	<-heard
	b.ReportAllocs()
	for b.Loop() {
		v.join(want, `{}`)
		<-heard
		v.request(want, hiHash)
		<-heard
		h.answer(have, hi, hiHash)
		<-heard
		v.send(want, protocol.EventLeave, `{}`)
		<-heard
		<-heard
		v.frames, h.frames = v.frames[:0], h.frames[:0]
	}
}

// A tab is a client of the benchmarks: it does by itself, on a goroutine of its own, what a page's script does.
type tab struct {
	session *phoenix.Session
	heard   chan protocol.Frame
}

func (t *tab) Send(f protocol.Frame) { t.heard <- f }
func (t *tab) Close(int, string)     {}

func (w *world) openTab(b *testing.B, topic string) *tab {
	t := &tab{heard: make(chan protocol.Frame, 1024)}
	t.session = w.endpoint.Open(w.socket, &phoenix.Connection{Transport: "websocket"}, protocol.V2, t)
	t.join(b, topic)
	return t
}

func (t *tab) join(b *testing.B, topic string) {
	t.say(b, []byte(`["1","1","`+topic+`","phx_join",`+optingForParts+`]`), false)
}

func (t *tab) say(b *testing.B, frame []byte, binary bool) {
	if err := t.session.Message(frame, binary); err != nil {
		b.Error(err)
	}
}

// hold answers whenever it is asked, in parts, until there is nothing more to hear.
func (t *tab) hold(b *testing.B, topic string, parts [][]byte) {
	head := []byte{0, 1, 1, byte(len(topic)), byte(len(eventPart))}
	head = append(head, "11"+topic+eventPart...)
	for f := range t.heard {
		if f.IsBinary() || !strings.Contains(string(f.Bytes()), eventRequest) {
			continue
		}
		for _, part := range parts {
			t.say(b, append(append(make([]byte, 0, len(head)+len(part)), head...), part...), true)
		}
	}
}

// receive acknowledges parts until the last one has come.
func (t *tab) receive(b *testing.B, topic string) {
	head := len(binaryBroadcast(topic, eventPart, ""))
	for f := range t.heard {
		if !f.IsBinary() {
			continue
		}
		p, _ := parsePart(f.Bytes()[head:])
		got := p.offset + int64(len(p.body))
		t.say(b, fmt.Appendf(nil, `["1","2","%s","got",{"bytes":%d}]`, topic, got), false)
		if p.last() {
			return
		}
	}
}

// BenchmarkParts is a round with everything but the network: visitors come, the holder is asked and sends the page in
// parts, and all of them get it.
func BenchmarkParts(b *testing.B) {
	text := longPage(DefaultMaxContent)
	hash := hashOf(text)
	parts := cut([]byte(text))
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("visitors=%d", n), func(b *testing.B) {
			w := newWorld(b, Options{})
			holder := w.openTab(b, topicHave+hash)
			go holder.hold(b, topicHave+hash, parts)
			b.SetBytes(int64(n) * DefaultMaxContent)
			b.ReportAllocs()
			for b.Loop() {
				done := make(chan *tab)
				for range n {
					v := w.openTab(b, topicWant+hash)
					go func() {
						v.receive(b, topicWant+hash)
						done <- v
					}()
				}
				for range n {
					v := <-done
					v.session.Closed(phoenix.ErrClosed)
					<-v.session.Done()
				}
			}
			holder.session.Closed(phoenix.ErrClosed)
			<-holder.session.Done()
			close(holder.heard)
			if w.relay.size() != 0 || w.relay.budget.used.Load() != 0 {
				b.Fatal("something is left")
			}
		})
	}
}
