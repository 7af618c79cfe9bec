package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// The binary frames of this client are those of the project's serializer, both
// ways.
func TestBinaryFrames(t *testing.T) {
	data := []byte{0, 1, 2, 0xff}
	m, err := protocol.V2.Decode(encodeBinary(1, 23, "have:x", "content", data[:2], data[2:]), true)
	if err != nil || m.JoinRef != protocol.StringRef("1") || m.Ref != protocol.StringRef("23") || m.Topic != "have:x" || m.Event != "content" ||
		!bytes.Equal(m.Payload.Bytes(), data) {
		t.Errorf("to the server: got %+v, %v", m, err)
	}
	broadcast, err := protocol.V2.Fastlane(protocol.Broadcast{Topic: "want:x", Event: "part", Payload: protocol.Binary(data)})
	if err != nil {
		t.Fatal(err)
	}
	push, err := protocol.V2.Encode(protocol.Message{JoinRef: protocol.StringRef("1"), Topic: "want:x", Event: "part", Payload: protocol.Binary(data)})
	if err != nil {
		t.Fatal(err)
	}
	for name, frame := range map[string]protocol.Frame{"broadcast": broadcast, "push": push} {
		w, _ := hear(frame.WebSocket())
		got, err := (&client{wire: w}).receive()
		if err != nil || !got.binary || !got.is("part", "want:x") || !bytes.Equal(got.payload, data) ||
			int(got.size)-got.start != len(data) || got.String() != "part on want:x with 4 bytes" {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		b := frame.Bytes()
		for n := range len(b) - len(data) {
			if got, err := parseBinary(b[:n], false); !errors.Is(err, errNoMessage) {
				t.Errorf("%s, %d bytes of the header: got %v", name, n, got)
			}
		}
	}
	if got, err := parseBinary([]byte("\x01\x01\x01\x01\x0212tok"), true); !errors.Is(err, errNoMessage) {
		t.Errorf("a reply of bytes, which nobody sends: got %v", got)
	}
}

func TestPartHeader(t *testing.T) {
	b := appendPartHeader(nil, 1<<16, 8_000_000)
	if at, of, ok := parsePartHeader(append(b, "x"...)); !ok || at != 1<<16 || of != 8_000_000 {
		t.Errorf("got %d of %d, %v", at, of, ok)
	}
	if _, _, ok := parsePartHeader(b[:7]); ok {
		t.Error("half a header was understood")
	}
}

// A page in parts is the page.
func TestOffer(t *testing.T) {
	for _, size := range []int{10, 99, 100, 101, 1000} {
		o := &offer{content: newContent(3, size)}
		var whole []byte
		for i, frame := range o.inParts(100) {
			data, err := readMasked(frame)
			if err != nil {
				t.Fatal(err)
			}
			m, err := protocol.V2.Decode(data, true)
			if err != nil || m.Event != "part" || m.Topic != "have:"+o.hash {
				t.Fatalf("part %d: got %+v, %v", i, m, err)
			}
			at, of, ok := parsePartHeader(m.Payload.Bytes())
			if !ok || at != len(whole) || of != size {
				t.Errorf("%d bytes: part %d is that at %d of %d", size, i, at, of)
			}
			whole = append(whole, m.Payload.Bytes()[partHeader:]...)
		}
		if !bytes.Equal(whole, o.text) {
			t.Errorf("%d bytes: the parts are not the page", size)
		}
		first, one := o.inParts(100), o.whole(true)
		if again, other := o.inParts(100), o.whole(true); &first[0][0] != &again[0][0] || &one[0] != &other[0] {
			t.Error("holders do not share their frames")
		}
		text, err := readMasked(o.whole(false))
		if err != nil {
			t.Fatal(err)
		}
		m, err := protocol.V2.Decode(text, false)
		if err != nil || m.Event != "content" || !strings.Contains(string(m.Payload.Bytes()), `"hash":"`+o.hash+`"`) {
			t.Errorf("as JSON: got %+v, %v", m, err)
		}
	}
}
