package phoenixtest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// maxText is how much of a payload, in bytes, stands in a message for a human.
const maxText = 500

func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

// describe writes a payload for a human, the names of its objects in order.
func describe(p protocol.Payload) string {
	if p.IsBinary() {
		return fmt.Sprintf("the bytes %.40q", p.Bytes())
	}
	v, err := parse(p.Bytes())
	if err != nil {
		return shorten(p.String())
	}
	return text(v)
}

// text writes a parsed value for a human.
func text(v any) string {
	asWritten := json.MarshalToFunc(func(e *jsontext.Encoder, n number) error {
		return e.WriteValue(jsontext.Value(n))
	})
	out, err := json.Marshal(v, lenient, json.Deterministic(true), json.WithMarshalers(asWritten))
	if err != nil {
		return fmt.Sprint(v)
	}
	return shorten(string(out))
}

// A number is a JSON number as it is written.
type number string

// value returns it in a form of which there is one for each value, such as 12e-1
// for 1.20.
func (n number) value() string {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(string(n)), "e")
	e, err := strconv.Atoi(exponent)
	if exponent != "" && err != nil {
		return string(n) // too large to tell
	}
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return "0"
	}
	e += len(digits) - len(significant) - len(fraction)
	if negative {
		significant = "-" + significant
	}
	return significant + "e" + strconv.Itoa(e)
}
