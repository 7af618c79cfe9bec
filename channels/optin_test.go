package channels

import (
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

const optingIn = `{"ephemeral":1}`

// welcomed is the response to a join that opted in, without parts.
func welcomed(s state) string {
	return encode(welcome{greeting: greeting{1, 8_000_000}, state: s}).String()
}

func stands(topic string, s state) string { return broadcast(topic, eventState, encode(s).String()) }

func TestOptIn(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		v := w.dial(protocol.V2)
		v.join(want, optingIn)
		v.hears(reply(1, want, welcomed(state{Waiting: 1})), stands(want, state{Waiting: 1})) // nobody has it
		other := w.dial(protocol.V2)
		other.join(want, `{}`)
		other.hears(reply(1, want, `{}`))
		v.hears(stands(want, state{Waiting: 2}))

		h := w.dial(protocol.V2)
		h.join(have, optingIn)
		there := state{Holders: 1, Waiting: 2, Peak: 1}
		h.hears(reply(1, have, welcomed(there)), count(have, 1), stands(have, there), push(1, have, eventRequest, `{}`))
		v.hears(stands(want, there))

		h.answer(have, hi, hiHash)
		content := broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`)
		v.hears(content) // and no state any more
		other.hears(content)
		h.hears(stands(have, state{Holders: 1, Peak: 1, Passed: 2}), push(1, have, eventServed, `{"visitors":2}`))

		h.answer(have, hi, hiHash)
		h.hears() // nobody got it
	})
}

// TestOriginalsHearNothingNew, whoever else is on the page.
func TestOriginalsHearNothingNew(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.dial(protocol.V2), w.dial(protocol.V2)
		h.join(have, `{}`)
		h.hears(reply(1, have, `{}`), count(have, 1))
		v.join(want, `{}`)
		v.hears(reply(1, want, `{}`))
		h2 := w.holder(have, optingIn)
		h.hears(count(have, 2))
		w.visitor(want, optingIn).hangUp()
		h2.hangUp()
		h.events(have)
		v.hears()
		h.answer(have, hi, hiHash)
		h.hears()
	})
}

// TestOtherJoinPayloads do not opt in, and harm nobody.
func TestOtherJoinPayloads(t *testing.T) {
	for _, payload := range []string{
		`{"ephemeral":0}`, `{"ephemeral":-1}`, `{"ephemeral":"1"}`, `{"ephemeral":true}`, `{"ephemeral":null}`, `{"ephemeral":1.5}`,
		`{"binary":true}`, `{"Ephemeral":1}`, `{"ephemeral":1,"binary":"yes"}`, `null`, `[]`, `1`, `"ephemeral"`, `{"ephemeral":1e999}`,
	} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			for _, topic := range []string{have, want} {
				c := w.dial(protocol.V2)
				c.join(topic, payload)
				if got := c.texts(); len(got) == 0 || !sameJSON(got[0], reply(1, topic, `{}`)) {
					t.Errorf("%s: answered %q", payload, got)
				}
			}
		})
	}
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		v := w.dial(protocol.V2)
		v.join(want, `{"ephemeral":2,"more":[1]}`) // a later version is served the one there is
		v.hears(reply(1, want, welcomed(state{Waiting: 1})), stands(want, state{Waiting: 1}))
	})
}

// TestEagerVisitorsNeedNotAsk: neither at the join, nor when a flight was in vain.
func TestEagerVisitorsNeedNotAsk(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(have, `{}`)
		v := w.visitor(want, optingIn)
		if !h.asked(have) {
			t.Fatal("the join asked nobody")
		}
		for range 3 {
			after(DefaultAskTimeout + askAgain - 1)
			h.hears()
			after(1)
			h.hears(push(1, have, eventRequest, `{}`))
		}
		h.answer(have, hi, hiHash)
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		after(time.Hour)
		h.hears()
	})
}

// TestEagerVisitorsThatLeave do not go on asking.
func TestEagerVisitorsThatLeave(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.holder(have, `{}`), w.visitor(want, optingIn)
		w.visitor(want, `{}`) // stays
		after(2 * time.Second)
		v.hangUp()
		h.take()
		after(time.Hour)
		h.hears()
	})
}

// TestRefusedHoldersAreTold, and so are those who wait: they must know that this page is too large and not slow.
func TestRefusedHoldersAreTold(t *testing.T) {
	inWorld(t, Options{MaxContent: 100}, func(t *testing.T, w *world) {
		h, v := w.holder(have, optingIn), w.visitor(want, optingIn)
		w.drop()
		h.answer(have, strings.Repeat("x", 101), hiHash)
		refused := push(1, have, eventRefused, `{"reason":"content too large","max_content":100}`)
		state := `{"holders":0,"waiting":1,"too_large":1,"age":0,"peak":0,"passed":0}`
		h.hears(refused, broadcast(have, eventState, state))
		v.hears(broadcast(want, eventState, state))
		late := w.dial(protocol.V2)
		late.join(want, optingIn)
		if got := late.texts(); !sameJSON(got[0], reply(1, want, `{"ephemeral":1,"max_content":100,"holders":0,"waiting":2,"too_large":1,"age":0,"peak":0,"passed":0}`)) {
			t.Errorf("a later visitor was answered %s", got[0])
		}
		w.drop()
		after(time.Hour)
		h.hears() // it is not asked again
		h.answer(have, strings.Repeat("x", 101), hashOf("another"))
		h.hears(refused)
	})
}

// TestStateIsConflated like the count.
func TestStateIsConflated(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		first := w.visitor(want, optingIn)
		for range 499 {
			w.dial(protocol.V2).join(want, optingIn)
		}
		if got := len(first.take()); got > 20 {
			t.Errorf("%d states came in one instant", got)
		}
		after(time.Second)
		got := first.texts()
		if len(got) != 1 || !sameJSON(got[0], stands(want, state{Waiting: 500})) {
			t.Errorf("at last came %q", got)
		}
	})
}

func binaryBroadcast(topic, event, data string) string {
	return string([]byte{2, byte(len(topic)), byte(len(event))}) + topic + event + data
}

// TestBinaryContent: every pair of forms, from a holder and to a visitor.
func TestBinaryContent(t *testing.T) {
	const binary = `{"ephemeral":1,"binary":true}`
	asBytes, asText := binaryBroadcast(want, eventContent, hi), broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`)
	send := map[string]func(h *client){
		"text":   func(h *client) { h.answer(have, hi, hiHash) },
		"binary": func(h *client) { h.sendBinary(have, eventContent, "1", []byte(hi)) },
	}
	for from, send := range send {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			h := w.holder(have, binary)
			original, text, bytes := w.visitor(want, `{}`), w.visitor(want, optingIn), w.visitor(want, binary)
			old := w.dial(protocol.V1) // has no form for bytes
			if err := old.session.Message([]byte(`{"topic":"`+want+`","event":"phx_join","payload":`+binary+`,"ref":"1"}`), false); err != nil {
				t.Fatal(err)
			}
			w.drop()
			send(h)
			original.hears(asText)
			text.hears(asText)
			if got := bytes.take(); len(got) != 1 || !got[0].IsBinary() || string(got[0].Bytes()) != asBytes {
				t.Errorf("from %s to binary: %q", from, got)
			}
			old.hears(`{"event":"content","payload":{"content":"<p>Hi 🦊</p>"},"ref":null,"topic":"` + want + `"}`)
			h.hears(stands(have, state{Holders: 1, Peak: 1, Passed: 4}), push(1, have, eventServed, `{"visitors":4}`))
		})
	}
}

func TestBinaryNeedsOptingIn(t *testing.T) {
	for _, payload := range []string{`{}`, optingIn, `{"binary":true}`} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			h := w.holder(have, payload)
			h.sendBinary(have, eventContent, "1", []byte(hi))
			if got := h.texts(); !sameJSON(got[len(got)-1], crashed(1, have)) {
				t.Errorf("%s: heard %q", payload, got)
			}
		})
	}
	for _, data := range []string{"not it", "\xff"} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			h := w.holder(have, `{"ephemeral":1,"binary":true}`)
			h.sendBinary(have, eventContent, "1", []byte(data))
			h.hears(count(have, 0), crashed(1, have))
		})
	}
}

// TestLongPollingHasNoBinaryForm: what it sends is strings in JSON.
func TestLongPollingHasNoBinaryForm(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		const binary = `{"ephemeral":1,"binary":true}`
		v := w.dialOver("longpoll", protocol.V2)
		v.join(want, binary)
		h := w.dialOver("longpoll", protocol.V2)
		h.join(have, binary)
		w.drop()
		h.sendBinary(have, eventContent, "1", []byte(hi))
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
	})
}

// TestLongTopicsHaveNoBinaryForm: a length there is one byte.
func TestLongTopicsHaveNoBinaryForm(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		const binary = `{"ephemeral":1,"binary":true}`
		topic := topicWant + strings.Repeat("x", 255)
		v := w.visitor(topic, binary)
		w.relay.deliver(new(holder), strings.TrimPrefix(topic, topicWant), quoted(hi), nil) // no hash is that long
		v.hears(broadcast(topic, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
	})
}
