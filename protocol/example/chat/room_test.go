package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// A house is a chat without a network. Time is that of a synctest bubble, so
// that waiting costs none.
type house struct {
	t         *testing.T
	endpoint  *phoenix.Endpoint
	everybody *presence.Presence
}

func inHouse(t *testing.T, test func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		logger := slog.New(slog.DiscardHandler)
		endpoint := phoenix.NewEndpoint(phoenix.Config{Logger: logger})
		test(&house{t, endpoint, newPresence(endpoint, logger)})
	})
}

// visit connects a visitor.
func (h *house) visit() *phoenixtest.Client {
	h.t.Helper()
	client, err := phoenixtest.Connect(h.t, newUserSocket(h.everybody), phoenixtest.Options{Endpoint: h.endpoint})
	if err != nil {
		h.t.Fatal(err)
	}
	return client
}

// enter brings a visitor into a room and takes the list that the page gets.
func (h *house) enter(room, name string) *phoenixtest.Channel {
	h.t.Helper()
	ch := h.visit().MustJoin("room:"+room, object{"name": name})
	ch.ExpectPush(presence.EventState, phoenixtest.Anything)
	return ch
}

// here names everybody in a room, as the presence has it.
func (h *house) here(room string) map[string]int {
	synctest.Wait()
	windows := make(map[string]int)
	for name, entry := range h.everybody.List("room:" + room) {
		windows[name] = len(entry.Metas)
	}
	return windows
}

func (h *house) wantHere(room string, want map[string]int) {
	h.t.Helper()
	if got := h.here(room); fmt.Sprint(got) != fmt.Sprint(want) {
		h.t.Errorf("in %s there are %v, want %v", room, got, want)
	}
}

type object = map[string]any

// people are visitors with the windows that they have, and whether they are
// typing there.
type people map[string][]meta

// UnmarshalJSON reads them as clients see them.
func (p *people) UnmarshalJSON(text []byte) error {
	var entries map[string]struct {
		Metas []meta `json:"metas"`
	}
	err := json.Unmarshal(text, &entries)
	*p = make(people)
	for name, entry := range entries {
		(*p)[name] = entry.Metas
	}
	return err
}

// is matches a presence_state.
func (p people) is() phoenixtest.Match {
	return func(got protocol.Payload) error {
		var others people
		if err := got.Decode(&others); err != nil {
			return err
		}
		if !maps.EqualFunc(p, others, slices.Equal) {
			return fmt.Errorf("there are %v, want %v", others, p)
		}
		return nil
	}
}

// change matches a presence_diff.
func change(joins, leaves people) phoenixtest.Match {
	return func(got protocol.Payload) error {
		var diff struct {
			Joins  protocol.Payload `json:"joins"`
			Leaves protocol.Payload `json:"leaves"`
		}
		if err := got.Decode(&diff); err != nil {
			return err
		}
		return errors.Join(joins.is()(diff.Joins), leaves.is()(diff.Leaves))
	}
}

func TestEnter(t *testing.T) {
	inHouse(t, func(h *house) {
		ann := h.visit().MustJoin("room:lobby", object{"name": "  Ann "})
		if got := ann.Response().String(); got != `{"name":"Ann"}` {
			t.Errorf("the join was answered with %s", got)
		}
		ann.ExpectPush(presence.EventState, people{"Ann": {{}}}.is())

		bob := h.visit().MustJoin("room:lobby", object{"name": "Bob"})
		ann.ExpectPush(presence.EventDiff, change(people{"Bob": {{}}}, nil))
		bob.ExpectPush(presence.EventState, people{"Ann": {{}}, "Bob": {{}}}.is())
		h.wantHere("lobby", map[string]int{"Ann": 1, "Bob": 1})
		h.wantHere("attic", map[string]int{})
	})
}

func TestRefusedNames(t *testing.T) {
	inHouse(t, func(h *house) {
		client := h.visit()
		for _, test := range []struct {
			payload any
			reason  string
		}{
			{nil, "A name is needed."},
			{object{"name": " \t"}, "A name is needed."},
			{object{"name": strings.Repeat("ä", maxName+1)}, "A name has at most 32 characters, not 33."},
			{object{"name": "Ann\nBob"}, "A name is one line of text."},
			{object{"name": "__proto__"}, "That name is reserved: choose another one."},
			{object{"name": 7}, `The join needs a name: {"name": "Ann"}.`},
			{[]int{1}, `The join needs a name: {"name": "Ann"}.`},
			{protocol.Binary([]byte{1}), `The join needs a name: {"name": "Ann"}.`},
		} {
			_, err := client.Join("room:lobby", test.payload)
			var refused *phoenixtest.Refusal
			if !errors.As(err, &refused) {
				t.Errorf("%v: the error is %v, want a refusal", test.payload, err)
				continue
			}
			if got := reasonOf(t, refused.Response); got != test.reason {
				t.Errorf("%v: refused with %q, want %q", test.payload, got, test.reason)
			}
		}
		h.wantHere("lobby", map[string]int{})
		client.MustJoin("room:lobby", object{"name": strings.Repeat("ä", maxName)})
	})
}

func reasonOf(t *testing.T, p protocol.Payload) string {
	t.Helper()
	var response struct {
		Reason string `json:"reason"`
	}
	if err := p.Decode(&response); err != nil {
		t.Fatal(err)
	}
	return response.Reason
}

func TestOtherTopics(t *testing.T) {
	inHouse(t, func(h *house) {
		client := h.visit()
		for topic, reason := range map[string]string{
			"lobby":                            "unmatched topic",
			"room:" + strings.Repeat("x", 200): "topic too long",
		} {
			_, err := client.Join(topic, object{"name": "Ann"})
			var refused *phoenixtest.Refusal
			if !errors.As(err, &refused) || reasonOf(t, refused.Response) != reason {
				t.Errorf("%.10s: the error is %v, want %s", topic, err, reason)
			}
		}
	})
}

func TestSay(t *testing.T) {
	inHouse(t, func(h *house) {
		ann, bob, eve := h.enter("lobby", "Ann"), h.enter("lobby", "Bob"), h.enter("attic", "Eve")
		ref := ann.Push("say", object{"text": " <b>hi</b>\n"})
		ann.ExpectReply(ref, "ok", nil)
		want := object{"from": "Ann", "text": "<b>hi</b>"}
		ann.ExpectPush("said", want)
		bob.ExpectPush("said", want)
		eve.RefutePush("said", phoenixtest.Anything)

		ref = bob.Push("say", object{"text": strings.Repeat("ä", maxText)})
		bob.ExpectReply(ref, "ok", nil)
	})
}

func TestRefusedMessages(t *testing.T) {
	inHouse(t, func(h *house) {
		ann, bob := h.enter("lobby", "Ann"), h.enter("lobby", "Bob")
		for _, test := range []struct {
			payload any
			reason  string
		}{
			{object{"text": " \n"}, "The message is empty."},
			{nil, "The message is empty."},
			{object{"text": strings.Repeat("ä", maxText+1)}, "A message has at most 2000 characters, not 2001."},
			{object{"text": []int{1}}, `A message needs a text: {"text": "Hello"}.`},
			{protocol.Binary([]byte{1}), `A message needs a text: {"text": "Hello"}.`},
		} {
			ref := ann.Push("say", test.payload)
			ann.ExpectReply(ref, "error", object{"reason": test.reason})
		}
		bob.RefutePush("said", phoenixtest.Anything)
		ref := ann.Push("say", object{"text": "still here"})
		ann.ExpectReply(ref, "ok", nil)
	})
}

func TestTyping(t *testing.T) {
	inHouse(t, func(h *house) {
		ann, bob := h.enter("lobby", "Ann"), h.enter("lobby", "Bob")
		becomes := func(typing bool) phoenixtest.Match {
			return change(people{"Ann": {{Typing: typing}}}, people{"Ann": {{Typing: !typing}}})
		}
		ann.Push("typing", object{"typing": true})
		bob.ExpectPush(presence.EventDiff, becomes(true))
		ann.Push("typing", object{"typing": true}) // is nothing new
		bob.RefutePush(presence.EventDiff, phoenixtest.Anything)
		ann.Push("typing", object{"typing": false})
		bob.ExpectPush(presence.EventDiff, becomes(false))

		// Who has sent the message does not write it any more.
		ann.Push("typing", object{"typing": true})
		bob.ExpectPush(presence.EventDiff, becomes(true))
		ann.Push("say", object{"text": "done"})
		bob.ExpectPush("said", phoenixtest.Anything)
		bob.ExpectPush(presence.EventDiff, becomes(false))
	})
}

// However a visitor goes, the others are told; who has a second window stays.
func TestLeave(t *testing.T) {
	for name, leave := range map[string]func(*phoenixtest.Client, *phoenixtest.Channel){
		"leaves the room":   func(_ *phoenixtest.Client, ch *phoenixtest.Channel) { ch.Leave(); ch.ExpectClose() },
		"closes the window": func(client *phoenixtest.Client, _ *phoenixtest.Channel) { client.Close() },
		"breaks the rules": func(_ *phoenixtest.Client, ch *phoenixtest.Channel) {
			ch.Push("no such event", nil)
			ch.ExpectCrash()
		},
		"types nonsense": func(_ *phoenixtest.Client, ch *phoenixtest.Channel) {
			ch.Push("typing", object{"typing": "yes"})
			ch.ExpectCrash()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(h *house) {
				bob := h.enter("lobby", "Bob")
				var clients [2]*phoenixtest.Client
				var channels [2]*phoenixtest.Channel
				for i := range clients {
					clients[i] = h.visit()
					channels[i] = clients[i].MustJoin("room:lobby", object{"name": "Ann"})
				}
				h.wantHere("lobby", map[string]int{"Ann": 2, "Bob": 1})
				leave(clients[0], channels[0])
				h.wantHere("lobby", map[string]int{"Ann": 1, "Bob": 1})
				leave(clients[1], channels[1])
				h.wantHere("lobby", map[string]int{"Bob": 1})
				gone := change(nil, people{"Ann": {{}}})
				bob.ExpectPush(presence.EventDiff, gone)
				bob.ExpectPush(presence.EventDiff, gone)
			})
		})
	}
}
