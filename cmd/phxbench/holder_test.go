package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// frames takes what a client sent apart: events, and of parts the offsets.
func frames(t *testing.T, b []byte) []string {
	t.Helper()
	var all []string
	for len(b) > 0 {
		opcode := b[0] & 0x0f
		text, n, err := cutMasked(b)
		if err != nil {
			t.Fatal(err)
		}
		parse := parseMessage
		if opcode == opBinary {
			// A client's push has a ref more than a server's.
			text = append(append([]byte{kindPush, text[1], text[3], text[4]}, text[5:5+text[1]]...), text[5+text[1]+text[2]:]...)
			parse = parseBinary
		}
		m, err := parse(text, true)
		if err != nil {
			t.Fatal(err)
		}
		said := string(m.event)
		if at, _, ok := parsePartHeader(m.payload); m.is("part", string(m.topic)) && ok {
			said = fmt.Sprint(said, " ", at)
		}
		all = append(all, said)
		b = b[n:]
	}
	return all
}

// A holder speaks as it is written in the manual of the channels.
func TestHolder(t *testing.T) {
	p := &offer{content: newContent(1, 9950)} // ten parts of 1000 bytes
	topic := p.have()
	say := func(event, payload string) string {
		return `[null,null,"` + topic + `","` + event + `",` + payload + `]`
	}
	joined := func(response string) string {
		return `["1","1","` + topic + `","phx_reply",{"status":"ok","response":` + response + `}]`
	}
	const (
		parts = `{"ephemeral":1,"max_content":8000000,"part":1000}`
		whole = `{"ephemeral":1,"max_content":8000000}`
	)
	request, got := say("content_request", `{}`), func(n int) string { return say("got", fmt.Sprintf(`{"bytes":%d}`, n)) }
	eight := []string{"part 0", "part 1000", "part 2000", "part 3000", "part 4000", "part 5000", "part 6000", "part 7000"}
	for name, test := range map[string]struct {
		speak  dialect
		frozen bool
		heard  []string
		said   []string
		want   string
	}{
		"original":    {original, false, []string{joined(`{}`), request, request}, []string{"content", "content"}, "EOF"},
		"whole":       {ours, false, []string{joined(whole), say("state", `{}`), request, say("served", `{"visitors":1}`)}, []string{"content"}, "EOF"},
		"window":      {ours, false, []string{joined(parts), request, request}, eight, "EOF"},
		"goes on":     {ours, false, []string{joined(parts), request, got(1000), got(3000)}, append(slices.Clone(eight), "part 8000", "part 9000"), "EOF"},
		"again":       {ours, false, []string{joined(parts), request, got(8000), got(9950), request}, append(append(slices.Clone(eight), "part 8000", "part 9000"), eight...), "EOF"},
		"enough":      {ours, false, []string{joined(parts), request, say("enough", `{}`), got(1000)}, eight, "EOF"},
		"once more":   {ours, false, []string{joined(parts), request, say("enough", `{}`), request}, append(slices.Clone(eight), eight...), "EOF"},
		"too many":    {ours, false, []string{joined(parts), request, got(8001)}, eight, "more is acknowledged than was sent"},
		"back":        {ours, false, []string{joined(parts), request, got(2000), got(1000)}, append(slices.Clone(eight), "part 8000", "part 9000"), "more is acknowledged"},
		"no number":   {ours, false, []string{joined(parts), request, say("got", `{"bytes":"x"}`)}, eight, "got on"},
		"frozen":      {ours, true, []string{joined(parts), request, `[null,"2","phoenix","phx_reply",{"status":"ok","response":{}}]`, request}, []string{"heartbeat", "heartbeat"}, "EOF"},
		"not in part": {original, false, []string{joined(`{}`), got(1000)}, nil, "a holder was told got"},
		"refused":     {ours, false, []string{joined(parts), say("refused", `{"reason":"content too large"}`)}, nil, "a holder was told refused"},
		"channel end": {original, false, []string{joined(`{}`), say("phx_error", `{}`)}, nil, "a holder was told phx_error"},
		"other topic": {original, false, []string{joined(`{}`), `[null,null,"x","content_request",{}]`}, nil, "a holder was told content_request on x"},
		"not joined":  {original, false, []string{strings.Replace(joined(`{}`), `"ok"`, `"error"`, 1)}, nil, "failed to join " + topic},
		"crowd":       {original, false, []string{joined(`{}`), say("visitors_count", `{"count":3}`)}, nil, "told that a page has 3 holders, of 2"},
		"old server":  {ours, false, []string{joined(`{}`)}, nil, "does not know what this project's front end opts into"},
	} {
		w, server := hear(talk(test.heard...))
		h := newHolder(&client{wire: w}, test.speak, 2, []*offer{p})
		h.frozen = test.frozen
		wants(t, name, h.serve(), test.want)
		if said := frames(t, server.heard.Bytes()); said[0] != "phx_join" || !slices.Equal(said[1:], test.said) {
			t.Errorf("%s: said %v, want %v", name, said[1:], test.said)
		}
		select {
		case <-h.ready:
			t.Errorf("%s: ready without having been told of the other holder", name)
		default:
		}
	}
}

// A holder is ready when it has joined and knows of all others, whichever it hears
// first.
func TestHolderIsReady(t *testing.T) {
	p := &offer{content: newContent(1, 100)}
	joined := `["1","1","` + p.have() + `","phx_reply",{"status":"ok","response":{}}]`
	count := func(n int) string { return fmt.Sprintf(`[null,null,"%s","visitors_count",{"count":%d}]`, p.have(), n) }
	for name, heard := range map[string][]string{
		"in order": {joined, count(1), count(2)},
		"before":   {count(2), joined},
		"again":    {joined, count(2), count(1), count(2)},
	} {
		w, _ := hear(talk(heard...))
		h := newHolder(&client{wire: w}, original, 2, []*offer{p})
		wants(t, name, h.serve(), "EOF")
		select {
		case <-h.ready:
		default:
			t.Errorf("%s: not ready", name)
		}
	}
}
