package protocol

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestV1Decode(t *testing.T) {
	object := JSON([]byte(`{"a":1}`))
	tests := []struct {
		name, data string
		want       Message
	}{
		{"plain", `{"topic":"t","event":"e","payload":{"a":1},"ref":"1"}`, Message{Null, `"1"`, "t", "e", object}},
		{"nulls", `{"topic":"t","event":"e","payload":null,"ref":null}`, Message{Null, Null, "t", "e", JSON([]byte(`null`))}},
		{"join_ref is honoured", `{"topic":"t","event":"e","payload":{"a":1},"ref":"1","join_ref":"9"}`, Message{`"9"`, `"1"`, "t", "e", object}},
		{"integer refs", `{"topic":"t","event":"e","payload":{"a":1},"ref":2,"join_ref":1}`, Message{`1`, `2`, "t", "e", object}},
		{"unknown keys", `{"topic":"t","event":"e","payload":{"a":1},"ref":"1","extra":[1],"Topic":"x"}`, Message{Null, `"1"`, "t", "e", object}},
		{"the last of equal keys", `{"ref":[],"topic":5,"topic":"t","event":"e","payload":0,"payload":{"a":1},"ref":"1"}`, Message{Null, `"1"`, "t", "e", object}},
		{"escaped keys", `{"\u0074opic":"t","e\u0076ent":"e","payload":{"a":1},"ref":"1"}`, Message{Null, `"1"`, "t", "e", object}},
		{"escaped values", `{"topic":"a\"\\\u017e\n","event":"\/","payload":{"a":1},"ref":"\u0031"}`, Message{Null, `"1"`, "a\"\\ž\n", "/", object}},
		{"white space", " \r\n\t{ \"topic\" : \"t\" ,\"event\":\"e\",\"payload\": {\"a\":1} ,\"ref\":\"1\" } \n", Message{Null, `"1"`, "t", "e", object}},
		{"empty strings", `{"topic":"","event":"","payload":{"a":1},"ref":""}`, Message{Null, `""`, "", "", object}},
	}
	for _, tt := range tests {
		for _, binary := range []bool{false, true} { // V1 does not look at the opcode
			t.Run(tt.name, func(t *testing.T) { wantMessage(t, V1, tt.data, binary, tt.want) })
		}
	}
}

func TestV1PayloadsAreKeptAsWritten(t *testing.T) {
	for _, p := range goodPayloads {
		for _, s := range []Serializer{V1, V2015} {
			wantMessage(t, s, `{"topic":"t","event":"e","payload": `+p+` ,"ref":"1"}`, false, Message{Null, `"1"`, "t", "e", JSON([]byte(p))})
		}
	}
}

func TestV1Malformed(t *testing.T) {
	messages := append([]string{
		`["1","1","lab:room","phx_join",{}]`, // V2
		`{"event":"e","payload":{},"ref":"1"}`,
		`{"topic":"t","payload":{},"ref":"1"}`,
		`{"topic":"t","event":"e","ref":"1"}`,
		`{"topic":"t","event":"e","payload":{}}`,
		`{"topic":null,"event":"e","payload":{},"ref":"1"}`,
		`{"topic":{"x":1},"event":"e","payload":{},"ref":"1"}`,
		`{"topic":"t","event":5,"payload":{},"ref":"1"}`,
		`{"topic":"t","event":"e","payload":{},"ref":"1"`,
		`{"topic":"t","event":"e","payload":{},"ref":"1"} x`,
		`{"topic":"t","event":"e","payload":{},"ref":"1"}{}`,
		`{"topic":"t","event":"e","payload":{},"ref":"1",}`,
		`{"topic":"t","event":"e","payload":{},"ref":"1","x":"` + "\xff" + `"}`,
	}, notJSONTexts...)
	for _, p := range badPayloads {
		messages = append(messages, `{"topic":"t","event":"e","payload":`+p+`,"ref":"1"}`)
	}
	for _, m := range messages {
		for _, binary := range []bool{false, true} {
			wantMalformed(t, V1, m, binary)
		}
	}
}

func TestV1MissingKeyIsNamed(t *testing.T) {
	for _, key := range []string{"topic", "event", "payload", "ref"} {
		data := strings.Replace(`{"topic":"t","event":"e","payload":{},"ref":"1"}`, `"`+key+`"`, `"x"`, 1)
		if _, err := V1.Decode([]byte(data), false); err == nil || !strings.Contains(err.Error(), "key "+key) {
			t.Errorf("without %s: %v", key, err)
		}
	}
}

func TestDecodeErrorKeepsItsCause(t *testing.T) {
	_, err := V1.Decode(nil, false)
	if !errors.Is(err, io.EOF) || !errors.Is(err, ErrMalformed) {
		t.Errorf("empty message: %v, want one that is io.EOF and ErrMalformed", err)
	}
	_, err = V1.Decode([]byte(`{"`+strings.Repeat("k", 1<<20)+`":x}`), false)
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("an error of %d bytes repeats what the client sent", len(err.Error()))
	}
}

func TestV1Encode(t *testing.T) {
	tests := []struct {
		m    Message
		want string
	}{
		{Message{Topic: "t", Event: "e", JoinRef: `"1"`, Payload: JSON([]byte(`{"a":1}`))}, `{"event":"e","payload":{"a":1},"ref":null,"topic":"t"}`},
		{Message{Topic: "t", Event: EventClose, JoinRef: `"9"`, Ref: `"9"`}, `{"event":"phx_close","payload":{},"ref":"9","topic":"t"}`},
		{Message{Topic: "t", Event: EventError, Payload: JSON([]byte(`{"reason":"channel_crash"}`))}, `{"event":"phx_error","payload":{"reason":"channel_crash"},"ref":null,"topic":"t"}`},
		{Message{Topic: "a\"\\\x00\nž🦊", Event: "</e>", Payload: JSON([]byte(`[1,2]`))}, `{"event":"</e>","payload":[1,2],"ref":null,"topic":"a\"\\\u0000\nž🦊"}`},
	}
	for _, tt := range tests {
		f, err := V1.Encode(tt.m)
		wantText(t, f, err, tt.want)
	}
}

func TestV1EncodeReply(t *testing.T) {
	tests := []struct {
		r    Reply
		want string
	}{
		{Reply{Topic: "t", JoinRef: `"1"`, Ref: `"2"`, Status: "ok"}, `{"event":"phx_reply","payload":{"response":{},"status":"ok"},"ref":"2","topic":"t"}`},
		{Reply{Topic: "t", Ref: `7`, Status: "custom", Response: JSON([]byte(`null`))}, `{"event":"phx_reply","payload":{"response":null,"status":"custom"},"ref":7,"topic":"t"}`},
		{Reply{Topic: "t", Status: "a\"b", Response: JSON([]byte(`[1]`))}, `{"event":"phx_reply","payload":{"response":[1],"status":"a\"b"},"ref":null,"topic":"t"}`},
		{Reply{Topic: "t", Ref: `"1"`, Status: "error", Response: UnmatchedTopic()}, `{"event":"phx_reply","payload":{"response":{"reason":"unmatched topic"},"status":"error"},"ref":"1","topic":"t"}`},
	}
	for _, tt := range tests {
		f, err := V1.EncodeReply(tt.r)
		wantText(t, f, err, tt.want)
	}
}

func TestV1Fastlane(t *testing.T) {
	for _, payload := range []string{`{"a":1}`, `[1,2]`, `"text"`, `null`} { // V1 lets a broadcast hold anything
		f, err := V1.Fastlane(Broadcast{"t", "e", JSON([]byte(payload))})
		wantText(t, f, err, `{"event":"e","payload":`+payload+`,"ref":null,"topic":"t"}`)
	}
}

func TestObjectFormsRefuse(t *testing.T) {
	for _, s := range []Serializer{V1, V2015} {
		binary := Binary([]byte(`{}`))
		f, err := s.Encode(Message{Topic: "t", Event: "e", Payload: binary})
		wantUnencodable(t, f, err, "payload")
		f, err = s.Fastlane(Broadcast{"t", "e", binary})
		wantUnencodable(t, f, err, "payload")
		f, err = s.EncodeReply(Reply{Topic: "t", Status: "ok", Response: binary})
		wantUnencodable(t, f, err, "response")
		f, err = s.EncodeReply(Reply{Topic: "t", Status: "\xff"})
		wantUnencodable(t, f, err, "status")
		f, err = s.EncodeReply(Reply{Topic: "\xff", Status: "ok"})
		wantUnencodable(t, f, err, "topic")
		f, err = s.Encode(Message{Topic: "t", Event: "\xed\xa0\x80"})
		wantUnencodable(t, f, err, "event")
		f, err = s.Fastlane(Broadcast{Topic: "\xff", Event: "e"})
		wantUnencodable(t, f, err, "topic")
	}
}
