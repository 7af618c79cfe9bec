package protocol

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestFrameHeader(t *testing.T) {
	// RFC 6455 §5.2: FIN, opcode; no mask; the shortest form of the length.
	tests := []struct {
		size   int
		opcode byte
		header string
	}{
		{0, opText, "8100"},
		{1, opBinary, "8201"},
		{125, opText, "817d"},
		{126, opText, "817e007e"},
		{65535, opBinary, "827effff"},
		{65536, opText, "817f0000000000010000"},
		{8_000_000, opBinary, "827f00000000007a1200"},
	}
	for _, tt := range tests {
		message := bytes.Repeat([]byte{'x'}, tt.size)
		f := seal(append(newFrame(tt.size), message...), tt.opcode)
		ws := f.WebSocket()
		if got := hex.EncodeToString(ws[:len(ws)-tt.size]); got != tt.header {
			t.Errorf("size %d: header %s, want %s", tt.size, got, tt.header)
		}
		if !bytes.Equal(f.Bytes(), message) {
			t.Errorf("size %d: Bytes has %d bytes, not those of the message", tt.size, len(f.Bytes()))
		}
		if f.IsBinary() != (tt.opcode == opBinary) {
			t.Errorf("size %d, opcode %x: IsBinary = %v", tt.size, tt.opcode, f.IsBinary())
		}
		if f.IsZero() {
			t.Errorf("size %d: IsZero", tt.size)
		}
	}
}

func TestFrameIsOneBuffer(t *testing.T) {
	f := seal(append(newFrame(5), "hello"...), opText)
	ws, message := f.WebSocket(), f.Bytes()
	if &ws[len(ws)-1] != &message[len(message)-1] {
		t.Error("WebSocket and Bytes are not slices of one buffer")
	}
	if cap(ws) != len(ws) || cap(message) != len(message) {
		t.Error("an append to the slices would write into the shared buffer")
	}
}

func TestZeroFrame(t *testing.T) {
	var f Frame
	if !f.IsZero() || f.IsBinary() || f.Bytes() != nil || f.WebSocket() != nil {
		t.Errorf("zero Frame: IsZero %v, IsBinary %v, Bytes %q, WebSocket %q", f.IsZero(), f.IsBinary(), f.Bytes(), f.WebSocket())
	}
}

func TestEncodingAllocatesOnce(t *testing.T) {
	payload := JSON([]byte(`{"body":"hello"}`))
	message := Message{JoinRef: StringRef("1"), Topic: "room:lobby", Event: "new_msg", Payload: payload}
	reply := Reply{JoinRef: StringRef("1"), Ref: StringRef("2"), Topic: "room:lobby", Status: StatusOK, Response: payload}
	broadcast := Broadcast{Topic: "room:lobby", Event: "new_msg", Payload: payload}
	for _, s := range []Serializer{V1, V2, V2015} {
		for name, encode := range map[string]func() (Frame, error){
			"Encode":      func() (Frame, error) { return s.Encode(message) },
			"EncodeReply": func() (Frame, error) { return s.EncodeReply(reply) },
			"Fastlane":    func() (Frame, error) { return s.Fastlane(broadcast) },
		} {
			if n := testing.AllocsPerRun(100, func() { _, _ = encode() }); n != 1 {
				t.Errorf("%v %s: %v allocations, want 1", s, name, n)
			}
		}
	}
	binary := Broadcast{Topic: "room:lobby", Event: "new_msg", Payload: Binary(make([]byte, 1000))}
	if n := testing.AllocsPerRun(100, func() { _, _ = V2.Fastlane(binary) }); n != 1 {
		t.Errorf("V2 binary Fastlane: %v allocations, want 1", n)
	}
}
