package protocol

import (
	"bytes"
	"errors"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestPayloadKinds(t *testing.T) {
	tests := []struct {
		name             string
		p                Payload
		text             string
		binary, isObject bool
	}{
		{"zero", Payload{}, `{}`, false, true},
		{"no text", JSON(nil), `{}`, false, true},
		{"white space", JSON([]byte(" \t\r\n")), `{}`, false, true},
		{"object", JSON([]byte("\n {\"a\": 1} ")), `{"a": 1}`, false, true},
		{"array", JSON([]byte(` [{}]`)), `[{}]`, false, false},
		{"null", JSON([]byte(`null`)), `null`, false, false},
		{"bytes", Binary([]byte("{}")), `{}`, true, false},
		{"no bytes", Binary(nil), ``, true, false},
	}
	for _, tt := range tests {
		if got := string(tt.p.Bytes()); got != tt.text {
			t.Errorf("%s: Bytes %q, want %q", tt.name, got, tt.text)
		}
		if tt.p.IsBinary() != tt.binary || tt.p.IsObject() != tt.isObject {
			t.Errorf("%s: IsBinary %v, IsObject %v", tt.name, tt.p.IsBinary(), tt.p.IsObject())
		}
	}
}

func TestPayloadString(t *testing.T) {
	if got := JSON([]byte(`{"a":1}`)).String(); got != `{"a":1}` {
		t.Errorf("JSON: %s", got)
	}
	if got := Binary(make([]byte, 3)).String(); got != "(3 bytes)" {
		t.Errorf("binary: %s", got)
	}
}

func TestEncode(t *testing.T) {
	type point struct {
		X int `json:"x"`
	}
	tests := []struct {
		v    any
		want string
	}{
		{JSON([]byte(`{ "as" : "is" }`)), `{ "as" : "is" }`},
		{map[string]any{}, `{}`},
		{map[string]any(nil), `{}`},
		{point{1}, `{"x":1}`},
		{&point{2}, `{"x":2}`},
		{[]point{{3}}, `[{"x":3}]`},
		{nil, `null`},
		{"<&>\u2028", "\"<&>\u2028\""},
		{jsontext.Value(`{"a":1,"a":2}`), `{"a":1,"a":2}`},
		{map[string]Payload{"p": JSON([]byte(`[1]`))}, `{"p":[1]}`},
		{map[string]Ref{"r": StringRef("7")}, `{"r":"7"}`},
		{map[string]Ref{"r": Null}, `{"r":null}`},
	}
	for _, tt := range tests {
		p, err := Encode(tt.v)
		if err != nil || p.String() != tt.want || p.IsBinary() {
			t.Errorf("Encode(%#v) = %s, %v; want %s", tt.v, p, err, tt.want)
		}
	}
	if p, err := Encode(Binary([]byte{1})); err != nil || !p.IsBinary() {
		t.Errorf("Encode(Binary) = %v, %v; want it unchanged", p, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, v := range []any{make(chan int), "\xff", map[string]any{"p": Binary([]byte{1})}} {
		_, err := Encode(v)
		var e *EncodeError
		if !errors.Is(err, ErrUnencodable) || !errors.As(err, &e) || e.Field != "payload" {
			t.Errorf("Encode(%#v): error %v, want an EncodeError of the payload", v, err)
		}
	}
}

func TestPayloadDecode(t *testing.T) {
	var v struct {
		Content string  `json:"content"`
		Inner   Payload `json:"inner"`
		Ref     Ref     `json:"ref"`
	}
	text := []byte(`{"Content":"other case","content":"old","content":"ež","inner": [ 1 ] ,"ref":1.0,"unknown":0}`)
	if err := JSON(text).Decode(&v); err != nil {
		t.Fatal(err)
	}
	clear(text) // what was decoded must not refer to the message
	if v.Content != "ež" || v.Inner.String() != `[ 1 ]` || v.Ref != "1.0" {
		t.Errorf("decoded %+v", v)
	}
	if err := JSON([]byte(`[]`)).Decode(&v); err == nil {
		t.Error("an array was decoded into a struct")
	}
	var zero map[string]any
	if err := (Payload{}).Decode(&zero); err != nil || zero == nil {
		t.Errorf("zero Payload: %v, %v", zero, err)
	}
}

func TestPayloadDecodeBinary(t *testing.T) {
	data := []byte{1, 2, 3}
	var got []byte
	if err := Binary(data).Decode(&got); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("Decode: %v, %v", got, err)
	}
	if got[0] = 9; data[0] != 1 {
		t.Error("Decode gave away the payload's own bytes")
	}
	var object map[string]any
	if err := Binary(data).Decode(&object); err == nil {
		t.Error("a binary payload was decoded into a map")
	}
}
