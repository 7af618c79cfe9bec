package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestMessages(t *testing.T) {
	for _, test := range []struct{ text, joinRef, ref, topic, event, payload string }{
		{`["1","2","lab:x","phx_reply",{"status":"ok","response":{}}]`, `"1"`, `"2"`, "lab:x", "phx_reply", `{"status":"ok","response":{}}`},
		{`[null,null,"t","e",{"a":[1,"]"]}]`, "null", "null", "t", "e", `{"a":[1,"]"]}`},
		{`["a,\"b","\\",",","e",{}]`, `"a,\"b"`, `"\\"`, ",", "e", "{}"},
	} {
		m, err := parseMessage([]byte(test.text), true)
		got := fmt.Sprintf("%s %s %s %s %s", m.joinRef, m.ref, m.topic, m.event, m.payload)
		want := strings.Join([]string{test.joinRef, test.ref, test.topic, test.event, test.payload}, " ")
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v", test.text, got, err)
		}
	}
	for _, bad := range []string{"", "{}", `["1","2"]`, `["1","2","t","e",{}`, `["1`, `["1\`} {
		if m, err := parseMessage([]byte(bad), true); !errors.Is(err, errNoMessage) {
			t.Errorf("%s: got %v, %v", bad, m, err)
		}
	}
	cut, err := parseMessage([]byte(`[null,null,"want:x","content",{"content":"abc`), false)
	if err != nil || string(cut.payload) != `{"content":"abc` {
		t.Errorf("a message that is not whole: got %v, %v", cut, err)
	}
}

func TestEncode(t *testing.T) {
	for want, got := range map[string][]byte{
		`["1","23","t","e",{}]`: encode(1, 23, "t", "e", empty),
		`[null,null,"t","e",7]`: encode(0, 0, "t", "e", []byte("7")),
	} {
		if string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !ref(23).is([]byte(`"23"`)) || ref(23).is([]byte("23")) || !ref(0).is([]byte("null")) {
		t.Error("refs are not recognized")
	}
}

// What a server may say instead of the right thing is an error.
func TestReplies(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"right":          {`["1","1","t","phx_reply",{"response":{},"status":"ok"}]`, ""},
		"error":          {`["1","1","t","phx_reply",{"status":"error","response":{"reason":"denied"}}]`, `failed to join t: the reply is error: {"reason":"denied"}`},
		"other ref":      {`["1","2","t","phx_reply",{"status":"ok","response":{}}]`, "instead of the reply to 1 came phx_reply on t"},
		"push":           {`["1",null,"t","visitors_count",{"count":1}]`, "instead of the reply to 1 came visitors_count on t"},
		"broken payload": {`["1","1","t","phx_reply",{"status":]`, "the reply phx_reply on t"},
	} {
		w, _ := hear(serverFrame([]byte(test.text)))
		err := (&client{wire: w}).join("t")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestEcho(t *testing.T) {
	for name, test := range map[string]struct {
		bare bool
		text string
		ok   bool
	}{
		"right":       {false, `["1","1","t","phx_reply",{"status":"ok","response":{"x":1}}]`, true},
		"changed":     {false, `["1","1","t","phx_reply",{"status":"ok","response":{"x":2}}]`, false},
		"bare":        {true, `["1","1","t","echo",{"x":1}]`, true},
		"bare, other": {true, `["1","1","t","echo",{"x":2}]`, false},
	} {
		w, _ := hear(serverFrame([]byte(test.text)))
		err := (&client{wire: w, bare: test.bare}).echo("t", []byte(`{"x":1}`))
		if (err == nil) != test.ok {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
