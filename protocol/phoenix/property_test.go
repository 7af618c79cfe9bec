package phoenix_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// A model is what PROTOCOL.md §4.3 to §4.7 say of some clients and their channels, in as few words as possible.
type model struct {
	channels map[*side]map[string]*membership
	expected map[*side][]sent
}

// A side is one client and the version it speaks.
type side struct {
	client *client
	v1     bool
}

// A membership is a joined channel. Refs are JSON text.
type membership struct {
	storedRef, joinRef string
	word               string // the last one
}

// A sent is a frame of the server's, in either version.
type sent struct{ joinRef, ref, topic, event, payload string }

func (f sent) text(v1 bool) string {
	if v1 {
		return fmt.Sprintf(`{"topic":%q,"event":%q,"payload":%s,"ref":%s}`, f.topic, f.event, f.payload, f.ref)
	}
	return fmt.Sprintf(`[%s,%s,%q,%q,%s]`, f.joinRef, f.ref, f.topic, f.event, f.payload)
}

// A command is a message of a client's, or a broadcast of the server's.
type command struct {
	from         *side // nil: the server
	joinRef, ref string
	topic, event string
}

func (c command) String() string {
	who := "the server"
	if c.from != nil {
		who = "V2"
		if c.from.v1 {
			who = "V1"
		}
	}
	return fmt.Sprintf("%s: %s %s %s %s", who, c.joinRef, c.ref, c.topic, c.event)
}

const (
	none = "null"
	body = `{"x":1}`
)

func reply(status, response string) string {
	return `{"status":"` + status + `","response":` + response + `}`
}

func (m *model) expect(s *side, joinRef, ref, topic, event, payload string) {
	m.expected[s] = append(m.expected[s], sent{joinRef, ref, topic, event, payload})
}

// apply says what a command does.
func (m *model) apply(c command) {
	if c.from == nil {
		m.cast(nil, c.topic, c.event)
		return
	}
	member := m.channels[c.from][c.topic]
	switch {
	case c.topic == "phoenix" && c.event == "heartbeat": // row 1
		m.expect(c.from, none, c.ref, c.topic, "phx_reply", reply("ok", "{}"))
	case c.event == "phx_join": // rows 2 and 3
		m.join(c, member)
	case member != nil && c.joinRef != none && c.joinRef != member.storedRef: // rows 5 and 7
	case member != nil && c.event == "phx_leave": // row 4
		m.expect(c.from, member.joinRef, c.ref, c.topic, "phx_reply", reply("ok", "{}"))
		m.close(c.from, c.topic, member)
	case member != nil: // row 6
		m.handle(c, member)
	case c.event == "phx_leave": // row 8
		m.expect(c.from, c.joinRef, c.ref, c.topic, "phx_reply", reply("ok", "{}"))
	default: // row 9
		m.expect(c.from, none, c.ref, c.topic, "phx_reply", reply("error", `{"reason":"unmatched topic"}`))
	}
}

func (m *model) join(c command, old *membership) {
	var last []sent
	if c.topic == "phoenix" {
		m.expect(c.from, none, c.ref, c.topic, "phx_reply", reply("error", `{"reason":"unmatched topic"}`))
		return
	}
	if old != nil {
		if strings.Contains(c.topic, "trap") {
			before := m.expected[c.from]
			m.expected[c.from] = nil
			m.lastWords(c.from, c.topic, old) // to others it goes out at once, to its own client behind the reply
			last, m.expected[c.from] = m.expected[c.from], before
		}
		delete(m.channels[c.from], c.topic)
		last = append(last, sent{old.storedRef, old.storedRef, c.topic, "phx_close", "{}"})
	}
	_, how, _ := strings.Cut(c.topic, ":")
	switch how {
	case "deny":
		m.expect(c.from, c.joinRef, c.ref, c.topic, "phx_reply", reply("error", `{"reason":"denied"}`))
	case "crash", "panic":
		m.expect(c.from, c.joinRef, c.ref, c.topic, "phx_reply", reply("error", `{"reason":"join crashed"}`))
	default:
		m.expect(c.from, c.joinRef, c.ref, c.topic, "phx_reply", reply("ok", "{}"))
		member := &membership{storedRef: c.joinRef, joinRef: c.joinRef}
		if member.joinRef == none {
			member.joinRef = c.ref
		}
		m.channels[c.from][c.topic] = member
	}
	m.expected[c.from] = append(m.expected[c.from], last...)
}

func (m *model) handle(c command, member *membership) {
	answer := func(status, response string) {
		m.expect(c.from, member.joinRef, c.ref, c.topic, "phx_reply", reply(status, response))
	}
	event, argument, _ := strings.Cut(c.event, " ")
	switch event {
	case "echo":
		answer("ok", body)
	case "error":
		answer("error", body)
	case "status":
		answer(argument, body)
	case "ok":
		answer("ok", "{}")
	case "word":
		member.word = argument
		answer("ok", "{}")
	case "noreply":
	case "push":
		m.expect(c.from, member.joinRef, none, c.topic, "pushed", body)
	case "broadcast":
		m.cast(nil, c.topic, argument)
	case "broadcast_from":
		m.cast(c.from, c.topic, argument)
	case "stop_reply":
		answer("ok", body)
		m.stop(c, argument, member)
	case "stop":
		m.stop(c, argument, member)
	default: // returns, panics, and events without a rule
		m.crash(c.from, c.topic, member)
	}
}

func (m *model) stop(c command, reason string, member *membership) {
	if reason == "other" {
		m.crash(c.from, c.topic, member)
		return
	}
	m.close(c.from, c.topic, member)
}

// close ends a channel in good order: phx_close, then its last words.
func (m *model) close(s *side, topic string, member *membership) {
	m.expect(s, member.storedRef, member.storedRef, topic, "phx_close", "{}")
	m.lastWords(s, topic, member)
	delete(m.channels[s], topic)
}

// crash ends it otherwise: its last words, then phx_error.
func (m *model) crash(s *side, topic string, member *membership) {
	m.lastWords(s, topic, member)
	m.expect(s, member.storedRef, member.storedRef, topic, "phx_error", `{"reason":"channel_crash"}`)
	delete(m.channels[s], topic)
}

func (m *model) lastWords(s *side, topic string, member *membership) {
	if member.word == "" {
		return
	}
	payload := `{"word":"` + member.word + `"}`
	m.expect(s, member.joinRef, none, topic, "last push", payload)
	for other, channels := range m.channels {
		if channels[topic] != nil {
			m.expect(other, none, none, topic, "last broadcast", payload)
		}
	}
}

// cast is a broadcast: past the channels, but for the events that they intercept.
func (m *model) cast(but *side, topic, event string) {
	for s, channels := range m.channels {
		member := channels[topic]
		if member == nil || s == but {
			continue
		}
		switch event {
		case "drop":
		case "secret":
			m.expect(s, member.joinRef, none, topic, event, fmt.Sprintf(`{"for":%q}`, member.joinRef))
		case "stop":
			m.close(s, topic, member)
		default:
			m.expect(s, none, none, topic, event, body)
		}
	}
}

var (
	modelTopics = []string{"a", "trap", "c:deny", "d:crash", "phoenix"}
	modelRefs   = []string{none, `"1"`, `"2"`, `1`, `""`}
	modelEvents = []string{
		"phx_join", "phx_join", "phx_join", "phx_leave", "echo", "error", "status custom", "ok", "noreply", "word bye", "push",
		"broadcast plain", "broadcast secret", "broadcast drop", "broadcast stop", "broadcast_from plain", "stop normal", "stop shutdown", "stop other",
		"stop_reply normal", "stop_reply other", "return broken", "panic ouch", "goexit", "no rule", "heartbeat",
	}
)

func drawCommand(t *rapid.T, sides []*side) command {
	c := command{topic: rapid.SampledFrom(modelTopics).Draw(t, "topic")}
	if n := rapid.IntRange(0, 5).Draw(t, "from"); n > 0 {
		c.from = sides[n%len(sides)]
	} else {
		c.event = rapid.SampledFrom([]string{"plain", "secret", "drop", "stop"}).Draw(t, "event")
		return c
	}
	c.joinRef = rapid.SampledFrom(modelRefs).Draw(t, "join_ref")
	c.ref = rapid.SampledFrom([]string{none, `"7"`, `8`}).Draw(t, "ref")
	c.event = rapid.SampledFrom(modelEvents).Draw(t, "event")
	return c
}

func (c command) run(w *world) {
	w.Helper()
	if c.from == nil {
		if err := w.endpoint.Broadcast(c.topic, c.event, protocol.JSON([]byte(body))); err != nil {
			w.Fatalf("%v: %v", c, err)
		}
		return
	}
	if c.from.v1 {
		c.from.client.says(fmt.Sprintf(`{"topic":%q,"event":%q,"payload":%s,"ref":%s,"join_ref":%s}`, c.topic, c.event, body, c.ref, c.joinRef))
		return
	}
	c.from.client.says(fmt.Sprintf(`[%s,%s,%q,%q,%s]`, c.joinRef, c.ref, c.topic, c.event, body))
}

// testModel runs scripts of random commands against the model, which checks them after as many at a time as batch says.
func testModel(t *testing.T, batch func(t *rapid.T, m *model, sides []*side) []command) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ rapid.TB }{t}, func(t *rapid.T) { // it must not see t.Deadline, which a bubble forbids
			g := new(guestbook)
			u := &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "phoenix-not", New: g.room}, {Pattern: "a", New: g.room}, {Pattern: "trap*", New: g.room}, {Pattern: "c*", New: g.room}, {Pattern: "d*", New: g.room}}}
			w := newWorld(t, u, quiet())
			sides := []*side{{client: w.dial(protocol.V2)}, {client: w.dial(protocol.V1), v1: true}, {client: w.dial(protocol.V2)}}
			m := &model{channels: map[*side]map[string]*membership{}}
			for _, s := range sides {
				m.channels[s] = map[string]*membership{}
			}
			for range rapid.IntRange(1, 30).Draw(t, "steps") {
				m.expected = map[*side][]sent{}
				for _, c := range batch(t, m, sides) {
					t.Log(c)
					c.run(w)
				}
				for i, s := range sides {
					m.compare(t, i, s)
				}
			}
			w.end()
		})
	})
}

// compare checks a client's frames topic by topic: between topics there is no order.
func (m *model) compare(t *rapid.T, i int, s *side) {
	t.Helper()
	got := map[string][]string{}
	for _, text := range s.client.texts() {
		v, _ := parseJSON(text)
		switch v := v.(type) {
		case map[string]any:
			got[fmt.Sprint(v["topic"])] = append(got[fmt.Sprint(v["topic"])], text)
		case []any:
			got[fmt.Sprint(v[2])] = append(got[fmt.Sprint(v[2])], text)
		}
	}
	for _, topic := range modelTopics {
		var want []string
		for _, f := range m.expected[s] {
			if f.topic == topic {
				want = append(want, f.text(s.v1))
			}
		}
		if !slices.EqualFunc(got[topic], want, sameJSON) {
			t.Fatalf("client %d on %q heard\n\t%s\nwant\n\t%s", i, topic, strings.Join(got[topic], "\n\t"), strings.Join(want, "\n\t"))
		}
	}
}

// One command at a time: every frame is known.
func TestModelStepByStep(t *testing.T) {
	testModel(t, func(t *rapid.T, m *model, sides []*side) []command {
		c := drawCommand(t, sides)
		m.apply(c)
		return []command{c}
	})
}

// Bursts of messages of one client, without waiting in between. A burst leaves alone a topic whose channel it has ended or
// replaced: from then on it depends on the moment what a message meets. Broadcasts overtake what waits in a mailbox, so
// there are none but those of the channels themselves.
func TestModelInBursts(t *testing.T) {
	testModel(t, func(t *rapid.T, m *model, sides []*side) (burst []command) {
		from := rapid.SampledFrom(sides).Draw(t, "of")
		unclear := map[string]bool{}
		touched := map[string]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "burst") {
			c := drawCommand(t, []*side{from})
			if c.from == nil || unclear[c.topic] || strings.HasPrefix(c.event, "broadcast") {
				continue
			}
			live := m.channels[from][c.topic]
			if c.event == "phx_join" && live != nil && touched[c.topic] {
				continue // the old channel may still be at work
			}
			m.apply(c)
			touched[c.topic] = true
			if live != nil && m.channels[from][c.topic] != live && c.event != "phx_join" {
				unclear[c.topic] = true
			}
			burst = append(burst, c)
		}
		return burst
	})
}
