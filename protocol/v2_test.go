package protocol

import (
	"strings"
	"testing"
)

func TestV2Decode(t *testing.T) {
	empty := JSON([]byte(`{}`))
	tests := []struct {
		name, data string
		want       Message
	}{
		{"plain", `["1","2","t","e",{}]`, Message{`"1"`, `"2"`, "t", "e", empty}},
		{"nulls", `[null,null,"phoenix","heartbeat",{}]`, Message{Null, Null, "phoenix", "heartbeat", empty}},
		{"refs of any type", `[{"x":[1]},1.0,"t","e",{}]`, Message{`{"x":[1]}`, `1.0`, "t", "e", empty}},
		{"a ref with escapes", `["\u0031","\ud83e\udd8a","t","e",{}]`, Message{`"1"`, `"🦊"`, "t", "e", empty}},
		{"further elements", `["1","2","t","e",{},"six",[7]]`, Message{`"1"`, `"2"`, "t", "e", empty}},
		{"white space", "\n[ \"1\" ,\t\"2\", \"t\" , \"e\" , {} ]\r ", Message{`"1"`, `"2"`, "t", "e", empty}},
		{"odd topic", `["1","2","lab:a b\"c\\d\u0000\n%2F/é","e",{}]`, Message{`"1"`, `"2"`, "lab:a b\"c\\d\x00\n%2F/é", "e", empty}},
		{"empty strings", `["","","","",{}]`, Message{`""`, `""`, "", "", empty}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantMessage(t, V2, tt.data, false, tt.want) })
	}
}

func TestV2PayloadsAreKeptAsWritten(t *testing.T) {
	for _, p := range goodPayloads {
		wantMessage(t, V2, `["1","2","t","e", `+p+` ]`, false, Message{`"1"`, `"2"`, "t", "e", JSON([]byte(p))})
	}
}

func TestV2Nesting(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	for _, depth := range []int{64, 9000} {
		p := `{"d":` + nested(depth) + `}`
		wantMessage(t, V2, `["1","2","t","e",`+p+`]`, false, Message{`"1"`, `"2"`, "t", "e", JSON([]byte(p))})
	}
	for _, depth := range []int{10_001, 5_000_000} { // refused, and without using up the stack
		wantMalformed(t, V2, `["1","2","t","e",`+nested(depth)+`]`, false)
		wantMalformed(t, V2, `["1","2","t","e",`+strings.Repeat("[", depth), false)
		wantMalformed(t, V2, `[`+nested(depth)+`,"2","t","e",{}]`, false)
	}
}

func TestV2Malformed(t *testing.T) {
	messages := append([]string{
		`{"topic":"lab:room","event":"phx_join","payload":{},"ref":"1"}`, // V1
		`["1","1","t","e"]`,
		`["1","1",null,"e",{}]`,
		`["1","1",1.5,"e",{}]`,
		`["1","1",["t"],"e",{}]`,
		`["1","1",{"x":1},"e",{}]`,
		`["1","1","t",5,{}]`,
		`["1","1","t",null,{}]`,
		`["1","1","t","e",{`,
		`["1","1","t","e",{}`,
		`["1","1","t","e",{}] x`,
		`["1","1","t","e",{}][]`,
		`["1","1","t","e",{},]`,
		`["1","1","t","e",{},NaN]`,
		`["1","1","t","e" {}]`,
		`["1","1","t","e":{}]`,
		"[\"1\",\"1\",\"\xff\",\"e\",{}]",
		`["1","1","\ud83e","e",{}]`,
		`["\ud83e","1","t","e",{}]`,
	}, notJSONTexts...)
	for _, p := range badPayloads {
		messages = append(messages, `["1","1","t","e",`+p+`]`)
	}
	for _, m := range messages {
		wantMalformed(t, V2, m, false)
	}
}

func TestV2Encode(t *testing.T) {
	crash := JSON([]byte(`{"reason":"channel_crash"}`))
	tests := []struct {
		m    Message
		want string
	}{
		{Message{JoinRef: `"1"`, Topic: "t", Event: "e", Payload: JSON([]byte(`{"a":1}`))}, `["1",null,"t","e",{"a":1}]`},
		{Message{JoinRef: `"1"`, Ref: `"1"`, Topic: "t", Event: EventClose}, `["1","1","t","phx_close",{}]`},
		{Message{JoinRef: `"1"`, Ref: `"1"`, Topic: "t", Event: EventError, Payload: crash}, `["1","1","t","phx_error",{"reason":"channel_crash"}]`},
		{Message{Topic: "t", Event: EventError, Payload: crash}, `[null,null,"t","phx_error",{"reason":"channel_crash"}]`},
		{Message{JoinRef: `{"x":[1]}`, Topic: "a\"\\\x00\nž🦊", Event: ""}, `[{"x":[1]},null,"a\"\\\u0000\nž🦊","",{}]`},
	}
	for _, tt := range tests {
		f, err := V2.Encode(tt.m)
		wantText(t, f, err, tt.want)
	}
}

func TestV2EncodeReply(t *testing.T) {
	tests := []struct {
		r    Reply
		want string
	}{
		{Reply{JoinRef: `"1"`, Ref: `"2"`, Topic: "t", Status: "ok"}, `["1","2","t","phx_reply",{"response":{},"status":"ok"}]`},
		{Reply{Ref: `7`, Topic: "t", Status: "error", Response: UnmatchedTopic()}, `[null,7,"t","phx_reply",{"response":{"reason":"unmatched topic"},"status":"error"}]`},
		{Reply{JoinRef: `1`, Ref: `12345678901234567890`, Topic: "t", Status: "a\"b"}, `[1,12345678901234567890,"t","phx_reply",{"response":{},"status":"a\"b"}]`},
	}
	for _, tt := range tests {
		f, err := V2.EncodeReply(tt.r)
		wantText(t, f, err, tt.want)
	}
	for _, response := range []string{`[1,"two",[]]`, `"text"`, `42`, `null`, `true`} { // a reply may hold anything
		f, err := V2.EncodeReply(Reply{JoinRef: `"1"`, Ref: `"2"`, Topic: "t", Status: "ok", Response: JSON([]byte(response))})
		wantText(t, f, err, `["1","2","t","phx_reply",{"response":`+response+`,"status":"ok"}]`)
	}
}

func TestV2Fastlane(t *testing.T) {
	f, err := V2.Fastlane(Broadcast{"t", "e", JSON([]byte(`{"a":1}`))})
	wantText(t, f, err, `[null,null,"t","e",{"a":1}]`)
}

func TestV2Refuses(t *testing.T) {
	for _, payload := range []string{`[1]`, `"text"`, `1`, `null`, `true`} {
		f, err := V2.Encode(Message{Topic: "t", Event: "e", Payload: JSON([]byte(payload))})
		wantUnencodable(t, f, err, "payload")
		f, err = V2.Fastlane(Broadcast{"t", "e", JSON([]byte(payload))})
		wantUnencodable(t, f, err, "payload")
	}
	f, err := V2.Encode(Message{Topic: "\xff", Event: "e"})
	wantUnencodable(t, f, err, "topic")
	f, err = V2.Fastlane(Broadcast{Topic: "t", Event: "\xff"})
	wantUnencodable(t, f, err, "event")
	f, err = V2.EncodeReply(Reply{Topic: "t", Status: "\xff"})
	wantUnencodable(t, f, err, "status")
	f, err = V2.EncodeReply(Reply{Topic: "\xff", Status: "ok"})
	wantUnencodable(t, f, err, "topic")
}

// A topic lives on in maps, a payload on its own: neither may keep the rest of the message from being freed or show
// what is written into its buffer later. Only the payload may refer to the data.
func TestDecodedTextIsACopy(t *testing.T) {
	data := []byte(`["1","2","t","e",{}]`)
	m, err := V2.Decode(data, false)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if m.JoinRef != `"1"` || m.Ref != `"2"` || m.Topic != "t" || m.Event != "e" {
		t.Errorf("after the data was overwritten the message is %+v", m)
	}
	if p := m.Payload.Bytes(); cap(p) != len(p) {
		t.Error("an append to the payload would write into the data")
	}
}

func TestSerializerNames(t *testing.T) {
	for want, s := range map[string]Serializer{"V1": V1, "V2": V2, "V2015": V2015} {
		if got := s.(interface{ String() string }).String(); got != want {
			t.Errorf("String = %s, want %s", got, want)
		}
	}
	if V1 == V2 || V1 == V2015 || V2 == V2015 {
		t.Error("serializers do not compare as they should")
	}
}
