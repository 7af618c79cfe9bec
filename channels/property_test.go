package channels

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
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
	topic     string
	joined    time.Time
	answers   []time.Time // when it will answer what it was asked
	received  int         // how often it got the content in this join
	asks      int         // how often it asked, an original visitor
	count     int         // the last visitors_count it heard
	state     state       // the last state it heard
	gone      bool
}

// characters of holders, and of visitors.
var (
	holding = []string{"honest", "slow", "late", "frozen", "liar", "large", "dying", "curious"}
	waiting = []string{"original", "eager", "binary"}
)

// alive reports whether a holder can be relied on.
func (a *actor) alive() bool {
	return !a.gone && (a.character == "honest" || a.character == "slow" || a.character == "curious")
}

// A play is a page with actors on it.
type play struct {
	*world
	actors []*actor
}

func (p *play) enter(character string) {
	p.Helper()
	a := &actor{client: p.dial(protocol.V2), character: character, topic: have, joined: time.Now()}
	payload := `{}`
	switch character {
	case "curious":
		payload = optingIn
	case "original", "eager", "binary":
		a.topic = want
		payload = map[string]string{"original": `{}`, "eager": optingIn, "binary": `{"ephemeral":1,"binary":true}`}[character]
	}
	a.join(a.topic, payload)
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
	if a.topic == want && a.received > 1 {
		p.Fatalf("a visitor got the content %d times in one join", a.received)
	}
	a.received, a.asks, a.answers, a.joined = 0, 0, nil, time.Now()
	payload := `{}`
	if a.character == "eager" || a.character == "curious" {
		payload = optingIn
	}
	a.join(a.topic, payload)
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
		if a.character != "binary" || string(f.Bytes()) != binaryBroadcast(want, eventContent, hi) {
			p.Fatalf("%s got %q", a.character, f.Bytes())
		}
		a.received++
		return
	}
	var frame [5]json.RawMessage
	var event string
	if json.Unmarshal(f.Bytes(), &frame) != nil || json.Unmarshal(frame[3], &event) != nil {
		p.Fatalf("%s got %q", a.character, f.Bytes())
	}
	switch event {
	case eventContent:
		if !sameJSON(string(frame[4]), fmt.Sprintf(`{"content":%q}`, hi)) || a.character == "binary" {
			p.Fatalf("%s got %q", a.character, f.Bytes())
		}
		a.received++
	case eventCount:
		var payload struct{ Count int }
		_ = json.Unmarshal(frame[4], &payload)
		a.count = payload.Count
	case eventState:
		if a.character != "eager" && a.character != "binary" && a.character != "curious" {
			p.Fatalf("%s was told a state", a.character)
		}
		a.state = state{}
		_ = protocol.JSON(frame[4]).Decode(&a.state)
	case eventRequest:
		p.asked(a)
	case protocol.EventError:
		if a.character != "liar" {
			p.Fatalf("%s was stopped", a.character)
		}
		a.gone = true
	}
	if a.received > 1 {
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
	}
}

func (p *play) act(a *actor) {
	for !a.gone && len(a.answers) > 0 && !time.Now().Before(a.answers[0]) {
		a.answers = a.answers[1:]
		switch a.character {
		case "liar":
			a.answer(have, "not it", hiHash)
		case "large":
			a.answer(have, strings.Repeat("x", 1001), hiHash)
		default:
			a.answer(have, hi, hiHash)
		}
	}
	if a.character == "original" && !a.gone && a.received == 0 && time.Since(a.joined) >= time.Duration(a.asks+1)*2*time.Second {
		a.asks++
		a.request(want, hiHash)
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
			p := &play{world: newWorld(t, Options{MaxContent: 1000})}
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
					for range rapid.IntRange(10, 25).Draw(t, "number") {
						p.enter(rapid.SampledFrom([]string{"frozen", "original", "eager"}).Draw(t, "character"))
					}
				},
				"leave": func(t *rapid.T) {
					if a := some(t); a != nil {
						p.leave(a, rapid.Bool().Draw(t, "politely"))
					}
				},
				"rejoin": func(t *rapid.T) {
					p.hear() // who has been stopped knows it
					if a := some(t); a != nil && a.character != "binary" {
						p.rejoin(a)
					}
				},
				"pass": func(t *rapid.T) {
					p.pass(time.Duration(rapid.IntRange(1, 12).Draw(t, "steps")) * 250 * time.Millisecond)
				},
			})
			p.settle()
			p.end()
		})
	})
}

// settle lets the page come to rest and checks what must be so then.
func (p *play) settle() {
	p.Helper()
	// Each holder has its turn, then the next flight begins; who rejoined or was late has had time as well.
	p.pass(time.Duration(p.number(have, everybody)+4) * 2 * time.Second)
	honest := p.number(have, (*actor).alive)
	unserved := func(a *actor) bool { return a.received == 0 }
	if n := p.number(want, unserved); honest > 0 && n > 0 {
		p.Fatalf("%d visitors wait in vain for %d honest holders", n, honest)
	}
	holders := p.number(have, everybody)
	for _, a := range p.actors {
		if !a.gone && a.topic == have && a.count != holders {
			p.Fatalf("%s heard last of %d visitors, there are %d", a.character, a.count, holders)
		}
		now := p.relay.state(hiHash)
		if !a.gone && (a.character == "curious" || a.character == "eager" && a.received == 0) && a.state.news() != now.news() {
			p.Fatalf("%s heard last of %+v, it is %+v", a.character, a.state, now)
		}
	}
	if s := p.relay.state(hiHash); s.Holders+s.TooLarge != holders || s.Waiting != p.number(want, unserved) {
		p.Fatalf("the relay believes in %+v, there are %d and %d", s, holders, p.number(want, unserved))
	}
}
