package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// The oracle of the decoders is encoding/json. It differs from ours in three points, which the targets allow for: it
// mends bytes that are not UTF-8 and halves of surrogate pairs where we refuse them, and it counts the 10,000 levels of
// nesting a little differently.

func FuzzDecodeV2(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		var e []json.RawMessage
		valid := json.Unmarshal(data, &e) == nil && e != nil && len(e) >= 5
		var want [5]json.RawMessage
		copy(want[:], e)
		checkDecoded(t, V2, data, valid, want)
	})
}

func FuzzDecodeV1(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range []Serializer{V1, V2015} {
			var e map[string]json.RawMessage
			valid := json.Unmarshal(data, &e) == nil && e != nil
			for _, key := range []string{"topic", "event", "payload", "ref"} {
				if _, ok := e[key]; !ok && !(key == "ref" && s == V2015) {
					valid = false
				}
			}
			checkDecoded(t, s, data, valid, [5]json.RawMessage{e["join_ref"], e["ref"], e["topic"], e["event"], e["payload"]})
		}
	})
}

func checkDecoded(t *testing.T, s Serializer, data []byte, valid bool, want [5]json.RawMessage) {
	if deep(data) {
		return
	}
	valid = valid && utf8.Valid(data) && !loneSurrogate(data)
	var texts [2]*string
	if valid {
		valid = json.Unmarshal(want[2], &texts[0]) == nil && json.Unmarshal(want[3], &texts[1]) == nil
		valid = valid && texts[0] != nil && texts[1] != nil
	}
	m, err := s.Decode(bytes.Clone(data), false)
	if (err == nil) != valid {
		t.Fatalf("%v: error %v, but that it is a message is %v", s, err, valid)
	}
	if !valid {
		return
	}
	if m.Topic != *texts[0] || m.Event != *texts[1] {
		t.Errorf("%v: topic %q, event %q; want %q, %q", s, m.Topic, m.Event, *texts[0], *texts[1])
	}
	if !bytes.Equal(m.Payload.Bytes(), want[4]) {
		t.Errorf("%v: payload %q, want %q", s, m.Payload.Bytes(), want[4])
	}
	checkRef(t, m.JoinRef, want[0])
	checkRef(t, m.Ref, want[1])
}

// checkRef compares a ref by value with the text it was read from.
func checkRef(t *testing.T, r Ref, text json.RawMessage) {
	var got, want any
	if text != nil && json.Unmarshal(text, &want) != nil {
		return // a number that no double holds
	}
	if err := json.Unmarshal([]byte(r.String()), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ref %s, want the value of %s (%v)", r, text, err)
	}
	if again, err := ParseRef(r.String()); err != nil || again != r {
		t.Errorf("ref %s parsed again is %s, %v", r, again, err)
	}
}

// deep reports nesting close to the limit.
func deep(data []byte) bool {
	return bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 9000
}

// loneSurrogate looks for half a surrogate pair in text that is JSON.
func loneSurrogate(data []byte) bool {
	for i := 0; i+1 < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++
		if first := unit(data[i:]); first >= 0xd800 && first < 0xe000 {
			rest := data[i+5:]
			if first >= 0xdc00 || len(rest) < 6 || rest[0] != '\\' {
				return true
			}
			if second := unit(rest[1:]); second < 0xdc00 || second >= 0xe000 {
				return true
			}
			i += 10
		}
	}
	return false
}

// unit reads uXXXX; anything else is 0.
func unit(data []byte) (u int) {
	if len(data) < 5 || data[0] != 'u' {
		return 0
	}
	for _, c := range data[1:5] {
		u <<= 4
		switch {
		case c >= 'a':
			u += int(c - 'a' + 10)
		case c >= 'A':
			u += int(c - 'A' + 10)
		default:
			u += int(c - '0')
		}
	}
	return u
}

func FuzzDecodeV2Binary(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := V2.Decode(bytes.Clone(data), true)
		if err != nil {
			if !reflect.DeepEqual(m, Message{}) {
				t.Errorf("error with a message: %+v", m)
			}
			return
		}
		var parts [4]string
		for i, r := range []Ref{m.JoinRef, m.Ref} {
			if err := json.Unmarshal([]byte(r), &parts[i]); err != nil {
				t.Fatalf("ref %q: %v", string(r), err)
			}
		}
		parts[2], parts[3] = m.Topic, m.Event
		again := []byte{0}
		for _, p := range parts {
			again = append(again, byte(len(p)))
		}
		for _, p := range parts {
			again = append(again, p...)
		}
		if again = append(again, m.Payload.Bytes()...); !bytes.Equal(again, data) {
			t.Errorf("written again as %x, was %x", again, data)
		}
		if !m.Payload.IsBinary() {
			t.Error("the payload is not binary")
		}
	})
}

// FuzzEncode writes a message in every form and reads it back.
func FuzzEncode(f *testing.F) {
	f.Fuzz(func(t *testing.T, joinRef, ref, topic, name string, data []byte) {
		m := Message{JoinRef: StringRef(joinRef), Ref: StringRef(ref), Topic: topic, Event: name, Payload: Binary(data)}
		text := utf8.ValidString(topic) && utf8.ValidString(name)

		m.Payload = Payload{}
		if json.Valid(data) && utf8.Valid(data) && !loneSurrogate(data) && !deep(data) {
			m.Payload = JSON(data)
		}
		for _, s := range []Serializer{V1, V2} {
			frame, err := s.Encode(m)
			if want := text && (s == V1 || m.Payload.IsObject()); (err == nil) != want {
				t.Fatalf("%v: Encode: %v", s, err)
			}
			if err == nil {
				checkHeader(t, frame)
				checkRoundTrip(t, s, frame, m)
			}
		}
		reply, err := V2.EncodeReply(Reply{m.JoinRef, m.Ref, topic, name, m.Payload})
		if (err == nil) != text {
			t.Fatalf("EncodeReply: %v", err)
		}
		if err == nil {
			checkReply(t, reply, m, name)
		}

		m.Payload = Binary(data)
		push, err := V2.Encode(m)
		plain, _ := m.JoinRef.plain("")
		if fits := len(plain) < 256 && len(topic) < 256 && len(name) < 256; (err == nil) != (text && fits) {
			t.Fatalf("binary Encode: %v", err)
		}
		if err == nil {
			checkHeader(t, push)
			// A client's push differs from the server's by its ref, here of length 0.
			b := push.Bytes()
			back, err := V2.Decode(append([]byte{b[0], b[1], 0, b[2], b[3]}, b[4:]...), true)
			if err != nil || back.JoinRef != m.JoinRef || back.Topic != topic || back.Event != name || !bytes.Equal(back.Payload.Bytes(), data) {
				t.Errorf("binary push read back: %+v, %v", back, err)
			}
		}
	})
}

func checkRoundTrip(t *testing.T, s Serializer, frame Frame, m Message) {
	if s == V1 {
		m.JoinRef = Null
	}
	back, err := s.Decode(frame.Bytes(), false)
	if err != nil {
		t.Fatalf("%v cannot read %q: %v", s, frame.Bytes(), err)
	}
	if !bytes.Equal(back.Payload.Bytes(), m.Payload.Bytes()) {
		t.Errorf("%v: payload %q, was %q", s, back.Payload.Bytes(), m.Payload.Bytes())
	}
	back.Payload, m.Payload = Payload{}, Payload{}
	if !reflect.DeepEqual(back, m) {
		t.Errorf("%v: read back as %+v, was %+v", s, back, m)
	}
}

func checkReply(t *testing.T, frame Frame, m Message, status string) {
	var payload struct {
		Status   string          `json:"status"`
		Response json.RawMessage `json:"response"`
	}
	back, err := V2.Decode(frame.Bytes(), false)
	if err != nil || json.Unmarshal(back.Payload.Bytes(), &payload) != nil {
		t.Fatalf("reply %q: %v", frame.Bytes(), err)
	}
	if back.JoinRef != m.JoinRef || back.Ref != m.Ref || back.Topic != m.Topic || back.Event != EventReply || payload.Status != status {
		t.Errorf("reply %q", frame.Bytes())
	}
	if !bytes.Equal(payload.Response, m.Payload.Bytes()) {
		t.Errorf("response %q, was %q", payload.Response, m.Payload.Bytes())
	}
}

// checkHeader reads the WebSocket header with its own eyes.
func checkHeader(t *testing.T, frame Frame) {
	ws := frame.WebSocket()
	want := byte(opText)
	if frame.IsBinary() {
		want = opBinary
	}
	size, rest := uint64(ws[1]), ws[2:]
	switch size {
	case 126:
		size, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		size, rest = binary.BigEndian.Uint64(rest), rest[8:]
	}
	if ws[0] != want || size != uint64(len(rest)) || !bytes.Equal(rest, frame.Bytes()) {
		t.Errorf("header % x of a message of %d bytes", ws[:min(10, len(ws))], len(frame.Bytes()))
	}
}

func FuzzParseRef(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		if deep([]byte(text)) {
			return
		}
		valid := json.Valid([]byte(text)) && utf8.ValidString(text) && !loneSurrogate([]byte(text))
		r, err := ParseRef(text)
		if (err == nil) != valid {
			t.Fatalf("error %v, but that it is JSON is %v", err, valid)
		}
		if valid {
			checkRef(t, r, json.RawMessage(text))
		}
	})
}

func FuzzNegotiate(f *testing.F) {
	f.Fuzz(func(t *testing.T, vsn string) {
		s, err := Negotiate(nil, vsn)
		if (s == nil) == (err == nil) {
			t.Errorf("serializer %v, error %v", s, err)
		}
		if err == nil && vsn[:4] != "1.0." && vsn[:4] != "2.0." {
			t.Errorf("accepted")
		}
	})
}
