package channels

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// The tests of this file are exchanges with clients of the original, frame by frame (PROTOCOL.md §10.3, §10.4, LAB.md).

func TestAllIgnoresEverything(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		c := w.dial(protocol.V2)
		c.join("all", `{"x":[1]}`)
		c.send("all", "whatever", `{"x":1}`)
		c.send("all", eventRequest, `7`)
		c.hears(reply(1, "all", `{}`))
		c.send("all", protocol.EventLeave, `{}`)
		c.hears(`["1","4","all","phx_reply",{"status":"ok","response":{}}]`, closed(1, "all"))
	})
}

func TestOneHolderOneVisitor(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.dial(protocol.V2), w.dial(protocol.V2)
		h.join(have, `{}`)
		h.hears(reply(1, have, `{}`), count(have, 1))
		v.join(want, `{}`)
		v.hears(reply(1, want, `{}`))
		v.request(want, hiHash)
		v.hears()
		h.hears(push(1, have, eventRequest, `{}`))
		h.answer(have, hi, hiHash)
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		h.hears()
	})
}

func TestSerializersMeet(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.dial(protocol.V1), w.dial(protocol.V1)
		v2 := w.visitor(want, `{}`)
		_ = h.session.Message([]byte(`{"topic":"`+have+`","event":"phx_join","payload":{},"ref":"1"}`), false)
		_ = v.session.Message([]byte(`{"topic":"`+want+`","event":"phx_join","payload":{},"ref":"1"}`), false)
		h.take()
		v.take()
		_ = v.session.Message([]byte(`{"topic":"`+want+`","event":"content_request","payload":{"hash":"`+hiHash+`"},"ref":"2"}`), false)
		h.hears(`{"event":"content_request","payload":{},"ref":null,"topic":"` + have + `"}`)
		_ = h.session.Message([]byte(`{"topic":"`+have+`","event":"content","payload":{"content":"<p>Hi \ud83e\udd8a</p>","hash":"`+hiHash+`","more":true},"ref":"2"}`), false)
		v.hears(`{"event":"content","payload":{"content":"<p>Hi 🦊</p>"},"ref":null,"topic":"` + want + `"}`)
		v2.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
	})
}

// TestTheHashOfThePayloadCounts: D11. Neither the topic that asks nor the one that answers need be the page's.
func TestTheHashOfThePayloadCounts(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v, other := w.holder(have, `{}`), w.visitor("want:another", `{}`), w.visitor(want, `{}`)
		v.request("want:another", hiHash)
		h.hears(push(1, have, eventRequest, `{}`))
		elsewhere := w.holder("have:elsewhere", `{}`)
		elsewhere.answer("have:elsewhere", hi, hiHash)
		other.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
		v.hears()
		elsewhere.hears()
	})
}

// TestWhoAsksElsewhereIsNotAskedForAgain: one ask is all that such a request is worth, and it is shared too.
func TestWhoAsksElsewhereIsNotAskedForAgain(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		holders := []*client{w.holder(have, `{}`), w.holder(have, `{}`), w.holder(have, `{}`)}
		v := w.visitor("want:another", `{}`)
		w.drop()
		for range 100 {
			v.request("want:another", hiHash)
		}
		after(time.Minute)
		if n := countAsked(holders, have); n != 1 {
			t.Errorf("%d holders were asked", n)
		}
	})
}

func countAsked(holders []*client, topic string) (n int) {
	for _, h := range holders {
		for _, event := range h.events(topic) {
			if event == eventRequest {
				n++
			}
		}
	}
	return n
}

func TestAClientMayAskItself(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		c := w.dial(protocol.V2)
		c.join(have, `{}`)
		c.join(want, `{}`)
		c.take()
		c.request(want, hiHash)
		c.hears(push(1, have, eventRequest, `{}`))
	})
}

func TestNamesNeedNotBeHashes(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		c := w.dial(protocol.V2)
		c.join("have:", `{}`)
		c.hears(reply(1, "have:", `{}`), count("have:", 1))
		c.join("have", `{}`)
		c.hears(`[null,"2","have","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]`)
	})
}

func TestTopicsAreBounded(t *testing.T) {
	inWorld(t, Options{MaxTopicLength: 256}, func(t *testing.T, w *world) {
		c := w.dial(protocol.V2)
		for _, prefix := range []string{topicHave, topicWant} {
			c.join(prefix+strings.Repeat("x", 257-len(prefix)), `{}`)
			if got := c.texts(); len(got) != 1 || !strings.Contains(got[0], `{"reason":"topic too long"}`) {
				t.Errorf("the join was answered %q", got)
			}
			c.join(prefix+strings.Repeat("x", 256-len(prefix)), `{}`)
			if got := c.texts(); len(got) == 0 || !strings.Contains(got[0], `"ok"`) {
				t.Errorf("the join was answered %q", got)
			}
		}
	})
}

func TestCountsUpAndDown(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		a, b, c := w.dial(protocol.V2), w.dial(protocol.V2), w.dial(protocol.V2)
		a.join(have, `{}`)
		a.hears(reply(1, have, `{}`), count(have, 1))
		b.join(have, `{}`)
		b.hears(reply(1, have, `{}`), count(have, 2))
		c.join(have, `{}`)
		c.hears(reply(1, have, `{}`), count(have, 3))
		b.hears(count(have, 3))
		a.hears(count(have, 2), count(have, 3))
		c.send(have, protocol.EventLeave, `{}`)
		c.hears(`["1","2","`+have+`","phx_reply",{"status":"ok","response":{}}]`, closed(1, have), count(have, 2))
		a.hears(count(have, 2))
		b.hears(count(have, 2))
		b.hangUp()
		a.hears(count(have, 1))
		b.hears(count(have, 1)) // into a connection that is gone
	})
}

func TestWrongContentStopsTheHolder(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		o, h, v := w.holder(have, `{}`), w.holder(have, `{}`), w.visitor(want, `{}`)
		w.drop()
		h.answer(have, "not it", hiHash)
		h.hears(count(have, 1), crashed(1, have))
		o.hears(count(have, 1))
		v.hears()
		h.answer(have, hi, hiHash)
		h.hears(`[null,"3","` + have + `","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]`)
	})
}

func TestNoClause(t *testing.T) {
	for topic, messages := range map[string][][2]string{
		have: {
			{eventContent, `{"content":"x"}`}, {eventContent, `{"hash":"x"}`}, {eventContent, `{"content":5,"hash":"x"}`},
			{eventContent, `null`}, {"nosuchevent", `{}`}, {eventRequest, `{}`}, {eventCount, `{"count":1000}`},
		},
		want: {
			{eventRequest, `{}`}, {eventRequest, `{"hash":5}`}, {eventRequest, `{"hash":null}`}, {eventRequest, `"h"`}, {eventRequest, `null`},
			{eventContent, `{"content":"x","hash":"x"}`}, {"nosuchevent", `{}`},
		},
	} {
		for _, m := range messages {
			t.Run(topic[:4]+" "+m[0]+" "+m[1], func(t *testing.T) {
				inWorld(t, Options{}, func(t *testing.T, w *world) {
					c := w.dial(protocol.V2)
					c.join(topic, `{}`)
					c.take()
					c.send(topic, m[0], m[1])
					if topic == have {
						c.hears(count(have, 0), crashed(1, have))
					} else {
						c.hears(crashed(1, want))
					}
				})
			})
		}
	}
}

func TestDuplicateJoinIsCountedOnce(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		a, b := w.holder(have, `{}`), w.holder(have, `{}`)
		w.drop()
		a.join(have, `{}`)
		a.hears(reply(2, have, `{}`), closed(1, have), count(have, 2))
		b.hears(count(have, 2))
		v := w.visitor(want, `{}`)
		v.join(want, `{}`)
		v.take()
		if s := w.relay.state(hiHash); s != (state{Holders: 2, Waiting: 1, Peak: 2}) {
			t.Errorf("after the duplicate joins: %+v", s)
		}
		b.hangUp()
		a.take()
		v.request(want, hiHash)
		a.hears(push(2, have, eventRequest, `{}`))
		a.answer(have, hi, hiHash)
		v.hears(broadcast(want, eventContent, `{"content":"<p>Hi 🦊</p>"}`))
	})
}

func TestWhoHasLeftIsSentNothing(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.holder(have, `{}`), w.visitor(want, `{}`)
		v.send(want, protocol.EventLeave, `{}`)
		v.take()
		h.answer(have, hi, hiHash)
		v.hears()
	})
}

// TestOthersMayBroadcast: what the rest of the server broadcasts on a page's topics goes out as it is, but for
// content_request, which is drawn for.
func TestOthersMayBroadcast(t *testing.T) {
	for _, mode := range []AskMode{OneDraw, Lottery} {
		inWorld(t, Options{Ask: mode}, func(t *testing.T, w *world) {
			h, v := w.holder(have, `{}`), w.visitor(want, `{}`)
			for _, event := range []string{eventCount, eventContent, eventState, "hello"} {
				for topic, c := range map[string]*client{have: h, want: v} {
					if err := w.endpoint.Broadcast(topic, event, map[string]int{"x": 1}); err != nil {
						t.Fatal(err)
					}
					c.hears(broadcast(topic, event, `{"x":1}`))
				}
			}
			if err := w.endpoint.Broadcast(have, eventRequest, map[string]int{"x": 1}); err != nil {
				t.Fatal(err)
			}
			h.hears(push(1, have, eventRequest, `{"x":1}`))
		})
	}
}

// TestEmojiPagesWork: the original's page asks for them by a hash that the original's server never accepted.
func TestEmojiPagesWork(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		page := "😀\r\n"
		hash := original(page)
		h, v := w.holder(topicHave+hash, `{}`), w.visitor(topicWant+hash, `{}`)
		h.answer(topicHave+hash, page, hash)
		v.hears(broadcast(topicWant+hash, eventContent, `{"content":"😀\r\n"}`))
		h.hears()
	})
}

// Whoever knows of its join, by the reply, must not miss what comes then. On the bus of the original the subscription
// came before the reply, too.
func TestAMemberIsThereWhenItsJoinIsAnswered(t *testing.T) {
	for _, topic := range []string{topicHave, topicWant} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			c := w.dial(protocol.V2)
			there := false
			c.first = func() {
				there = w.relay.state(hiHash).Holders+w.relay.state(hiHash).Waiting == 1
			}
			c.send(topic+hiHash, protocol.EventJoin, "{}")
			synctest.Wait()
			if !there {
				t.Errorf("the join of %s was answered before the relay knew of it", topic)
			}
		})
	}
}
