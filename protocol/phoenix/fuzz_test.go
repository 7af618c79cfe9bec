package phoenix_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

// fuzzed echoes, pushes and broadcasts whatever it is told, and knows its state.
type fuzzed struct{}

func (fuzzed) Join(_ *phoenix.Socket, p protocol.Payload) (any, error) { return p, nil }

func (fuzzed) Intercept() []string { return []string{"out"} }
func (fuzzed) HandleOut(s *phoenix.Socket, event string, p protocol.Payload) error {
	return s.Push(event, p)
}

func (fuzzed) HandleIn(s *phoenix.Socket, event string, p protocol.Payload) (phoenix.Reply, error) {
	if err := s.Push(event, p); err != nil {
		return phoenix.NoReply, err
	}
	return phoenix.Status(event, p), s.Broadcast(event, p)
}

// Whatever a client says, line by line: each line is a message or ends the connection, every frame that is sent is one
// message in the client's version, and afterwards nothing is left.
func FuzzSession(f *testing.F) {
	for _, row := range dispatchRows {
		f.Add([]byte(`["1","1","live","phx_join",{}]`+"\n"+row.v2.says), true)
		f.Add([]byte(`{"topic":"keyed","event":"phx_join","payload":{},"ref":"1","join_ref":"2"}`+"\n"+row.v1.says), false)
	}
	f.Add([]byte("\x00\x01\x01\x01\x0811aphx_join\n\x00\x01\x01\x01\x0311aout\xff"), true)
	f.Add([]byte(`["1","1","a","phx_join",{}]`+"\n"+`["1","2","a","out",{"x":1}]`+"\n"+`["2","3","a","phx_join",[]]`), true)
	f.Fuzz(func(t *testing.T, script []byte, v2 bool) {
		s := protocol.V1
		if v2 {
			s = protocol.V2
		}
		w := newWorld(t, &phoenix.UserSocket{Channels: []phoenix.Route{{Pattern: "*", New: func() phoenix.Channel { return fuzzed{} }}}}, quiet())
		c := w.dial(s)
		for line := range bytes.SplitSeq(script, []byte("\n")) {
			binary := v2 && len(line) > 0 && line[0] == 0
			if err := c.message(slices.Clone(line), binary); err != nil {
				if !errors.Is(err, protocol.ErrMalformed) {
					t.Errorf("%q: %v", line, err)
				}
				c.hangUp(err)
				break
			}
		}
		w.hangUpAll()
		for _, frame := range c.taken() {
			if len(frame) > 0 && frame[0] <= 2 { // kinds of binary messages
				continue
			}
			if _, ok := parseJSON(frame); !ok {
				t.Errorf("the client was sent %q", frame)
			}
		}
	})
}
