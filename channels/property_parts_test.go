package channels

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// characters of holders that send parts, and of visitors that get them.
var (
	sending = []string{"parts", "drip", "stalling", "broken", "liar in parts", "large in parts", "unasked"}
	reading = []string{"reading", "reading slowly", "asleep"}
)

// reactToBytes is react for binary frames.
func (p *play) reactToBytes(a *actor, frame []byte) {
	p.Helper()
	if whole, ok := bytes.CutPrefix(frame, []byte(binaryBroadcast(p.want, eventContent, ""))); ok {
		if len(whole) > partSize || string(whole) != p.text || joining(a.character) != optingForParts {
			p.Fatalf("%s got %.100q", a.character, frame)
		}
		p.received(a)
		return
	}
	part, ok := bytes.CutPrefix(frame, []byte(binaryBroadcast(p.want, eventPart, "")))
	if !ok || joining(a.character) != optingForParts || a.parts == len(p.parts) || !p.is(part, p.parts[a.parts]) {
		p.Fatalf("%s got behind %d parts %.100q", a.character, a.parts, frame)
	}
	a.parts++
	if on := a.parts - a.acks/partSize; on > partWindow {
		p.Fatalf("%s has %d parts to acknowledge", a.character, on)
	}
	if a.parts == len(p.parts) {
		p.received(a)
	}
}

// askedForParts is asked for those who send parts.
func (p *play) askedForParts(a *actor) {
	if len(a.answer) > 0 {
		return // it is answering
	}
	switch a.character {
	case "parts", "drip":
		a.answer = p.parts
	case "stalling":
		a.answer = p.parts[:3]
	case "broken":
		a.answer = append(p.parts[:2:2], p.parts[3])
	case "liar in parts":
		a.answer = cut([]byte(strings.Repeat("x", len(p.text))))
	case "large in parts":
		first := slices.Clone(p.parts[0])
		binary.BigEndian.PutUint32(first[4:], uint32(p.relay.options.MaxContent+1))
		a.answer = [][]byte{first, p.parts[1]}
	}
	a.sending = time.Now()
}

// actInParts sends the parts that are due, and acknowledges those that came.
func (p *play) actInParts(a *actor) {
	for !a.gone && len(a.answer) > 0 && !time.Now().Before(a.sending) {
		a.pushPart(p.have, a.answer[0])
		a.answer = a.answer[1:]
		if a.character == "drip" {
			a.sending = time.Now().Add(3 * time.Second)
		}
	}
	if a.gone {
		return
	}
	switch got := min(a.parts*partSize, len(p.text)); a.character {
	case "reading", "binary":
		p.acknowledge(a, got)
	case "reading slowly":
		p.acknowledge(a, min(got, a.acks+partSize))
	case "unasked":
		a.pushPart(p.have, p.parts[0])
	}
}

func (p *play) acknowledge(a *actor, got int) {
	if got > a.acks {
		a.acks = got
		a.client.acknowledge(p.want, got)
	}
}

// TestWhoeverWaitsIsServedInParts is TestWhoeverWaitsIsServed with a long page, which goes in parts to some and as a whole
// to others, and with room for two of it at a time. Nobody is sent more parts than may be unacknowledged.
func TestWhoeverWaitsIsServedInParts(t *testing.T) {
	text := longPage(9*partSize + 9)
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubbled{t}, func(t *rapid.T) {
			seen := new(recorder)
			o := Options{MaxContent: len(text) + 10, MaxUnderWay: 2 * len(text), Observer: seen}
			p := newPlay(newWorld(t, o), text)
			p.perform(t, append(sending, holding...), append(reading, waiting...), 10)
			// A holder that stalls costs 5 s, one that drips 30 s, those asleep are given up after as long.
			p.settle(time.Duration(p.number(p.have, everybody)+10) * 10 * time.Second)
			p.end()
			if seen.bytes() != 0 || seen.most > o.MaxUnderWay {
				t.Fatalf("%d bytes are under way at the end, %d were at most", seen.bytes(), seen.most)
			}
			for kind, n := range seen.members {
				if n != 0 {
					t.Fatalf("%d members of %s are left", n, kind)
				}
			}
		})
	})
}
