package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// everyFlag is each flag with a value that is not its default, and the options
// that have it and nothing else.
func everyFlag() map[string]struct {
	value string
	want  func(o *options)
} {
	return map[string]struct {
		value string
		want  func(o *options)
	}{
		"url":      {"ws://h:1/lab", func(o *options) { o.url = "ws://h:1/lab" }},
		"pid":      {"7", func(o *options) { o.pid = 7 }},
		"pprof":    {"http://h:2", func(o *options) { o.pprof = "http://h:2" }},
		"bare":     {"true", func(o *options) { o.bare = true }},
		"clients":  {"3", func(o *options) { o.clients = 3 }},
		"messages": {"4", func(o *options) { o.messages = 4 }},
		"size":     {"5", func(o *options) { o.size = 5 }},
		"topic":    {"lab:x", func(o *options) { o.topic = "lab:x" }},
		"holders":  {"6", func(o *options) { o.holders = 6 }},
		"frozen":   {"2", func(o *options) { o.frozen = 2 }},
		"every":    {"8ms", func(o *options) { o.every = 8 * time.Millisecond }},
		"duration": {"9s", func(o *options) { o.duration = 9 * time.Second }},
		"slow":     {"10", func(o *options) { o.slow = 10 }},
		"pace":     {"11", func(o *options) { o.pace = 11 }},
		"speak":    {"ours", func(o *options) { o.speak = ours }},
		"settle":   {"12s", func(o *options) { o.settle = 12 * time.Second }},
		"timeout":  {"13s", func(o *options) { o.timeout = 13 * time.Second }},
		"json":     {"true", func(o *options) { o.json = true }},
		"addr":     {":0", func(o *options) { o.addr = ":0" }},
		"rounds":   {"14", func(o *options) { o.rounds = 14 }},
		"only":     {"echo", func(o *options) { o.only = "echo" }},
		"bin":      {"there", func(o *options) { o.bin = "there" }},
		"small":    {"true", func(o *options) { o.small = true }},
		"markdown": {"x.md", func(o *options) { o.markdown = "x.md" }},
	}
}

// Each flag sets its option and no other, before the scenario's name and behind
// it, and the help tells of it.
func TestFlags(t *testing.T) {
	all := everyFlag()
	new(options).flags().VisitAll(func(f *flag.Flag) {
		test, ok := all[f.Name]
		if !ok {
			t.Errorf("--%s is not tested", f.Name)
			return
		}
		delete(all, f.Name)
		if !regexp.MustCompile(`(?m)^  --` + f.Name + `\b`).MatchString(usageTail) {
			t.Errorf("--%s is not in the help", f.Name)
		}
		said := "--" + f.Name + "=" + test.value
		for _, args := range [][]string{{said, "idle"}, {"idle", said}} {
			want, _, err := parseArgs([]string{"idle"})
			if err != nil {
				t.Fatal(err)
			}
			test.want(&want)
			want.command = "phxbench " + strings.Join(args, " ")
			got, name, err := parseArgs(args)
			if err != nil || name != "idle" || got != want {
				t.Errorf("%q: got %+v for %q, %v, want %+v", args, got, name, err, want)
			}
		}
	})
	for name := range all {
		t.Errorf("there is no --%s", name)
	}
}

// A flag wins over what the scenario has, for every setting there is: those
// without names are all of them.
func TestOver(t *testing.T) {
	defaults := settings{1, 2, 3, "a", 4, 5, 6, 7, 8, 9, original, 10, 11}
	if got := (options{}).over(defaults); got != defaults {
		t.Errorf("got %+v", got)
	}
	all := settings{10, 20, 30, "b", 40, 50, 60, 70, 80, 90, ours, 100, 110}
	if got := (options{settings: all}).over(defaults); got != all {
		t.Errorf("got %+v", got)
	}
}

// What is said is part of the report, as it was typed.
func TestCommandIsKept(t *testing.T) {
	o, _, err := parseArgs(strings.Fields("--rounds 2 compare --only echo"))
	if err != nil || o.command != "phxbench --rounds 2 compare --only echo" {
		t.Errorf("%q, %v", o.command, err)
	}
}

func TestTarget(t *testing.T) {
	o := options{url: "ws://127.0.0.1:9/lab", bare: true, pid: os.Getpid(), pprof: "http://127.0.0.1:8"}
	got, err := o.target()
	if err != nil || got.name != "127.0.0.1:9/lab" || got.mount != o.url || got.address.host != "127.0.0.1:9" || !got.bare ||
		got.process == nil || got.debugger == nil || got.debugger.url != o.pprof {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := (options{url: o.url}).target(); err != nil || got.process != nil || got.debugger != nil || got.bare {
		t.Errorf("the address alone: got %+v, %v", got, err)
	}
	for _, bad := range []string{"127.0.0.1:8", "https://127.0.0.1:8", "http://", "http://[::1", "/debug"} {
		o.pprof = bad
		_, err := o.target()
		wants(t, bad, err, "--pprof: ")
	}
	for _, bad := range []string{"", "127.0.0.1:9/lab", "wss://127.0.0.1:9/lab", "ws:///lab", "ws://[::1/lab"} {
		_, err := (options{url: bad}).target()
		wants(t, bad, err, "--url")
	}
}

// How many connections there are at once is what descriptors are counted by.
func TestConnections(t *testing.T) {
	for name, test := range map[string]struct {
		settings       settings
		arrivals, want int
	}{
		"clients":      {settings{clients: 20}, 0, 20},
		"holders":      {settings{clients: 20, holders: 3}, 0, 23},
		"some come":    {settings{clients: 20, holders: 3, every: 300 * time.Millisecond, duration: time.Second}, 3, 26},
		"nobody comes": {settings{clients: 20, every: 2 * time.Second, duration: time.Second}, 0, 20},
	} {
		if got := test.settings.arrivals(); got != test.arrivals {
			t.Errorf("%s: %d come, want %d", name, got, test.arrivals)
		}
		if got := test.settings.connections(); got != test.want {
			t.Errorf("%s: %d connections, want %d", name, got, test.want)
		}
	}
}

// compare looks for what it will need before it measures anything, and for no
// more than that.
func TestReady(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "phxlab"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ only, bin, markdown, want string }{
		"one server":    {"echo", bin, "", ""},
		"two":           {"echo,storm", bin, "", "ephemeral: no such file or directory: build it first"},
		"no servers":    {"echo", bin + "/none", "", "phxlab: no such file"},
		"a folder":      {"echo", bin, bin + "/new.md", ""},
		"no folder":     {"echo", bin, bin + "/none/new.md", "--markdown: there is no folder " + bin + "/none"},
		"in a file":     {"echo", bin, bin + "/phxlab/new.md", "--markdown: there is no folder"},
		"in this place": {"echo", bin, "new.md", ""},
	} {
		chosen, err := chooseContests(test.only)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, name, options{bin: test.bin, markdown: test.markdown}.ready(chosen), test.want)
	}
	if left, err := filepath.Glob(filepath.Join(bin, "*.md")); err != nil || len(left) > 0 {
		t.Errorf("looking has left %q, %v", left, err)
	}
}
