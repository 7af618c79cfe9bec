package phoenix_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
)

type (
	params = phoenix.Params
	list   = []any
)

// The rules are Plug's (PROTOCOL.md §1.2).
var queries = []struct {
	query string
	want  params
}{
	{"", params{}},
	{"a=1", params{"a": "1"}},
	{"a=1&b=2", params{"a": "1", "b": "2"}},
	{"a=1&a=2", params{"a": "2"}},
	{"a", params{"a": ""}},
	{"a=", params{"a": ""}},
	{"=", params{"": ""}},
	{"=x", params{"": "x"}},
	{"a=b=c", params{"a": "b=c"}},
	{"a=1&&b=2&", params{"a": "1", "b": "2"}}, // what phoenix.js makes of null
	{"&", params{}},
	{"a+b=c+d", params{"a b": "c d"}},
	{"my+weird+field=q1%212%22%27w%245%267%2Fz8%29%3F", params{"my weird field": `q1!2"'w$5&7/z8)?`}},
	{"%61=%C3%A9", params{"a": "é"}},
	{"a=%", params{"a": "%"}},
	{"a=%4", params{"a": "%4"}},
	{"a=%zz%41%4g", params{"a": "%zzA%4g"}},
	{"a=%2B%26%3D%25", params{"a": "+&=%"}},
	{"a;b=1", params{"a;b": "1"}},

	{"a[b]=c", params{"a": params{"b": "c"}}},
	{"a[b]=1&a[c]=2&a[b]=3", params{"a": params{"b": "3", "c": "2"}}},
	{"a[b][c]=1&a[b][d]=2&a[e]=3", params{"a": params{"b": params{"c": "1", "d": "2"}, "e": "3"}}},
	{"a%5Bb%5D=c", params{"a": params{"b": "c"}}},
	{"a[0]=x&a[1]=y", params{"a": params{"0": "x", "1": "y"}}}, // phoenix.js' arrays
	{"a[]=x", params{"a": list{"x"}}},
	{"a[]=x&a[]=y", params{"a": list{"x", "y"}}},
	{"a[]", params{"a": list{""}}},
	{"a[b][]=1&a[b][]=2", params{"a": params{"b": list{"1", "2"}}}},
	{"a[][]=1&a[][]=2", params{"a": list{list{"1", "2"}}}},
	{"a[][][]=1", params{"a": list{list{list{"1"}}}}},
	{"a[][b]=1", params{"a": list{params{"b": "1"}}}},
	{"a[][b]=1&a[][c]=2", params{"a": list{params{"b": "1", "c": "2"}}}},
	{"a[b][][c][]=1", params{"a": params{"b": list{params{"c": list{"1"}}}}}},

	// Where the shapes disagree, the last decides, and finds again what was said in its shape before.
	{"a=1&a[b]=2", params{"a": params{"b": "2"}}},
	{"a[b]=1&a=2", params{"a": "2"}},
	{"a[]=1&a[b]=2", params{"a": params{"b": "2"}}},
	{"a[b]=1&a[]=2", params{"a": list{"2"}}},
	{"a[]=1&a[b]=2&a[]=3", params{"a": list{"1", "3"}}},
	{"a[b]=1&a[]=2&a[c]=3", params{"a": params{"b": "1", "c": "3"}}},
	{"a[b][][c]=2&a[b]=1", params{"a": params{"b": "1"}}},
	{"a[b][0][c]=2&a[b]=1", params{"a": params{"b": "1"}}},

	// Brackets that do not pair up are part of a name.
	{"a[=1", params{"a[": "1"}},
	{"a]=1", params{"a]": "1"}},
	{"[a]=1", params{"[a]": "1"}},
	{"[]=1", params{"[]": "1"}},
	{"[=1&]=2", params{"[": "1", "]": "2"}},
	{"a[b]c=1", params{"a[b]c": "1"}},
	{"a[b]c[d]=1", params{"a": params{"b]c[d": "1"}}},
	{"a[[b]]=1", params{"a": params{"[b]": "1"}}},
	{"a[]]=1", params{"a": params{"]": "1"}}},
	{"a[ ]=1", params{"a": params{" ": "1"}}},
}

func TestParseParams(t *testing.T) {
	for _, tt := range queries {
		got, err := phoenix.ParseParams(tt.query)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q is %v, %v; want %v", tt.query, got, err, tt.want)
		}
	}
}

func TestParseParamsRefuses(t *testing.T) {
	deep := func(n int) string { return "a" + strings.Repeat("[b]", n) + "=1" }
	var nested []string
	for i := range 1001 {
		nested = append(nested, fmt.Sprintf("a%d[b]=", i))
	}
	for name, tt := range map[string]struct {
		query string
		want  error
	}{
		"the longest":        {"a=" + strings.Repeat("x", 1_000_000-2), nil},
		"too long":           {"a=" + strings.Repeat("x", 1_000_000-1), phoenix.ErrQueryTooLong},
		"value is not UTF-8": {"a=%ff", phoenix.ErrQueryUTF8},
		"name is not UTF-8":  {"%ff=a", phoenix.ErrQueryUTF8},
		"raw bytes":          {"a=\xc3", phoenix.ErrQueryUTF8},
		"a surrogate":        {"a=%ED%A0%80", phoenix.ErrQueryUTF8},
		"the deepest":        {deep(32), nil},
		"too deep":           {deep(33), phoenix.ErrQueryDepth},
		"far too deep":       {deep(300_000), phoenix.ErrQueryDepth},
		"the most nested":    {strings.Join(nested[:1000], "&"), nil},
		"too nested":         {strings.Join(nested, "&"), phoenix.ErrQueryNested},
		"a list as long":     {strings.Repeat("a[]=&", 190_000), nil},
	} {
		got, err := phoenix.ParseParams(tt.query)
		if !errors.Is(err, tt.want) || (got == nil) != (tt.want != nil) {
			t.Errorf("%s: %v (%d parameters)", name, err, len(got))
		}
	}
}

func TestParamsGet(t *testing.T) {
	p, err := phoenix.ParseParams("a=1&b[]=2&c")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "b": "", "c": "", "d": ""} {
		if got := p.Get(name); got != want {
			t.Errorf("Get(%q) is %q", name, got)
		}
		if got, want := p.Has(name), name != "d"; got != want {
			t.Errorf("Has(%q) is %v", name, got)
		}
	}
	if params(nil).Get("a") != "" || params(nil).Has("a") {
		t.Error("there is something in no parameters")
	}
}

// Whatever the query is: no panic, text that is UTF-8, and nothing larger than what was said.
func FuzzParseParams(f *testing.F) {
	for _, tt := range queries {
		f.Add(tt.query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		p, err := phoenix.ParseParams(query)
		if err != nil {
			return
		}
		if size := checkParams(t, p, 0); size > 2*len(query)+1 {
			t.Errorf("%q has %d parts", query, size)
		}
	})
}

// checkParams returns how many values, maps and lists there are, and how long their text is.
func checkParams(t *testing.T, v any, depth int) int {
	if depth > 33 {
		t.Fatalf("%d deep", depth)
	}
	size := 1
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			t.Errorf("%q is not UTF-8", v)
		}
		return len(v)
	case params:
		for key, value := range v {
			size += checkParams(t, key, depth) + checkParams(t, value, depth+1)
		}
	case list:
		for _, value := range v {
			size += checkParams(t, value, depth+1)
		}
	default:
		t.Errorf("a parameter of type %T", v)
	}
	return size
}
