package environment

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"
)

type values struct {
	count int
	wait  time.Duration
	loud  bool
}

// flagsOf returns flags that set v, whose counts are 3 unless told otherwise.
func flagsOf(v *values) *flag.FlagSet {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&v.count, "count", 3, "")
	flags.DurationVar(&v.wait, "longest-wait", time.Second, "")
	flags.BoolVar(&v.loud, "loud", false, "")
	return flags
}

func TestVariable(t *testing.T) {
	for name, want := range map[string]string{"addr": "THIS_ADDR", "max-under-way": "THIS_MAX_UNDER_WAY", "x2": "THIS_X2"} {
		if got := Variable("THIS", name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestSet(t *testing.T) {
	for name, test := range map[string]struct {
		variables map[string]string
		args      []string
		want      values
		wrong     string
	}{
		"nothing":          {nil, nil, values{3, time.Second, false}, ""},
		"all":              {map[string]string{"THIS_COUNT": "5", "THIS_LONGEST_WAIT": "2s", "THIS_LOUD": "1"}, nil, values{5, 2 * time.Second, true}, ""},
		"empty":            {map[string]string{"THIS_COUNT": "", "THIS_LOUD": ""}, nil, values{3, time.Second, false}, ""},
		"another program":  {map[string]string{"THAT_COUNT": "5", "COUNT": "6"}, nil, values{3, time.Second, false}, ""},
		"the flag wins":    {map[string]string{"THIS_COUNT": "5", "THIS_LOUD": "true"}, []string{"--count", "7", "--loud=false"}, values{7, time.Second, false}, ""},
		"no number":        {map[string]string{"THIS_COUNT": "five"}, nil, values{3, time.Second, false}, `invalid value "five" for the environment variable THIS_COUNT: `},
		"the first":        {map[string]string{"THIS_LOUD": "very", "THIS_COUNT": "many"}, nil, values{3, time.Second, false}, "THIS_COUNT: "},
		"the others count": {map[string]string{"THIS_COUNT": "many", "THIS_LONGEST_WAIT": "5s"}, nil, values{3, 5 * time.Second, false}, "THIS_COUNT: "},
	} {
		var got values
		flags := flagsOf(&got)
		wrong := Set(flags, "THIS", func(name string) (string, bool) { value, ok := test.variables[name]; return value, ok })
		if (wrong == nil) != (test.wrong == "") || wrong != nil && !strings.Contains(wrong.Error(), test.wrong) {
			t.Errorf("%s: %v, want %q", name, wrong, test.wrong)
		}
		if wrong != nil {
			got.count = test.want.count // what package flag makes of such a value is its own business
		}
		if err := flags.Parse(test.args); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, test.want)
		}
	}
}
