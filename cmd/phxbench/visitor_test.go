package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// binaryTalk is what a server broadcasts, as a frame.
func binaryTalk(t *testing.T, topic, event string, data []byte) []byte {
	t.Helper()
	f, err := protocol.V2.Fastlane(protocol.Broadcast{Topic: topic, Event: event, Payload: protocol.Binary(data)})
	if err != nil {
		t.Fatal(err)
	}
	return f.WebSocket()
}

// A page in parts must come whole, in order, unchanged, and each part is
// acknowledged.
func TestPartGates(t *testing.T) {
	p := newContent(1, 2500) // parts of 1000 bytes
	part := func(offset, total, end int) []byte {
		return binaryTalk(t, p.want(), "part", append(appendPartHeader(nil, offset, total), p.text[offset:end]...))
	}
	first, second, third := part(0, 2500, 1000), part(1000, 2500, 2000), part(2000, 2500, 2500)
	state := talk(`[null,null,"` + p.want() + `","state",{"holders":1}]`)
	progress := talk(`[null,null,"` + p.want() + `","progress",{"bytes":1000,"of":2500}]`)
	changed := bytes.Clone(second)
	changed[len(changed)-1] ^= 1
	gone := []byte("\x88\x06\x03\xf5slow")
	for name, test := range map[string]struct {
		heard [][]byte
		acks  int
		want  string
	}{
		"right":        {[][]byte{state, progress, first, second, state, third}, 3, ""},
		"whole":        {[][]byte{binaryTalk(t, p.want(), "content", p.text)}, 0, ""},
		"lost":         {[][]byte{first, third}, 1, "instead of the bytes from 1000 on of 2500 came a part from 2000 on of 2500"},
		"doubled":      {[][]byte{first, second, second, third}, 2, "came a part from 1000 on"},
		"reordered":    {[][]byte{second, first, third}, 0, "came a part from 1000 on"},
		"changed":      {[][]byte{first, changed, third}, 1, "other content"},
		"other total":  {[][]byte{first, part(1000, 2400, 2000)}, 1, "of 2400"},
		"short":        {[][]byte{part(0, 2500, 999)}, 0, "came as a message of"},
		"no header":    {[][]byte{binaryTalk(t, p.want(), "part", []byte("abc"))}, 0, "instead of the bytes from 0 on"},
		"JSON":         {[][]byte{talk(`[null,null,"` + p.want() + `","part",{"content":"x"}]`)}, 0, "instead of the bytes from 0 on"},
		"breaks off":   {[][]byte{first, second}, 2, "after 2000 bytes of a page: EOF"},
		"closed":       {[][]byte{first, gone}, 1, `after 1000 bytes of a page: the server closed the connection with code 1013 "slow"`},
		"channel ends": {[][]byte{first, talk(`["1","1","` + p.want() + `","phx_error",{}]`)}, 1, "instead of a page came phx_error"},
		"both":         {[][]byte{first, binaryTalk(t, p.want(), "content", p.text)}, 1, "instead of a page came content"},
		"other topic":  {[][]byte{binaryTalk(t, "want:x", "part", []byte("abc"))}, 0, "instead of a page came part on want:x"},
	} {
		w, server := hear(bytes.Join(test.heard, nil))
		wants(t, name, (&visitor{client: &client{wire: w}, page: p, speak: ours, part: 1000}).see(), test.want)
		acks := 0
		for rest := server.heard.Bytes(); len(rest) > 0; acks++ {
			text, n, err := cutMasked(rest)
			if err != nil || !strings.Contains(string(text), fmt.Sprintf(`"got",{"bytes":%d}`, min(1000*(acks+1), 2500))) {
				t.Fatalf("%s: acknowledgement %d is %q, %v", name, acks+1, text, err)
			}
			rest = rest[n:]
		}
		if acks != test.acks {
			t.Errorf("%s: %d acknowledgements, want %d", name, acks, test.acks)
		}
	}
	w, _ := hear(first)
	wants(t, "not asked for", (&visitor{client: &client{wire: w}, page: p, speak: ours}).see(), "instead of a page came part")
	w, _ = hear(state)
	wants(t, "state for the original", (&visitor{client: &client{wire: w}, page: p, speak: original}).see(), "instead of a page came state")
}

// Bytes in one message are compared as JSON is.
func TestBinaryPageGates(t *testing.T) {
	for _, size := range []int{100, 70_000} {
		p := newContent(1, size)
		changed := bytes.Clone(p.text)
		changed[size-1] ^= 1
		for name, test := range map[string]struct {
			data []byte
			want string
		}{"right": {p.text, ""}, "cut": {p.text[1:], "came as a message of"}, "changed": {changed, "other content"}} {
			w, _ := hear(binaryTalk(t, p.want(), "content", test.data))
			wants(t, fmt.Sprintf("%s of %d", name, size), (&visitor{client: &client{wire: w}, page: p, speak: ours}).see(), test.want)
		}
	}
}

// What a server says to those who join is understood, and that it does not know
// the extension is said plainly.
func TestWelcome(t *testing.T) {
	p := newContent(1, 5000)
	for name, test := range map[string]struct {
		speak    dialect
		response string
		part     int
		want     string
	}{
		"original":       {original, `{}`, 0, ""},
		"in parts":       {ours, `{"ephemeral":1,"max_content":8000000,"part":1000}`, 1000, ""},
		"short":          {ours, `{"ephemeral":1,"max_content":8000000,"part":5000}`, 0, ""},
		"whole":          {ours, `{"ephemeral":1,"max_content":5000}`, 0, ""},
		"too large":      {ours, `{"ephemeral":1,"max_content":4999}`, 0, "takes pages of up to 4999 bytes, not of 5000"},
		"no extension":   {ours, `{}`, 0, "does not know what this project's front end opts into"},
		"no object":      {ours, `"welcome"`, 0, "does not know"},
		"huge parts":     {ours, `{"ephemeral":1,"max_content":8000000,"part":99999999}`, 0, "wants parts of 99999999 bytes"},
		"negative parts": {ours, `{"ephemeral":1,"max_content":8000000,"part":-1}`, 0, "wants parts of -1 bytes"},
	} {
		w, server := hear(talk(`["1","1","` + p.want() + `","phx_reply",{"status":"ok","response":` + test.response + `}]`))
		v := &visitor{client: &client{wire: w}, page: p, speak: test.speak}
		wants(t, name, v.enter(), test.want)
		if test.want == "" && v.part != test.part {
			t.Errorf("%s: parts of %d bytes, want %d", name, v.part, test.part)
		}
		text, _, err := cutMasked(server.heard.Bytes())
		if err != nil || bytes.Contains(text, joinOurs) != (test.speak == ours) {
			t.Errorf("%s: joined with %s, %v", name, text, err)
		}
	}
}

// Who has been served and stays hears nothing more.
func TestRemainGates(t *testing.T) {
	const goodbye = `[null,"1000000","phoenix","phx_reply",{"status":"ok","response":{}}]`
	for name, test := range map[string]struct{ text, want string }{
		"quiet":   {goodbye, ""},
		"again":   {`[null,null,"want:x","content",{"content":"x"}]`, "a visitor that was served and stayed: instead of the reply"},
		"state":   {`[null,null,"want:x","state",{"holders":1}]`, "instead of the reply"},
		"error":   {`["1","1","want:x","phx_error",{}]`, "instead of the reply"},
		"failing": {strings.Replace(goodbye, `"ok"`, `"error"`, 1), "the reply is error"},
	} {
		w, _ := hear(talk(test.text))
		wants(t, name, (&visitor{client: &client{wire: w}}).remain(), test.want)
	}
	const still = `[null,"1000001","phoenix","phx_reply",{"status":"ok","response":{}}]`
	w, _ := hear(talk(still, still, goodbye))
	wants(t, "beating", (&visitor{client: &client{wire: w}}).remain(), "")
	w, _ = hear(talk(still))
	wants(t, "gone after a heartbeat", (&visitor{client: &client{wire: w}}).remain(), "stayed: EOF")
	w, _ = hear(talk(strings.Replace(still, `"ok"`, `"error"`, 1), goodbye))
	wants(t, "a heartbeat that fails", (&visitor{client: &client{wire: w}}).remain(), "the reply is error")
	w, _ = hear(nil)
	wants(t, "gone", (&visitor{client: &client{wire: w}}).remain(), "stayed: EOF")
}

// cutMasked reads a client's frame and returns how long it is.
func cutMasked(b []byte) (text []byte, n int, err error) {
	if len(b) < 6 {
		return nil, 0, errors.New("no frame")
	}
	header, size := 2, int(b[1]&^masked)
	switch size {
	case 126:
		header, size = 4, int(b[2])<<8|int(b[3])
	case 127:
		header, size = 10, int(b[6])<<24|int(b[7])<<16|int(b[8])<<8|int(b[9])
	}
	end := header + 4 + size
	if len(b) < end {
		return nil, 0, errors.New("half a frame")
	}
	text = bytes.Clone(b[header+4 : end])
	for i := range text {
		text[i] ^= b[header+i&3]
	}
	return text, end, nil
}

func readMasked(b []byte) ([]byte, error) {
	text, n, err := cutMasked(b)
	if err == nil && n != len(b) {
		err = fmt.Errorf("%d bytes behind the frame", len(b)-n)
	}
	return text, err
}
