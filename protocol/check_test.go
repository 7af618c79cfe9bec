package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// sameJSON compares two JSON texts by value: the order of keys is free.
func sameJSON(t testing.TB, got []byte, want string) {
	t.Helper()
	g, err := jsonValue(got)
	if err != nil {
		t.Errorf("encoded text is not JSON: %v: %s", err, got)
		return
	}
	w, err := jsonValue([]byte(want))
	if err != nil {
		t.Fatalf("the expected text is not JSON: %v: %s", err, want)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("encoded %s\nwant    %s", got, want)
	}
}

// jsonValue decodes a text with its numbers as they are written.
func jsonValue(text []byte) (v any, err error) {
	if !json.Valid(text) {
		return nil, errors.New("invalid")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// wantText checks that the frame is a text one with the wanted JSON.
func wantText(t testing.TB, f Frame, err error, want string) {
	t.Helper()
	if err != nil {
		t.Errorf("%v; want %s", err, want)
		return
	}
	if f.IsBinary() {
		t.Errorf("the frame is binary: %x", f.Bytes())
	}
	sameJSON(t, f.Bytes(), want)
}

// wantUnencodable checks that the error is about the field.
func wantUnencodable(t testing.TB, f Frame, err error, fieldName string) {
	t.Helper()
	var e *EncodeError
	if !errors.Is(err, ErrUnencodable) || !errors.As(err, &e) || e.Field != fieldName || !f.IsZero() {
		t.Errorf("frame %q, error %v; want no frame and an EncodeError of %s", f.Bytes(), err, fieldName)
	}
}

// wantMalformed checks that the serializer refuses the message.
func wantMalformed(t testing.TB, s Serializer, data string, binary bool) {
	t.Helper()
	m, err := s.Decode([]byte(data), binary)
	var e *DecodeError
	if !errors.Is(err, ErrMalformed) || !errors.As(err, &e) || !reflect.DeepEqual(m, Message{}) {
		t.Errorf("%v decodes %q as %+v, error %v; want no message and a DecodeError", s, data, m, err)
	}
}

// wantMessage checks what the serializer makes of the data; the payload is compared as text.
func wantMessage(t testing.TB, s Serializer, data string, binary bool, want Message) {
	t.Helper()
	got, err := s.Decode([]byte(data), binary)
	if err != nil {
		t.Errorf("%v: %q: %v", s, data, err)
		return
	}
	if got.Payload.IsBinary() != want.Payload.IsBinary() || string(got.Payload.Bytes()) != string(want.Payload.Bytes()) {
		t.Errorf("%v: %q: payload %q, want %q", s, data, got.Payload.Bytes(), want.Payload.Bytes())
	}
	got.Payload, want.Payload = Payload{}, Payload{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %q:\ngot  %+v\nwant %+v", s, data, got, want)
	}
}

// notJSONTexts are what no serializer takes for a message, whatever the opcode.
var notJSONTexts = []string{
	``, ` `, `hello`, `null`, `42`, `"heartbeat"`, `[`, `{`, `[]`, `{}`, `]`, `[1,2`, `{"a":1`, `[}`, `{]`, `[,]`, "\x00", "\xff",
}

// badPayloads are texts in the place of a payload with which a message is not JSON.
var badPayloads = []string{
	`{"n":NaN}`, `{"n":01}`, `{"n":+1}`, `{"n":1.}`, `{"n":.5}`, `{"n":0x1}`, `{"t":"\ud83e"}`, `{"t":"\udd8a"}`, `{"t":"\ud83e\u0041"}`,
	`{"t":"\x"}`, "{\"t\":\"\n\"}", "{\"t\":\"\xff\"}", `{"a":1,}`, `[1,]`, `{1:2}`, `{"a"}`, `'a'`, `tru`, `// c`, ``,
}

// goodPayloads are passed on just as they are written (DESIGN.md D16).
var goodPayloads = []string{
	`{}`, `{ }`, `null`, `"text"`, `[1,"two",[]]`, `42`, `true`, `{"a":1,"a":2}`, `{"n":[0,-0,1.0,1e3,1E-7,123456789012345678901234567890,1e400]}`,
	`{"t":"zażółć 日本語 🦊 \u00e9 \ud83e\udd8a \" \\ \/ \b\f\n\r\t \u0000 \u001f </script>","ключ":"значение"}`, "{\n\t\"a\" :\r 1 }",
}
