package conformance

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func frames(t *testing.T, written ...string) []expectedFrame {
	t.Helper()
	list := make([]expectedFrame, len(written))
	for i, w := range written {
		text := `{"kind":"text","json":` + w + `}`
		if err := json.Unmarshal([]byte(text), &list[i], json.RejectUnknownMembers(true)); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// What came, assigned to what is expected: whether it may go on like that, and
// whether it is all.
func TestFrameSearch(t *testing.T) {
	x, y := `{"$capture":"x"}`, `{"$capture":"y"}`
	for _, test := range []struct {
		ordered            bool
		expected, optional []string
		came               string
		ok, complete       bool
	}{
		{true, nil, nil, ``, true, true},
		{true, []string{`1`, `2`}, nil, ``, true, false},
		{true, []string{`1`, `2`}, nil, `1`, true, false},
		{true, []string{`1`, `2`}, nil, `1 2`, true, true},
		{true, []string{`1`, `2`}, nil, `2`, false, false},
		{true, []string{`1`, `2`}, nil, `1 2 3`, false, false},
		{false, []string{`1`, `2`}, nil, `2`, true, false},
		{false, []string{`1`, `2`}, nil, `2 1`, true, true},
		{false, []string{`1`, `2`}, nil, `2 2`, false, false},
		{false, []string{`1`, `1`}, nil, `1 1`, true, true},
		{true, []string{`1`, `2`}, []string{`3`}, `1 3`, true, false},
		{true, []string{`1`, `2`}, []string{`3`}, `3 1 2`, true, true},
		{true, []string{`1`, `2`}, []string{`3`}, `3 1 3`, false, false},
		{true, []string{`1`, `2`}, []string{`3`, `3`}, `3 1 3 2`, true, true},
		// A frame that may be both counts for what is expected.
		{true, []string{`1`}, []string{`1`}, `1`, true, true},
		{true, []string{`1`}, []string{`1`}, `1 1`, true, true},
		{true, []string{`1`, `2`}, []string{`1`}, `1 1 2`, true, true},
		// The first assignment that comes to mind is not always the one.
		{false, []string{`{"$any":"any"}`, `1`}, nil, `1 2`, true, true},
		{false, []string{`{"$any":"number"}`, `{"$any":"any"}`, `2`}, nil, `2 3 "a"`, true, true},
		{false, []string{`[` + x + `,1]`, `[` + y + `,{"$any":"any"}]`, `[` + x + `]`}, nil, `["a",1] ["b",1] ["b"]`, true, true},
		{false, []string{`[` + x + `]`, `[` + y + `]`}, nil, `["a"] ["a"]`, false, false},
	} {
		var came []*message
		for _, text := range strings.Fields(test.came) {
			came = append(came, newMessage([]byte(text), false))
		}
		search := &frameSearch{expected: frames(t, test.expected...), optional: frames(t, test.optional...), ordered: test.ordered}
		_, complete, ok := search.assign(came, nil)
		if ok != test.ok || complete != test.complete {
			t.Errorf("%v, perhaps %v, in order: %v: for %q got possible %v, complete %v; want %v, %v",
				test.expected, test.optional, test.ordered, test.came, ok, complete, test.ok, test.complete)
		}
	}
}

// What a search binds holds for the steps that follow.
func TestFrameSearchBinds(t *testing.T) {
	search := &frameSearch{expected: frames(t, `[{"$capture":"x"},1]`, `[{"$capture":"y"},{"$any":"any"}]`)}
	came := []*message{newMessage([]byte(`["a",2]`), false), newMessage([]byte(`["b",1]`), false)}
	bound, complete, _ := search.assign(came, nil)
	x, _ := bound.get(captured, "x")
	y, _ := bound.get(captured, "y")
	if !complete || x != "b" || y != "a" {
		t.Errorf("got %v with x=%q, y=%q; want b and a", complete, x, y)
	}
}
