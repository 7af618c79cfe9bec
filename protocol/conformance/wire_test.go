package conformance

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// unmasked reads a client's frame as a server would, and writes it as a server's.
func unmasked(t *testing.T, frame []byte) []byte {
	t.Helper()
	p := &peer{r: bufio.NewReader(bytes.NewReader(frame))}
	if frame[1]&maskBit == 0 {
		t.Fatal("the frame is not masked")
	}
	first, payload := p.read()
	if p.r.Buffered() != 0 {
		t.Fatalf("%d bytes are left over", p.r.Buffered())
	}
	var b bytes.Buffer
	header := []byte{first, frame[1] &^ maskBit}
	b.Write(header)
	b.Write(frame[2 : len(frame)-4-len(payload)]) // the longer length
	b.WriteString(payload)
	return b.Bytes()
}

func TestFrameSizes(t *testing.T) {
	for size, header := range map[int]int{0: 2, 1: 2, 125: 2, 126: 4, 65535: 4, 65536: 10, 100_000: 10} {
		payload := strings.Repeat("x", size)
		frame := appendFrame(nil, opBinary, true, []byte(payload))
		if len(frame) != header+4+size {
			t.Errorf("%d bytes: a frame of %d, want %d", size, len(frame), header+4+size)
		}
		got, err := readFrame(bufio.NewReader(bytes.NewReader(unmasked(t, frame))))
		if err != nil || got.op != opBinary || !got.final || string(got.payload) != payload {
			t.Errorf("%d bytes: got %v, %d bytes, %v", size, got.op, len(got.payload), err)
		}
	}
}

func TestMessageFragments(t *testing.T) {
	for _, test := range []struct {
		message string
		size    int
		want    string
	}{
		{"", 0, "[1 true]"},
		{"", 5, "[1 true]"},
		{"hello", 0, "[1 true hello]"},
		{"hello", 5, "[1 true hello]"},
		{"hello", 9, "[1 true hello]"},
		{"hello", 4, "[1 false hell][0 true o]"},
		{"hello", 2, "[1 false he][0 false ll][0 true o]"},
		{"hell", 2, "[1 false he][0 true ll]"},
	} {
		p := &peer{r: bufio.NewReader(bytes.NewReader(appendMessage(nil, opText, []byte(test.message), test.size)))}
		got := ""
		for {
			first, payload := p.read()
			got += "[" + strings.TrimRight(fmt.Sprintln(first&0x0f, first&finalBit != 0, payload), " \n") + "]"
			if first&finalBit != 0 {
				break
			}
		}
		if got != test.want {
			t.Errorf("%q by %d: got %s, want %s", test.message, test.size, got, test.want)
		}
	}
}

func TestCloseFrame(t *testing.T) {
	for _, c := range []closeFrame{{Code: codeNone}, {Code: 1000}, {Code: 4999, Reason: "bye"}} {
		if got, err := parseClose(c.payload()); err != nil || got != c {
			t.Errorf("got %v, %v; want %v", got, err, c)
		}
	}
	if _, err := parseClose([]byte{3}); err == nil {
		t.Error("a close frame of one byte was accepted")
	}
	for c, want := range map[closeFrame]string{
		{Code: codeAbnormal}:          "an end without a close frame (1006)",
		{Code: codeNone}:              "a close frame without a code (1005)",
		{Code: 1001}:                  "a close frame with the code 1001",
		{Code: 1001, Reason: "later"}: `a close frame with the code 1001 and the reason "later"`,
	} {
		if c.String() != want {
			t.Errorf("got %s, want %s", c, want)
		}
	}
}
