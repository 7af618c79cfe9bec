package protocol

import "testing"

func TestV2015Decode(t *testing.T) {
	for data, want := range map[string]Message{
		`{"topic":"t","event":"e","payload":{}}`:                {Null, Null, "t", "e", Payload{}},
		`{"topic":"t","event":"e","payload":{},"ref":"1"}`:      {Null, `"1"`, "t", "e", Payload{}},
		`{"topic":"t","event":"e","payload":{},"join_ref":"2"}`: {`"2"`, Null, "t", "e", Payload{}},
	} {
		wantMessage(t, V2015, data, false, want)
	}
	for _, data := range append([]string{
		`{"event":"e","payload":{}}`, `{"topic":"t","payload":{}}`, `{"topic":"t","event":"e"}`, `["1","1","t","e",{}]`,
		`{"topic":null,"event":"e","payload":{}}`,
	}, notJSONTexts...) {
		wantMalformed(t, V2015, data, false)
	}
}

// PROTOCOL.md §10.8; these clients read the ref inside the payload only, and ignore keys they do not know.
func TestV2015EncodeReply(t *testing.T) {
	tests := []struct {
		name string
		r    Reply
		want string
	}{
		{"reply", Reply{Null, `"1"`, "t", "ok", Payload{}},
			`{"topic":"t","event":"phx_reply","ref":"1","payload":{"status":"ok","ref":"1","response":{}}}`},
		{"refused join", Reply{Null, `"1"`, "t", "error", JSON([]byte(`{"reason":"denied"}`))},
			`{"topic":"t","event":"phx_reply","ref":"1","payload":{"status":"error","ref":"1","response":{"reason":"denied"}}}`},
		{"null ref", Reply{Null, Null, "t", "ok", Payload{}},
			`{"topic":"t","event":"phx_reply","ref":null,"payload":{"status":"ok","ref":null,"response":{}}}`},
		{"heartbeat", Reply{Null, `"3"`, "phoenix", "ok", Payload{}},
			`{"topic":"phoenix","event":"heartbeat","payload":{},"ref":null}`},
		{"ok with that response", Reply{Null, `"1"`, "t", "ok", UnmatchedTopic()},
			`{"topic":"t","event":"phx_reply","ref":"1","payload":{"status":"ok","ref":"1","response":{"reason":"unmatched topic"}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := V2015.EncodeReply(tt.r)
			wantText(t, f, err, tt.want)
		})
	}
}

func TestV2015UnmatchedTopicIsNotAnswered(t *testing.T) {
	for _, topic := range []string{"t", "phoenix"} {
		f, err := V2015.EncodeReply(Reply{Null, `"1"`, topic, StatusError, UnmatchedTopic()})
		if err != nil || !f.IsZero() {
			t.Errorf("topic %s: frame %s, error %v; want neither", topic, f.Bytes(), err)
		}
	}
}

func TestV2015Encode(t *testing.T) {
	tests := []struct {
		m    Message
		want string
	}{
		{Message{`"1"`, Null, "t", "e", JSON([]byte(`{"a":1}`))}, `{"topic":"t","event":"e","payload":{"a":1},"ref":null}`},
		{Message{`"1"`, `"1"`, "t", EventClose, Payload{}}, `{"topic":"t","event":"phx_close","payload":{},"ref":null}`},
		{Message{`"1"`, `"1"`, "t", EventError, JSON([]byte(`{"reason":"channel_crash"}`))}, `{"topic":"t","event":"phx_error","payload":{},"ref":null}`},
	}
	for _, tt := range tests {
		f, err := V2015.Encode(tt.m)
		wantText(t, f, err, tt.want)
	}
}

func TestV2015Fastlane(t *testing.T) {
	f, err := V2015.Fastlane(Broadcast{"t", EventError, JSON([]byte(`{"a":1}`))})
	wantText(t, f, err, `{"topic":"t","event":"phx_error","payload":{"a":1},"ref":null}`)
}
