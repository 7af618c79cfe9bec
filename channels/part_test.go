package channels

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

const optingForParts = `{"ephemeral":1,"binary":true}`

// A long page of the tests: more parts than may be unacknowledged, the last of them short, with code points of every
// length across the cuts.
var (
	long               = longPage(10*partSize + 7)
	longHash           = hashOf(long)
	haveLong, wantLong = topicHave + longHash, topicWant + longHash
	wholeLong          = broadcast(wantLong, eventContent, `{"content":`+string(quoted(long).quoted)+`}`)
)

// longPage returns a page of so many bytes.
func longPage(size int) string {
	page := strings.Repeat("<p>é日\U0001F98A, and so on</p>\r\n", size/20+1)[:size]
	for !utf8.ValidString(page) {
		page = page[:len(page)-1]
	}
	return page + strings.Repeat("x", size-len(page))
}

// pushPart sends one part as a holder's page does.
func (c *client) pushPart(topic string, b []byte) {
	c.w.Helper()
	c.sendBinary(topic, eventPart, c.joinRef, b)
}

// got acknowledges so many bytes as a visitor's page does.
func (c *client) acknowledge(topic string, bytes int) {
	c.w.Helper()
	c.send(topic, eventGot, fmt.Sprintf(`{"bytes":%d}`, bytes))
}

// A reader puts the parts of a content together, as a visitor's page does.
type reader struct {
	text  []byte
	total int
	parts int
}

// take adds the parts that came since the last time and returns the other frames.
func (r *reader) take(c *client, topic string) (others []string) {
	c.w.Helper()
	for _, f := range c.take() {
		if !f.IsBinary() {
			others = append(others, string(f.Bytes()))
			continue
		}
		body, ok := strings.CutPrefix(string(f.Bytes()), binaryBroadcast(topic, eventPart, ""))
		p, headed := parsePart([]byte(body))
		if !ok || !headed {
			c.w.Fatalf("came %.80q", f.Bytes())
		}
		r.add(c, p)
	}
	return others
}

func (r *reader) add(c *client, p part) {
	c.w.Helper()
	if r.parts == 0 {
		r.total = int(p.total)
	}
	if !p.follows(int64(len(r.text)), int64(r.total)) {
		c.w.Fatalf("behind %d bytes of %d came %d from %d of %d", len(r.text), r.total, len(p.body), p.offset, p.total)
	}
	r.text = append(r.text, p.body...)
	r.parts++
}

// readAll takes and acknowledges parts until no more come. It returns the text, and the other frames.
func (c *client) readAll(topic string) (string, []string) {
	c.w.Helper()
	var r reader
	others := r.take(c, topic)
	for n := -1; n != r.parts; {
		n = r.parts
		c.acknowledge(topic, len(r.text))
		others = append(others, r.take(c, topic)...)
	}
	return string(r.text), others
}

// reads checks that a visitor gets this text in parts, and returns what else it was sent.
func (c *client) reads(topic, text string) []string {
	c.w.Helper()
	got, others := c.readAll(topic)
	if got != text {
		c.w.Fatalf("of %d bytes came %d: %.60q", len(text), len(got), got)
	}
	return others
}

// answerInParts sends a page as a holder that is asked does.
func (c *client) answerInParts(topic, text string) {
	c.w.Helper()
	for _, part := range cut([]byte(text)) {
		c.pushPart(topic, part)
	}
}

// pushes returns the payloads of the events of this name that were pushed to the client since the last time, and drops
// the rest.
func (c *client) pushes(event string) (payloads []string) {
	c.w.Helper()
	for _, f := range c.take() {
		var frame [5]json.RawMessage
		if f.IsBinary() || json.Unmarshal(f.Bytes(), &frame) != nil {
			continue
		}
		if string(frame[3]) == `"`+event+`"` {
			payloads = append(payloads, string(frame[4]))
		}
	}
	return payloads
}

func TestCut(t *testing.T) {
	for _, size := range []int{1, partSize - 1, partSize, partSize + 1, 3 * partSize, 3*partSize + 5} {
		text := []byte(longPage(size))
		parts := cut(text)
		var all []byte
		for i, b := range parts {
			p, ok := parsePart(b)
			if !ok || !p.follows(int64(len(all)), int64(size)) || p.last() != (i == len(parts)-1) {
				t.Fatalf("of %d bytes, part %d is %d bytes from %d of %d, last: %t", size, i, len(p.body), p.offset, p.total, p.last())
			}
			all = append(all, p.body...)
		}
		if !bytes.Equal(all, text) || len(parts) != (size+partSize-1)/partSize {
			t.Errorf("%d bytes were cut into %d parts of %d in all", size, len(parts), len(all))
		}
	}
}

func TestPartsThatDoNotFollow(t *testing.T) {
	full := make([]byte, partSize)
	for name, p := range map[string]part{
		"another offset": {offset: 1, total: 2 * partSize, body: full},
		"another total":  {offset: partSize, total: 3 * partSize, body: full},
		"too short":      {offset: partSize, total: 2 * partSize, body: full[1:]},
		"too long":       {offset: partSize, total: 2 * partSize, body: make([]byte, partSize+1)},
		"over the end":   {offset: partSize, total: partSize + 1, body: full},
	} {
		if total := int64(2 * partSize); p.follows(partSize, total) {
			t.Errorf("%s: it follows", name)
		}
	}
	if _, ok := parsePart(make([]byte, partHead-1)); ok {
		t.Error("a part without its head was read")
	}
}

// TestWhoIsOfferedParts: only who can take them.
func TestWhoIsOfferedParts(t *testing.T) {
	offered := func(c *client, topic, payload string) bool {
		c.join(topic, payload)
		return strings.Contains(c.texts()[0], `"part":65536`)
	}
	for _, c := range []struct {
		payload, topic string
		serializer     protocol.Serializer
		transport      string
		want           bool
	}{
		{optingForParts, have, protocol.V2, "websocket", true},
		{optingForParts, want, protocol.V2, "websocket", true},
		{optingIn, have, protocol.V2, "websocket", false},
		{optingIn, want, protocol.V2, "websocket", false},
		{optingForParts, have, protocol.V2, "longpoll", false},
		{optingForParts, want, protocol.V2, "longpoll", false},
		{optingForParts, topicHave + strings.Repeat("x", 251), protocol.V2, "websocket", false},
		{optingForParts, topicWant + strings.Repeat("x", 250), protocol.V2, "websocket", true},
		{optingForParts, topicWant + strings.Repeat("x", 251), protocol.V2, "websocket", false},
	} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			if got := offered(w.dialOver(c.transport, c.serializer), c.topic, c.payload); got != c.want {
				t.Errorf("%s on %.20s over %s: %t", c.payload, c.topic, c.transport, got)
			}
		})
	}
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		old := w.dial(protocol.V1)
		if err := old.session.Message([]byte(`{"topic":"`+want+`","event":"phx_join","payload":`+optingForParts+`,"ref":"1"}`), false); err != nil {
			t.Fatal(err)
		}
		if got := old.texts()[0]; !strings.Contains(got, "max_content") || strings.Contains(got, "part") {
			t.Errorf("over V1 came %s", got)
		}
	})
	inWorld(t, Options{MaxContent: maxParted + 1}, func(t *testing.T, w *world) {
		if offered(w.dial(protocol.V2), want, optingForParts) {
			t.Error("a page may be longer than an offset can tell, and parts are offered")
		}
	})
}

// TestPartsNeedTheOffer: for others the events are unknown.
func TestPartsNeedTheOffer(t *testing.T) {
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h, v := w.holder(have, optingIn), w.visitor(want, optingIn)
		w.drop()
		h.pushPart(have, cut([]byte(hi))[0])
		if got := h.texts(); !sameJSON(got[len(got)-1], crashed(1, have)) {
			t.Errorf("the holder heard %q", got)
		}
		v.take()
		v.acknowledge(want, 1)
		v.hears(crashed(1, want))
	})
	for _, payload := range []string{`{}`, `{"bytes":"1"}`, `{"bytes":1.5}`, `{"bytes":1e999}`, `[]`, `{"Bytes":1}`} {
		inWorld(t, Options{}, func(t *testing.T, w *world) {
			v := w.visitor(want, optingForParts)
			v.send(want, eventGot, payload)
			v.hears(crashed(1, want))
		})
	}
	inWorld(t, Options{}, func(t *testing.T, w *world) {
		h := w.holder(have, optingForParts)
		h.send(have, eventPart, `{}`)
		if got := h.texts(); !sameJSON(got[len(got)-1], crashed(1, have)) {
			t.Errorf("a part in JSON: heard %q", got)
		}
	})
}
