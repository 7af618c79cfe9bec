package channels

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// An actor is a client with a character, on one topic of one page.
type actor struct {
	*client
	character string // see characters
	token     string // of its tab
	topic     string
	joined    time.Time
	answers   []time.Time // when it will answer what it was asked
	received  int         // how often it got the content in this join
	asks      int         // how often it asked, an original visitor
	count     int         // the last visitors_count it heard
	state     state       // the last state it heard
	gone      bool

	parts   int       // how many it got
	acks    int       // how many bytes of them it has acknowledged
	answer  [][]byte  // the parts that it has yet to send
	sending time.Time // when it sends the next one
}

// characters of holders, and of visitors.
var (
	holding = []string{"honest", "slow", "late", "frozen", "liar", "large", "dying", "curious"}
	waiting = []string{"original", "eager", "binary"}
)

// alive reports whether a holder can be relied on.
func (a *actor) alive() bool {
	switch a.character {
	case "honest", "slow", "curious", "parts", "drip":
		return !a.gone
	}
	return false
}

// A play is a page with actors on it.
type play struct {
	*world
	text, hash, have, want string
	frames                 [2][]byte         // of the content as text: as holders quote it, and as the server does
	payload                string            // with which holders send it as a whole
	parts                  [][]byte          // of the content
	seen                   map[[2]*byte]bool // what was compared: most long frames are shared
	actors                 []*actor
}

func newPlay(w *world, text string) *play {
	p := &play{world: w, text: text, hash: hashOf(text), seen: make(map[[2]*byte]bool)}
	p.have, p.want = topicHave+p.hash, topicWant+p.hash
	quote, _ := json.Marshal(text)
	p.payload = fmt.Sprintf(`{"content":%s,"hash":%q}`, quote, p.hash)
	p.frames[0] = []byte(broadcast(p.want, eventContent, `{"content":`+string(quote)+`}`))
	p.frames[1] = []byte(broadcast(p.want, eventContent, plain(text).object().String()))
	p.parts = cut([]byte(text))
	return p
}

// joining returns what a character joins with.
func joining(character string) string {
	switch character {
	case "curious", "eager":
		return optingIn
	case "original", "honest", "slow", "late", "frozen", "liar", "large", "dying":
		return `{}`
	}
	return optingForParts
}

// payload returns what an actor joins with: those that opt in tell which tab they are.
func (a *actor) payload() string {
	if joining(a.character) == `{}` {
		return `{}`
	}
	return saying(joining(a.character), a.token)
}

func (p *play) enter(character string) {
	p.Helper()
	a := &actor{client: p.dial(protocol.V2), character: character, topic: p.have, joined: time.Now()}
	a.token = fmt.Sprintf("actor-%010d", len(p.actors))
	if slices.Contains(waiting, character) || slices.Contains(reading, character) {
		a.topic = p.want
	}
	a.join(a.topic, a.payload())
	p.actors = append(p.actors, a)
}

func (p *play) leave(a *actor, politely bool) {
	a.gone = true
	if politely {
		a.send(a.topic, protocol.EventLeave, `{}`)
	} else {
		a.hangUp()
	}
}

// rejoin joins again without leaving.
func (p *play) rejoin(a *actor) {
	a.received, a.asks, a.answers, a.joined = 0, 0, nil, time.Now()
	a.parts, a.acks, a.answer = 0, 0, nil
	a.join(a.topic, a.payload())
}

// comeBack joins again over another connection. The server does not hear that the first one is dead.
func (p *play) comeBack(a *actor) {
	if a.payload() != `{}` {
		a.client = p.dial(protocol.V2)
	}
	p.rejoin(a)
}

// pass lets time pass in steps, in which everybody does what is in its character.
func (p *play) pass(d time.Duration) {
	p.Helper()
	const step = 250 * time.Millisecond
	for ; d > 0; d -= step {
		for p.hear() {
		}
		time.Sleep(step)
		for _, a := range p.actors {
			p.act(a)
		}
	}
	for p.hear() {
	}
}

// hear has everybody take what it was sent, and reports whether there was anything.
func (p *play) hear() (any bool) {
	p.Helper()
	synctest.Wait()
	for _, a := range p.actors {
		a.mu.Lock()
		frames := a.frames
		a.frames = nil
		a.mu.Unlock()
		for _, f := range frames {
			any = true
			if !a.gone {
				p.react(a, f)
			}
		}
	}
	return any
}

func (p *play) react(a *actor, f protocol.Frame) {
	p.Helper()
	if f.IsBinary() {
		p.reactToBytes(a, f.Bytes())
		return
	}
	if p.is(f.Bytes(), p.frames[0]) || p.is(f.Bytes(), p.frames[1]) {
		if joining(a.character) == optingForParts {
			p.Fatalf("%s got text", a.character)
		}
		p.received(a)
		return
	}
	var frame [5]json.RawMessage
	var event string
	if json.Unmarshal(f.Bytes(), &frame) != nil || json.Unmarshal(frame[3], &event) != nil {
		p.Fatalf("%s got %q", a.character, f.Bytes())
	}
	switch event {
	case eventContent:
		p.Fatalf("%s got %.100q", a.character, f.Bytes())
	case eventCount:
		var payload struct{ Count int }
		_ = json.Unmarshal(frame[4], &payload)
		a.count = payload.Count
	case eventState:
		if joining(a.character) == `{}` {
			p.Fatalf("%s was told a state", a.character)
		}
		a.state = state{}
		_ = protocol.JSON(frame[4]).Decode(&a.state)
	case eventRequest:
		p.asked(a)
	case eventEnough:
		a.answer = nil
	case protocol.EventError:
		if a.character != "liar" && a.character != "liar in parts" && a.character != "asleep" {
			p.Fatalf("%s was stopped", a.character)
		}
		a.gone = true
	}
}

// is compares a frame, or its end, with what it should be.
func (p *play) is(frame, want []byte) bool {
	if len(frame) != len(want) {
		return false
	}
	both := [2]*byte{&frame[0], &want[0]}
	equal, known := p.seen[both]
	if !known {
		equal = bytes.Equal(frame, want)
		p.seen[both] = equal
	}
	return equal
}

func (p *play) received(a *actor) {
	p.Helper()
	if a.received++; a.received > 1 {
		p.Fatalf("%s got the content %d times in one join", a.character, a.received)
	}
}

func (p *play) asked(a *actor) {
	now := time.Now()
	switch a.character {
	case "honest", "curious", "liar", "large":
		a.answers = append(a.answers, now)
	case "slow":
		a.answers = append(a.answers, now.Add(time.Second))
	case "late":
		a.answers = append(a.answers, now.Add(5*time.Second))
	case "dying":
		p.leave(a, false)
	default:
		p.askedForParts(a)
	}
}

func (p *play) act(a *actor) {
	for !a.gone && len(a.answers) > 0 && !time.Now().Before(a.answers[0]) {
		a.answers = a.answers[1:]
		switch a.character {
		case "liar":
			a.client.answer(p.have, "not it", p.hash)
		case "large":
			a.client.answer(p.have, strings.Repeat("x", p.relay.options.MaxContent+1), p.hash)
		default:
			a.send(p.have, eventContent, p.payload)
		}
	}
	p.actInParts(a)
	if a.character == "original" && !a.gone && a.received == 0 && time.Since(a.joined) >= time.Duration(a.asks+1)*2*time.Second {
		a.asks++
		a.request(p.want, p.hash)
	}
}

// holders counts those on have:, by a condition.
func (p *play) number(topic string, is func(*actor) bool) (n int) {
	for _, a := range p.actors {
		if !a.gone && a.topic == topic && is(a) {
			n++
		}
	}
	return n
}

func everybody(*actor) bool { return true }

// bubbled is a *testing.T without the Deadline that it does not have in a bubble.
type bubbled struct{ rapid.TB }

// TestWhoeverWaitsIsServed plays random comings and goings. Nobody gets content twice in one join, or other content; when
// an honest holder is there, everybody who waits gets it; the numbers everybody heard last are right; and when all have
// gone, nothing is remembered.
func TestWhoeverWaitsIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubbled{t}, func(t *rapid.T) {
			p := newPlay(newWorld(t, Options{MaxContent: 1000}), hi)
			p.perform(t, holding, waiting, 25)
			// Each holder has its turn, then the next flight begins; who rejoined or was late has had time as well.
			p.settle(time.Duration(p.number(p.have, everybody)+4) * 2 * time.Second)
			p.end()
		})
	})
}

// perform has actors of these characters come and go by chance, alone or in a crowd.
func (p *play) perform(t *rapid.T, holding, waiting []string, crowd int) {
	p.relay.intn = rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "chance"), 0)).IntN
	some := func(t *rapid.T) *actor {
		var there []*actor
		for _, a := range p.actors {
			if !a.gone {
				there = append(there, a)
			}
		}
		if len(there) == 0 {
			return nil
		}
		return rapid.SampledFrom(there).Draw(t, "who")
	}
	t.Repeat(map[string]func(*rapid.T){
		"holder":  func(t *rapid.T) { p.enter(rapid.SampledFrom(holding).Draw(t, "character")) },
		"visitor": func(t *rapid.T) { p.enter(rapid.SampledFrom(waiting).Draw(t, "character")) },
		"crowd": func(t *rapid.T) {
			for range rapid.IntRange(crowd/2, crowd).Draw(t, "number") {
				p.enter(rapid.SampledFrom([]string{"frozen", "original", "eager"}).Draw(t, "character"))
			}
		},
		"leave": func(t *rapid.T) {
			if a := some(t); a != nil {
				p.leave(a, rapid.Bool().Draw(t, "politely"))
			}
		},
		"rejoin": func(t *rapid.T) {
			for p.hear() { // who has been stopped knows it, and nothing is on its way
			}
			if a := some(t); a != nil {
				p.rejoin(a)
			}
		},
		"come back": func(t *rapid.T) {
			for p.hear() {
			}
			if a := some(t); a != nil {
				p.comeBack(a)
			}
		},
		"pass": func(t *rapid.T) {
			p.pass(time.Duration(rapid.IntRange(1, 12).Draw(t, "steps")) * 250 * time.Millisecond)
		},
	})
}

// settle lets the page come to rest, which it must in that time, and checks what must be so then.
func (p *play) settle(within time.Duration) {
	p.Helper()
	unserved := func(a *actor) bool { return a.received == 0 }
	vain := func() int { return p.number(p.want, unserved) * min(1, p.number(p.have, (*actor).alive)) }
	for ; within > 0 && vain() > 0; within -= 2 * time.Second {
		p.pass(2 * time.Second)
	}
	p.pass(2 * time.Second) // what is held back is told
	if n := vain(); n > 0 {
		p.Fatalf("%d visitors wait in vain", n)
	}
	holders := p.number(p.have, everybody)
	now := p.relay.state(p.hash)
	for _, a := range p.actors {
		if !a.gone && a.topic == p.have && a.count != holders {
			p.Fatalf("%s heard last of %d visitors, there are %d", a.character, a.count, holders)
		}
		if !a.gone && joining(a.character) != `{}` && a.received == 0 && a.state.news() != now.news() {
			p.Fatalf("%s heard last of %+v, it is %+v", a.character, a.state, now)
		}
	}
	if now.Holders+now.TooLarge != holders || now.Waiting != p.number(p.want, unserved) {
		p.Fatalf("the relay believes in %+v, there are %d and %d", now, holders, p.number(p.want, unserved))
	}
	if now.Peak < now.Holders || now.Holders == 0 && now != (state{Waiting: now.Waiting, TooLarge: now.TooLarge}) {
		p.Fatalf("the page stands at %+v", now)
	}
}
