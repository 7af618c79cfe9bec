package phoenix_test

import (
	"fmt"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// dispatchRows is the table of PROTOCOL.md §4.3. Each row begins on a connection that has joined "live" as `joined`
// says, with the client's join_ref "1" (V2) or none at all (V1), and "keyed" with the join_ref "2".
var dispatchRows = []struct {
	name   string
	v2, v1 exchange
}{
	{"1 heartbeat",
		exchange{`["9","h","phoenix","heartbeat",{}]`, `[null,"h","phoenix","phx_reply",{"status":"ok","response":{}}]`},
		exchange{`{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"h"}`, `{"topic":"phoenix","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"h"}`},
	},
	{"1 heartbeat without a ref and with a payload",
		exchange{`[null,null,"phoenix","heartbeat",[1]]`, `[null,null,"phoenix","phx_reply",{"status":"ok","response":{}}]`},
		exchange{`{"topic":"phoenix","event":"heartbeat","payload":null,"ref":null}`, `{"topic":"phoenix","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":null}`},
	},
	{"2 join",
		exchange{`["3","4","new","phx_join",{}]`, `["3","4","new","phx_reply",{"status":"ok","response":{}}]`},
		exchange{`{"topic":"new","event":"phx_join","payload":{},"ref":"4"}`, `{"topic":"new","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"4"}`},
	},
	{"2 join whose join_ref is null: the reply has none either",
		exchange{`[null,"n1","new","phx_join",{}]`, `[null,"n1","new","phx_reply",{"status":"ok","response":{}}]`},
		exchange{`{"topic":"new","event":"phx_join","payload":{},"ref":"n1","join_ref":null}`, `{"topic":"new","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"n1"}`},
	},
	{"4 leave with the join_ref",
		exchange{`["1","5","live","phx_leave",{}]`, `["1","5","live","phx_reply",{"status":"ok","response":{}}]` + "\n" + `["1","1","live","phx_close",{}]`},
		exchange{`{"topic":"keyed","event":"phx_leave","payload":{},"ref":"5","join_ref":"2"}`, `{"topic":"keyed","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"5"}` + "\n" + `{"topic":"keyed","event":"phx_close","payload":{},"ref":"2"}`},
	},
	{"4 leave without one: the reply has the channel's",
		exchange{`[null,"5","live","phx_leave",{}]`, `["1","5","live","phx_reply",{"status":"ok","response":{}}]` + "\n" + `["1","1","live","phx_close",{}]`},
		exchange{`{"topic":"live","event":"phx_leave","payload":{},"ref":"5"}`, `{"topic":"live","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"5"}` + "\n" + `{"topic":"live","event":"phx_close","payload":{},"ref":null}`},
	},
	{"5 leave with another join_ref",
		exchange{`["2","5","live","phx_leave",{}]`, ``},
		exchange{`{"topic":"keyed","event":"phx_leave","payload":{},"ref":"5","join_ref":"1"}`, ``},
	},
	{"6 event with the join_ref",
		exchange{`["1","6","live","echo",{"a":1}]`, `["1","6","live","phx_reply",{"status":"ok","response":{"a":1}}]`},
		exchange{`{"topic":"keyed","event":"echo","payload":{"a":1},"ref":"6","join_ref":"2"}`, `{"topic":"keyed","event":"phx_reply","payload":{"status":"ok","response":{"a":1}},"ref":"6"}`},
	},
	{"6 event without one",
		exchange{`[null,"6","live","echo",{"a":1}]`, `["1","6","live","phx_reply",{"status":"ok","response":{"a":1}}]`},
		exchange{`{"topic":"live","event":"echo","payload":{"a":1},"ref":"6"}`, `{"topic":"live","event":"phx_reply","payload":{"status":"ok","response":{"a":1}},"ref":"6"}`},
	},
	{"7 event with another join_ref",
		exchange{`["2","6","live","echo",{}]`, ``},
		exchange{`{"topic":"keyed","event":"echo","payload":{},"ref":"6","join_ref":"1"}`, ``},
	},
	{"7 event with a join_ref of another type",
		exchange{`[1,"6","live","echo",{}]`, ``},
		exchange{`{"topic":"keyed","event":"echo","payload":{},"ref":"6","join_ref":2}`, ``},
	},
	{"7 event with an empty join_ref",
		exchange{`["","6","live","echo",{}]`, ``},
		exchange{`{"topic":"keyed","event":"echo","payload":{},"ref":"6","join_ref":""}`, ``},
	},
	{"7 event with a join_ref where the join had none",
		exchange{`["4","6","bare","echo",{}]`, ``},
		exchange{`{"topic":"live","event":"echo","payload":{},"ref":"6","join_ref":"1"}`, ``},
	},
	{"8 leave of what is not joined",
		exchange{`["7","8","never","phx_leave",{}]`, `["7","8","never","phx_reply",{"status":"ok","response":{}}]`},
		exchange{`{"topic":"never","event":"phx_leave","payload":{},"ref":"8"}`, `{"topic":"never","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"8"}`},
	},
	{"9 event on what is not joined",
		exchange{`["7","8","never","echo",{}]`, `[null,"8","never","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]`},
		exchange{`{"topic":"never","event":"echo","payload":{},"ref":"8"}`, `{"topic":"never","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"8"}`},
	},
	{"9 another event on phoenix",
		exchange{`[null,"8","phoenix","Heartbeat",{}]`, `[null,"8","phoenix","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]`},
		exchange{`{"topic":"phoenix","event":"","payload":{},"ref":"8"}`, `{"topic":"phoenix","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"8"}`},
	},
	{"9 a heartbeat elsewhere",
		exchange{`[null,"8","never","heartbeat",{}]`, `[null,"8","never","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}]`},
		exchange{`{"topic":"never","event":"heartbeat","payload":{},"ref":"8"}`, `{"topic":"never","event":"phx_reply","payload":{"status":"error","response":{"reason":"unmatched topic"}},"ref":"8"}`},
	},
	{"reserved names reach the channel, which has no rule for them",
		exchange{`["1","8","live","phx_reply",{}]`, `["1","1","live","phx_error",{"reason":"channel_crash"}]`},
		exchange{`{"topic":"keyed","event":"phx_close","payload":{},"ref":"8"}`, `{"topic":"keyed","event":"phx_error","payload":{"reason":"channel_crash"},"ref":"2"}`},
	},
}

type exchange struct{ says, hears string }

func TestDispatch(t *testing.T) {
	for _, row := range dispatchRows {
		t.Run(row.name+"/V2", func(t *testing.T) {
			testDispatch(t, protocol.V2, row.v2, []string{
				`["1","1","live","phx_join",{}]`, `["2","2","keyed","phx_join",{}]`, `[null,"4","bare","phx_join",{}]`,
			})
		})
		t.Run(row.name+"/V1", func(t *testing.T) {
			testDispatch(t, protocol.V1, row.v1, []string{
				`{"topic":"live","event":"phx_join","payload":{},"ref":"1"}`,
				`{"topic":"keyed","event":"phx_join","payload":{},"ref":"2","join_ref":"2"}`,
			})
		})
	}
}

func testDispatch(t *testing.T, s protocol.Serializer, e exchange, joins []string) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(s)
		c.says(joins...)
		c.take()
		c.says(e.says)
		if e.hears == "" {
			c.hears()
			return
		}
		c.hears(lines(e.hears)...)
	})
}

func lines(text string) (all []string) {
	for start, i := 0, 0; i <= len(text); i++ {
		if i == len(text) || text[i] == '\n' {
			all = append(all, text[start:i])
			start = i + 1
		}
	}
	return all
}

// The heartbeat is the connection's own, even where the application has a channel on its topic.
func TestHeartbeatGoesBeforeAChannel(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(`["1","1","phoenix","phx_join",{}]`, `["1","2","phoenix","heartbeat",{}]`, `["1","3","phoenix","echo",{}]`)
		c.hears(joined("1", "phoenix"), ok("", "2", "phoenix", "{}"), ok("1", "3", "phoenix", "{}"))
	})
}

// PROTOCOL.md §3.1: refs go back as what they are, and are told apart by what they are.
func TestRefsKeepTheirType(t *testing.T) {
	for i, ref := range []string{`7`, `"7"`, `7.5`, `""`, `true`, `{"a":[1,null]}`, `[]`, `"é\n"`} {
		t.Run(ref, func(t *testing.T) {
			inWorld(t, new(guestbook).plain, func(w *world) {
				topic := fmt.Sprint("t", i)
				c := w.dial(protocol.V2)
				c.says(fmt.Sprintf(`[%s,%s,%q,"phx_join",{}]`, ref, ref, topic))
				c.hears(fmt.Sprintf(`[%s,%s,%q,"phx_reply",{"status":"ok","response":{}}]`, ref, ref, topic))
				c.says(fmt.Sprintf(`[%s,%s,%q,"echo",{}]`, ref, ref, topic))
				c.hears(fmt.Sprintf(`[%s,%s,%q,"phx_reply",{"status":"ok","response":{}}]`, ref, ref, topic))
				c.says(fmt.Sprintf(`["another",%s,%q,"echo",{}]`, ref, topic))
				c.hears()
				c.says(fmt.Sprintf(`[%s,%s,%q,"no rule",{}]`, ref, ref, topic))
				c.hears(fmt.Sprintf(`[%s,%s,%q,"phx_error",{"reason":"channel_crash"}]`, ref, ref, topic))
			})
		})
	}
}

// PROTOCOL.md §3.5: pushes and replies have the join_ref, or the join's ref if that was null; phx_close and phx_error have
// the join_ref alone.
func TestRefsOfAJoinWithoutJoinRef(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(`[null,"n1","a","phx_join",{}]`, `[null,"n2","a","push",{}]`, `[null,"n3","a","ok",{}]`, `[null,"n4","a","phx_leave",{}]`)
		c.hears(`[null,"n1","a","phx_reply",{"status":"ok","response":{}}]`,
			`["n1",null,"a","pushed",{}]`,
			`["n1","n3","a","phx_reply",{"status":"ok","response":{}}]`,
			`["n1","n4","a","phx_reply",{"status":"ok","response":{}}]`,
			`[null,null,"a","phx_close",{}]`)
		c.says(`[null,null,"b","phx_join",{}]`, `[null,null,"b","push",{}]`, `[null,null,"b","no rule",{}]`)
		c.hears(`[null,null,"b","phx_reply",{"status":"ok","response":{}}]`,
			`[null,null,"b","pushed",{}]`,
			`[null,null,"b","phx_error",{"reason":"channel_crash"}]`)
	})
}

// A join_ref that is a number in text and in a binary frame a string is not the same.
func TestBinaryMessages(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		c := w.dial(protocol.V2)
		c.says(join("1", "room:a"), `[2,"2","room:b","phx_join",{}]`)
		c.take()
		binary := func(joinRef, ref, topic, event, data string) {
			t.Helper()
			frame := []byte{0, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len(event))}
			if err := c.message(append(frame, joinRef+ref+topic+event+data...), true); err != nil {
				w.Fatalf("%v", err)
			}
		}
		binary("1", "22", "room:a", "echo", "\x05\x06\x07")
		binary("2", "23", "room:b", "echo", "\x05")
		binary("", "24", "room:a", "echo", "\x05")
		binary("1", "25", "room:a", "push", "\x08")
		frames := c.take()
		binary("", "", "phoenix", "heartbeat", "")
		frames = append(frames, c.take()...)
		want := []string{
			"\x01\x01\x02\x06\x02122room:aok\x05\x06\x07",
			"\x00\x01\x06\x061room:apushed\x08",
			`[null,"","phoenix","phx_reply",{"status":"ok","response":{}}]`,
		}
		if len(frames) != len(want) {
			w.Fatalf("%d frames came, want %d", len(frames), len(want))
		}
		for i, f := range frames {
			if string(f.Bytes()) != want[i] || f.IsBinary() != (i < 2) {
				t.Errorf("frame %d is %q, want %q", i, f.Bytes(), want[i])
			}
		}
	})
}

// A message that is none ends the connection; what its channels are told is tested with their other reasons.
func TestMalformedMessageIsAnError(t *testing.T) {
	inWorld(t, new(guestbook).plain, func(w *world) {
		for _, text := range []string{``, `{}`, `[]`, `["1","1","a","echo"]`, `[null,null,3,"echo",{}]`, `[null,null,"a",null,{}]`, `{"topic":"a"`} {
			c := w.dial(protocol.V2)
			if err := c.message([]byte(text), false); err == nil {
				t.Errorf("%q was taken for a message", text)
			}
			c.hears()
		}
		c := w.dial(protocol.V1)
		if err := c.message([]byte(`{"topic":"a","event":"b","payload":{}}`), false); err == nil {
			t.Error("V1 without a ref was taken for a message")
		}
	})
}
