package protocol

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestV2BinaryDecode(t *testing.T) {
	tests := []struct {
		name, data string
		want       Message
	}{
		{"push", "\x00\x01\x02\x06\x03" + "1" + "22" + "room:a" + "bin" + "\x05\x06\x07", Message{`"1"`, `"22"`, "room:a", "bin", Binary([]byte{5, 6, 7})}},
		{"no data", "\x00\x01\x01\x08\x08" + "1" + "1" + "lab:room" + "phx_join", Message{`"1"`, `"1"`, "lab:room", "phx_join", Binary(nil)}},
		{"empty fields are empty strings", "\x00\x00\x00\x00\x00", Message{`""`, `""`, "", "", Binary(nil)}},
		{"heartbeat", "\x00\x00\x01\x07\x09" + "9" + "phoenix" + "heartbeat", Message{`""`, `"9"`, "phoenix", "heartbeat", Binary(nil)}},
		{"UTF-8", "\x00\x02\x02\x15\x06" + "ž" + "ř" + "lab:žluťoučký🦊" + "binary" + "\xff", Message{`"ž"`, `"ř"`, "lab:žluťoučký🦊", "binary", Binary([]byte{0xff})}},
		{"a ref that needs escapes", "\x00\x01\x01\x01\x01" + `"` + "\n" + "t" + "e", Message{`"\""`, `"\n"`, "t", "e", Binary(nil)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantMessage(t, V2, tt.data, true, tt.want) })
	}
}

func TestV2BinaryDecodeLongestFields(t *testing.T) {
	long := strings.Repeat("x", 255)
	want := Message{StringRef(long), StringRef(long), long, long, Binary([]byte("data"))}
	wantMessage(t, V2, "\x00\xff\xff\xff\xff"+strings.Repeat(long, 4)+"data", true, want)
}

func TestV2BinaryMalformed(t *testing.T) {
	for _, data := range []string{
		"", "\x00", "\x00\x00\x00\x00", // no whole header
		"\x01\x01\x01\x07\x06" + "1" + "2" + "lab:bin" + "binary", // a reply
		"\x02\x07\x06" + "lab:bin" + "binary",                     // a broadcast
		"\x03\x00\x00\x00\x00", "\xff\x00\x00\x00\x00",
		"\x00\x01\x01\x07\x06" + "1" + "2" + "lab:bi",             // too short
		"\x00\x01\x01\x07\x07" + "1" + "2" + "lab:bin" + "binary", // by one
		"\x00\x01\x01\x04\x03" + "1" + "2" + "\xff\xfe\xfd" + "\xfc" + "foo",
		"\x00\x01\x01\x04\x03" + "\xff" + "2" + "four" + "foo",
		"\x00\x01\x01\x01\x03" + "1" + "2" + "\xc5" + "\xbefo", // a character over the end of the topic
		`["1","1","t","e",{}]`,
	} {
		wantMalformed(t, V2, data, true)
	}
}

func TestV2BinaryEncode(t *testing.T) {
	data := Binary([]byte{5, 6, 7})
	tests := []struct {
		name   string
		encode func() (Frame, error)
		want   string
	}{
		{"the reply of PROTOCOL.md §3.4", func() (Frame, error) {
			return V2.EncodeReply(Reply{`"1"`, `"22"`, "room:a", "ok", data})
		}, "\x01\x01\x02\x06\x02" + "1" + "22" + "room:a" + "ok" + "\x05\x06\x07"},
		{"push, without its ref", func() (Frame, error) {
			return V2.Encode(Message{`"1"`, `"22"`, "room:a", "bin", data})
		}, "\x00\x01\x06\x03" + "1" + "room:a" + "bin" + "\x05\x06\x07"},
		{"broadcast", func() (Frame, error) {
			return V2.Fastlane(Broadcast{"room:a", "bin", data})
		}, "\x02\x06\x03" + "room:a" + "bin" + "\x05\x06\x07"},
		{"null refs", func() (Frame, error) {
			return V2.EncodeReply(Reply{Null, Null, "t", "ok", Binary(nil)})
		}, "\x01\x00\x00\x01\x02" + "t" + "ok"},
		{"refs that are no strings", func() (Frame, error) {
			return V2.EncodeReply(Reply{`1`, `true`, "t", "ok", data})
		}, "\x01\x01\x04\x01\x02" + "1" + "true" + "t" + "ok" + "\x05\x06\x07"},
		{"lengths count bytes", func() (Frame, error) {
			return V2.Encode(Message{StringRef("ž"), Null, "lab:žluťoučký🦊", "ž\n", data})
		}, "\x00\x02\x15\x03" + "ž" + "lab:žluťoučký🦊" + "ž\n" + "\x05\x06\x07"},
		{"a ref with escapes", func() (Frame, error) {
			return V2.Encode(Message{StringRef("\"\n"), Null, "t", "e", data})
		}, "\x00\x02\x01\x01" + "\"\n" + "t" + "e" + "\x05\x06\x07"},
	}
	for _, tt := range tests {
		f, err := tt.encode()
		if err != nil || !f.IsBinary() || string(f.Bytes()) != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, hex.EncodeToString(f.Bytes()), err, hex.EncodeToString([]byte(tt.want)))
		}
	}
}

func TestV2BinaryFieldLimit(t *testing.T) {
	data := Binary([]byte{1})
	fits, long := strings.Repeat("ž", 127)+"x", strings.Repeat("ž", 128)
	encode := map[string]func(s string) (Frame, error){
		"join_ref": func(s string) (Frame, error) { return V2.Encode(Message{StringRef(s), Null, "t", "e", data}) },
		"ref":      func(s string) (Frame, error) { return V2.EncodeReply(Reply{Null, StringRef(s), "t", "ok", data}) },
		"status":   func(s string) (Frame, error) { return V2.EncodeReply(Reply{Null, Null, "t", s, data}) },
		"topic":    func(s string) (Frame, error) { return V2.Fastlane(Broadcast{s, "e", data}) },
		"event":    func(s string) (Frame, error) { return V2.Fastlane(Broadcast{"t", s, data}) },
	}
	for name, enc := range encode {
		if f, err := enc(fits); err != nil || !strings.Contains(string(f.Bytes()), fits) {
			t.Errorf("%s of 255 bytes: %v", name, err)
		}
		f, err := enc(long)
		wantUnencodable(t, f, err, name)
		if want := name + " is 256 bytes long"; err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want it to say %q", err, want)
		}
	}
}

func TestV2BinaryRefuses(t *testing.T) {
	data := Binary([]byte{1})
	f, err := V2.Encode(Message{`{"x":1}`, Null, "t", "e", data})
	wantUnencodable(t, f, err, "join_ref")
	f, err = V2.EncodeReply(Reply{`[1]`, Null, "t", "ok", data})
	wantUnencodable(t, f, err, "join_ref")
	f, err = V2.EncodeReply(Reply{Null, `[1]`, "t", "ok", data})
	wantUnencodable(t, f, err, "ref")
	f, err = V2.Fastlane(Broadcast{"t", "\xff", data})
	wantUnencodable(t, f, err, "event")
}
