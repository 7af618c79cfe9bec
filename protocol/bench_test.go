package protocol

import (
	"encoding/json"
	"testing"
)

// The encoding/json rows are the floor: the same work by the standard library, with the payload kept raw as well.

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
	b.Run("encodingjson", func(b *testing.B) {
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
