package protocol

import (
	"bytes"
	"encoding/json"
	"testing"
)

// The encoding-json rows are the floor: the same work by the standard library, with the payload kept raw as well.

var benchFrames = map[string]string{
	"V1":    `{"topic":"room:lobby","event":"new_msg","payload":{"body":"hello there","n":42},"ref":"17"}`,
	"V2015": `{"topic":"room:lobby","event":"new_msg","payload":{"body":"hello there","n":42},"ref":"17"}`,
	"V2":    `["3","17","room:lobby","new_msg",{"body":"hello there","n":42}]`,
}

func BenchmarkDecode(b *testing.B) {
	for _, s := range []Serializer{V1, V2, V2015} {
		name := s.(interface{ String() string }).String()
		b.Run(name, func(b *testing.B) {
			data := []byte(benchFrames[name])
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Decode(data, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("V2binary", func(b *testing.B) {
		data := []byte("\x00\x01\x02\x0a\x07317room:lobbynew_msg0123456789abcdef")
		b.ReportAllocs()
		for b.Loop() {
			if _, err := V2.Decode(data, true); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		data := []byte(benchFrames["V2"])
		b.ReportAllocs()
		for b.Loop() {
			var e [5]json.RawMessage
			var topic, event string
			if json.Unmarshal(data, &e) != nil || json.Unmarshal(e[2], &topic) != nil || json.Unmarshal(e[3], &event) != nil {
				b.Fatal("not decoded")
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	payload := JSON([]byte(`{"body":"hello there","n":42}`))
	reply := Reply{JoinRef: StringRef("3"), Ref: StringRef("17"), Topic: "room:lobby", Status: StatusOK, Response: payload}
	message := Message{JoinRef: StringRef("3"), Topic: "room:lobby", Event: "new_msg", Payload: payload}
	broadcast := Broadcast{Topic: "room:lobby", Event: "new_msg", Payload: payload}
	run := func(name string, encode func() (Frame, error)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := encode(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, s := range []Serializer{V1, V2, V2015} {
		name := s.(interface{ String() string }).String()
		run(name+"/push", func() (Frame, error) { return s.Encode(message) })
		run(name+"/reply", func() (Frame, error) { return s.EncodeReply(reply) })
		run(name+"/broadcast", func() (Frame, error) { return s.Fastlane(broadcast) })
	}
	broadcast.Payload = Binary([]byte("0123456789abcdef"))
	run("V2/binary", func() (Frame, error) { return V2.Fastlane(broadcast) })

	raw := json.RawMessage(payload.Bytes())
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal([5]any{"3", nil, "room:lobby", "new_msg", raw}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// largeContent is 1 MiB of what is relayed.
var largeContent = bytes.Repeat([]byte("content "), 1<<17)

// BenchmarkDecodeLarge is about the validation of what is relayed: content in one string, or as bytes.
func BenchmarkDecodeLarge(b *testing.B) {
	run := func(name, head, tail string, binary bool) {
		b.Run(name, func(b *testing.B) {
			data := append(append([]byte(head), largeContent...), tail...)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := V2.Decode(data, binary); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("text", `["3","17","have:x","content",{"content":"`, `"}]`, false)
	run("binary", "\x00\x01\x02\x06\x07317have:xcontent", "", true)
}

// BenchmarkEncodeLarge is what a relayed page costs once, for all that wait for it: it is copied into a frame.
func BenchmarkEncodeLarge(b *testing.B) {
	run := func(name string, payload Payload) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(largeContent)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := V2.Fastlane(Broadcast{Topic: "want:x", Event: "content", Payload: payload}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("text", JSON(append(append([]byte(`{"content":"`), largeContent...), `"}`...)))
	run("binary", Binary(largeContent))
}
