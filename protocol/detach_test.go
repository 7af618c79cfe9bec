package protocol

import (
	"strings"
	"testing"
)

// Whoever keeps a payload keeps what it refers to. That a small one refers to its whole message is right; a client must
// not have a large message kept for it.
func TestPayloadKeepsNoMoreThanItsOwn(t *testing.T) {
	spaces := strings.Repeat(" ", 10_000)
	large := `"` + strings.Repeat("x", 10_000) + `"`
	tests := []struct {
		name       string
		serializer Serializer
		message    string
		payload    string
		refers     bool
	}{
		{"V2, as usual", V2, `["1","2","t","e",{"a":1}]`, `{"a":1}`, true},
		{"V2, large payload", V2, `["1","2","t","e",` + large + `]`, large, true},
		{"V2, large payload and as much besides", V2, `["1","2","t",` + large + `,` + large + `]`, large, true},
		{"V2, large event", V2, `["1","2","t",` + large + `,{"a":1}]`, `{"a":1}`, false},
		{"V2, large join_ref", V2, `[` + large + `,"2","t","e",{"a":1}]`, `{"a":1}`, false},
		{"V2, sixth element", V2, `["1","2","t","e",{"a":1},` + large + `]`, `{"a":1}`, false},
		{"V2, white space", V2, `["1","2","t","e",{"a":1}` + spaces + `]`, `{"a":1}`, false},
		{"V1, as usual", V1, `{"topic":"t","event":"e","payload":{"a":1},"ref":"1"}`, `{"a":1}`, true},
		{"V1, other key", V1, `{"topic":"t","event":"e","payload":{"a":1},"ref":"1","x":` + large + `}`, `{"a":1}`, false},
		{"V2015, white space", V2015, `{"topic":"t","event":"e","payload":{"a":1}` + spaces + `}`, `{"a":1}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := []byte(test.message)
			m, err := test.serializer.Decode(data, false)
			if err != nil || m.Payload.String() != test.payload {
				t.Fatalf("%.50s, %v", m.Payload, err)
			}
			clear(data)
			if refers := m.Payload.String() != test.payload; refers != test.refers {
				t.Errorf("that the payload refers to the message is %t", refers)
			}
		})
	}
}
