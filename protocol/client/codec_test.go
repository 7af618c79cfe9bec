package client

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

func message(joinRef, ref protocol.Ref, topic, event string, p protocol.Payload) protocol.Message {
	return protocol.Message{JoinRef: joinRef, Ref: ref, Topic: topic, Event: event, Payload: p}
}

var (
	one    = protocol.StringRef("1")
	two    = protocol.StringRef("22")
	object = protocol.JSON([]byte(`{"a":1}`))
	three  = protocol.Binary([]byte{5, 6, 7})
)

// The bytes of PROTOCOL.md §3.2 to §3.4, from client to server.
func TestEncode(t *testing.T) {
	for _, test := range []struct {
		codec  codec
		m      protocol.Message
		want   string
		binary bool
	}{
		{v2{}, message(one, two, "room:a", "say", object), `["1","22","room:a","say",{"a":1}]`, false},
		{v2{}, message(protocol.Null, two, "phoenix", "heartbeat", protocol.Payload{}), `[null,"22","phoenix","heartbeat",{}]`, false},
		{v2{}, message(one, two, "a\"b", "ž\n", protocol.JSON([]byte(`null`))), `["1","22","a\"b","ž\n",null]`, false},
		{v2{}, message(one, two, "room:a", "bin", three), "\x00\x01\x02\x06\x03" + "122room:abin\x05\x06\x07", true},
		{v2{}, message(one, protocol.Null, "ž", "", protocol.Binary(nil)), "\x00\x01\x00\x02\x001ž", true},
		{v1{}, message(one, two, "room:a", "say", object), `{"join_ref":"1","ref":"22","topic":"room:a","event":"say","payload":{"a":1}}`, false},
		{v1{}, message(protocol.Null, one, "a", "b", protocol.JSON([]byte(`7`))), `{"join_ref":null,"ref":"1","topic":"a","event":"b","payload":7}`, false},
	} {
		out, err := test.codec.encode(test.m)
		if err != nil || string(out.data) != test.want || out.binary != test.binary {
			t.Errorf("%s: %+v became %q, %v, %v; want %q", test.codec.version(), test.m, out.data, out.binary, err, test.want)
		}
	}
}

func TestEncodeErrors(t *testing.T) {
	long := strings.Repeat("x", 256)
	for field, m := range map[string]protocol.Message{
		"topic":    message(one, two, long, "e", three),
		"event":    message(one, two, "t", long, three),
		"join_ref": message(protocol.StringRef(long), two, "t", "e", three),
		"ref":      message(one, protocol.StringRef(long), "t", "e", three),
	} {
		_, err := v2{}.encode(m)
		failed, ok := errors.AsType[*protocol.EncodeError](err)
		if !ok || failed.Field != field || !strings.Contains(err.Error(), "256 bytes") {
			t.Errorf("a long %s: %v", field, err)
		}
	}
	for _, test := range []struct {
		codec codec
		m     protocol.Message
	}{
		{v1{}, message(one, two, "t", "e", three)},
		{v1{}, message(one, two, "\xff", "e", object)},
		{v1{}, message(one, two, "t", "\xff", object)},
		{v2{}, message(one, two, "\xff", "e", object)},
		{v2{}, message(one, two, "t", "\xff", object)},
		{v2{}, message(one, two, "\xff", "e", three)},
		{v2{}, message(one, two, "t", "\xff", three)},
	} {
		if _, err := test.codec.encode(test.m); !errors.Is(err, protocol.ErrUnencodable) {
			t.Errorf("%s: %+v: %v, want ErrUnencodable", test.codec.version(), test.m, err)
		}
	}
}

// From server to client: each kind of frame.
func TestDecode(t *testing.T) {
	binary := func(joinRef, ref protocol.Ref, topic, event, status, data string) received {
		return received{message(joinRef, ref, topic, event, protocol.Binary([]byte(data))), status}
	}
	text := func(joinRef, ref protocol.Ref, topic, event, status, payload string) received {
		return received{message(joinRef, ref, topic, event, protocol.JSON([]byte(payload))), status}
	}
	for _, test := range []struct {
		codec  codec
		data   string
		binary bool
		want   received
	}{
		{v2{}, `["1","22","t","phx_reply",{"status":"ok","response":{"a":1}}]`, false, text(one, two, "t", "phx_reply", "ok", `{"a":1}`)},
		{v2{}, `[null,"22","t","phx_reply",{"response":[1],"status":"error","more":1}]`, false, text("", two, "t", "phx_reply", "error", `[1]`)},
		{v2{}, `["1","22","t","phx_reply",{"status":"ok"}]`, false, text(one, two, "t", "phx_reply", "ok", ``)},
		{v2{}, `["1",null,"t","e",{"a":1}]`, false, text(one, "", "t", "e", "", `{"a":1}`)},
		{v2{}, `[null,null,"t","e",7]`, false, text("", "", "t", "e", "", `7`)},
		{v2{}, "\x00\x01\x01\x011tedata", true, binary(one, "", "t", "e", "", "data")},
		{v2{}, "\x01\x01\x02\x06\x02122room:aok\x05\x06\x07", true, binary(one, two, "room:a", "phx_reply", "ok", "\x05\x06\x07")},
		{v2{}, "\x01\x00\x00\x01\x01ts", true, binary("", "", "t", "phx_reply", "s", "")},
		{v2{}, "\x02\x01\x01te\x00", true, binary("", "", "t", "e", "", "\x00")},
		{v2{}, "\x00\x02\x01\x01\"\\te", true, binary(protocol.StringRef(`"\`), "", "t", "e", "", "")},
		{v1{}, `{"topic":"t","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"22"}`, false, text("", two, "t", "phx_reply", "ok", `{}`)},
		{v1{}, `{"topic":"t","event":"e","payload":[],"ref":null}`, false, text("", "", "t", "e", "", `[]`)},
		{v1{}, `{"topic":"t","event":"phx_error","payload":{},"ref":"1"}`, false, text(one, one, "t", "phx_error", "", `{}`)},
		{v1{}, `{"topic":"t","event":"phx_close","payload":{},"ref":null}`, false, text("", "", "t", "phx_close", "", `{}`)},
	} {
		got, err := test.codec.decode([]byte(test.data), test.binary)
		if err != nil || !same(got, test.want) {
			t.Errorf("%s: %q became %+v, %v; want %+v", test.codec.version(), test.data, got, err, test.want)
		}
	}
}

func same(a, b received) bool {
	x, y := a.Payload, b.Payload
	a.Payload, b.Payload = protocol.Payload{}, protocol.Payload{}
	return reflect.DeepEqual(a, b) && x.IsBinary() == y.IsBinary() && string(x.Bytes()) == string(y.Bytes())
}

func TestDecodeErrors(t *testing.T) {
	for _, data := range []string{"", "\x03\x00\x00", "\x00", "\x00\x01\x01", "\x00\x09\x01\x01abc", "\x01\x00\x00\x00", "\x02\x01", "\x02\xff\xffabc"} {
		if got, err := (v2{}).decode([]byte(data), true); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%q became %+v, %v; want ErrMalformed", data, got, err)
		}
	}
	for _, data := range []string{"", "{}", "[]", `[null,null,"t","e"]`, `["1","1","t","phx_reply",[]]`, `["1","1","t","phx_reply",{"status":1}]`} {
		if got, err := (v2{}).decode([]byte(data), false); !errors.Is(err, protocol.ErrMalformed) {
			t.Errorf("%q became %+v, %v; want ErrMalformed", data, got, err)
		}
	}
	if got, err := (v1{}).decode([]byte(`{"topic":"t","event":"e","payload":[],"ref":null}`), true); !errors.Is(err, protocol.ErrMalformed) {
		t.Errorf("a binary V1 message became %+v, %v; want ErrMalformed", got, err)
	}
}

// What a client writes a server reads, and the other way round.
func TestCodecAgainstTheServers(t *testing.T) {
	sides := []struct {
		codec  codec
		server protocol.Serializer
	}{{v1{}, protocol.V1}, {v2{}, protocol.V2}}
	rapid.Check(t, func(t *rapid.T) {
		side := sides[rapid.IntRange(0, 1).Draw(t, "version")]
		ref := rapid.Custom(func(t *rapid.T) protocol.Ref { return numbered(rapid.Uint64Range(1, 1e12).Draw(t, "n")) })
		short := rapid.StringN(0, 60, 240)
		payload := protocol.JSON([]byte(rapid.SampledFrom([]string{`{}`, `{"a":[1,"ž"]}`, `{"a":{"b":null}}`}).Draw(t, "json")))
		if side.server == protocol.V2 && rapid.Bool().Draw(t, "binary") {
			payload = protocol.Binary(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}
		m := message(ref.Draw(t, "join_ref"), ref.Draw(t, "ref"), short.Draw(t, "topic"), short.Draw(t, "event"), payload)

		out, err := side.codec.encode(m)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		if got, err := side.server.Decode(out.data, out.binary); err != nil || !same(received{Message: got}, received{Message: m}) {
			t.Fatalf("the server reads %+v, %v; want %+v", got, err, m)
		}

		check := func(f protocol.Frame, err error, want received) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if side.server == protocol.V1 {
				want.JoinRef = protocol.Null // not shown
			}
			if got, err := side.codec.decode(f.Bytes(), f.IsBinary()); err != nil || !same(got, want) {
				t.Fatalf("the client reads %+v, %v; want %+v", got, err, want)
			}
		}
		status := short.Draw(t, "status")
		f, err := side.server.EncodeReply(protocol.Reply{JoinRef: m.JoinRef, Ref: m.Ref, Topic: m.Topic, Status: status, Response: payload})
		check(f, err, received{message(m.JoinRef, m.Ref, m.Topic, protocol.EventReply, payload), status})
		push := m
		push.Ref = protocol.Null
		f, err = side.server.Encode(push)
		check(f, err, received{Message: push})
		f, err = side.server.Fastlane(protocol.Broadcast{Topic: m.Topic, Event: m.Event, Payload: payload})
		check(f, err, received{Message: message("", "", m.Topic, m.Event, payload)})
	})
}

// Whatever comes, decoding ends in a message or an error; and of a binary message nothing is made up.
func FuzzDecode(f *testing.F) {
	for _, data := range []string{
		`["1","22","t","phx_reply",{"status":"ok","response":{"a":1}}]`, `[null,null,"t","e",7]`, "\x00\x01\x01\x011tedata",
		"\x01\x01\x02\x06\x02122room:aok\x05\x06\x07", "\x02\x01\x01te\x00", `{"topic":"t","event":"phx_error","payload":{},"ref":"1"}`, "",
	} {
		f.Add([]byte(data), true)
		f.Add([]byte(data), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, binary bool) {
		for _, c := range []codec{v1{}, v2{}} {
			m, err := c.decode(data, binary)
			if err != nil {
				if !errors.Is(err, protocol.ErrMalformed) {
					t.Errorf("the error %v is not ErrMalformed", err)
				}
				continue
			}
			if binary && len(m.Topic)+len(m.status)+len(m.Payload.Bytes()) > len(data) {
				t.Errorf("%q became %+v", data, m)
			}
			if !binary && !utf8.ValidString(m.Topic+m.Event) {
				t.Errorf("%q became %+v", data, m)
			}
		}
	})
}
