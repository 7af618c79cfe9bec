package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Every scenario runs through against the laboratory, and those that have a
// floor against that; each tells what it is there to tell.
func TestScenarios(t *testing.T) {
	lab, floor := laboratory(t), startFloor(t)
	for _, test := range []struct {
		name, scenario string
		options        options
		measures       []string
	}{
		{"idle", "idle", options{url: "ws://" + lab + "/lab", settings: settings{settle: time.Millisecond}}, []string{"RSS/connection"}},
		{"idle floor", "idle", options{url: "ws://" + floor + "/echo", bare: true, pprof: "http://" + floor, settings: settings{settle: time.Millisecond}},
			[]string{"RSS/connection", "goroutines/connection", "live heap/connection", "stacks/connection", "RSS/connection settled"}},
		{"fanout", "fanout", options{url: "ws://" + lab + "/lab"}, []string{"CPU/first broadcast delivery", "CPU/paced delivery", "CPU/first burst delivery", "CPU/burst delivery", "paced latency p99", "burst latency max"}},
		{"fanout, long", "fanout", options{url: "ws://" + lab + "/lab", settings: settings{clients: 3, messages: 2, size: 70_000}}, []string{"CPU/burst delivery"}},
		{"fanout floor, long", "fanout", options{url: "ws://" + floor + "/fanout", bare: true, settings: settings{clients: 3, messages: 2, size: 70_000}}, []string{"CPU/burst delivery"}},
		{"fanout floor", "fanout", options{url: "ws://" + floor + "/fanout", bare: true, pprof: "http://" + floor},
			[]string{"CPU/paced delivery", "allocations/paced delivery", "allocated/burst delivery"}},
		{"connect", "connect", options{url: "ws://" + lab + "/lab"}, []string{"CPU/connection", "latency p50"}},
		{"connect floor", "connect", options{url: "ws://" + floor + "/echo", bare: true}, []string{"CPU/connection"}},
		{"echo", "echo", options{url: "ws://" + lab + "/lab", settings: settings{messages: 5}}, []string{"CPU/echo", "latency p99"}},
		{"echo, long", "echo", options{url: "ws://" + lab + "/lab", settings: settings{clients: 3, messages: 3, size: 70_000}}, []string{"CPU/echo"}},
		{"echo floor", "echo", options{url: "ws://" + floor + "/echo", bare: true, settings: settings{messages: 5}}, []string{"CPU/echo"}},
		{"echo floor, long", "echo", options{url: "ws://" + floor + "/echo", bare: true, settings: settings{clients: 3, messages: 3, size: 70_000}}, []string{"CPU/echo"}},
		{"page", "page", options{url: "ws://" + lab + "/ws", settings: settings{messages: 3, settle: time.Millisecond}}, []string{"CPU/visitor of the first page", "first page latency p99", "CPU/visitor", "latency p99", "RSS peak above idle"}},
		{"page, short", "page", options{url: "ws://" + lab + "/ws", settings: settings{messages: 2, size: 10, settle: time.Millisecond}}, []string{"CPU/visitor"}},
		{"page floor", "page", options{url: "ws://" + floor + "/fanout", bare: true, settings: settings{messages: 3, settle: time.Millisecond}}, []string{"CPU/visitor"}},
		{"storm", "storm", options{url: "ws://" + lab + "/ws", settings: settings{settle: time.Millisecond}},
			[]string{"CPU/join apart", "CPU/join together", "join apart counts/visitor", "join together counts/visitor", "together/apart"}},
		{"churn", "churn", options{url: "ws://" + lab + "/lab", settings: settings{clients: 4, messages: 5, settle: time.Millisecond}}, []string{"CPU/round", "RSS grown"}},
		{"churn floor", "churn", options{url: "ws://" + floor + "/echo", bare: true, pprof: "http://" + floor, settings: settings{clients: 4, messages: 5, settle: 100 * time.Millisecond}},
			[]string{"CPU/round", "goroutines left"}},
		{"longpoll", "longpoll", options{url: "ws://" + lab + "/lab", settings: settings{messages: 3}}, []string{"CPU/session", "CPU/echo", "latency max"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := run20(t, test.scenario, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if r.Clients == 0 || r.Scenario != test.scenario || r.Seconds <= 0 {
				t.Errorf("got %+v", r)
			}
			for _, name := range test.measures {
				if _, ok := r.find(name); !ok {
					t.Errorf("%s is not told: %+v", name, r.Measures)
				}
			}
		})
	}
}

// Without a process id the gates are all that there is, and the latency.
func TestWithoutProcess(t *testing.T) {
	lab := laboratory(t)
	for _, name := range []string{"idle", "echo", "churn", "storm"} {
		s, err := findScenario(name)
		if err != nil {
			t.Fatal(err)
		}
		mount, topic := "/lab", ""
		if name == "storm" {
			mount = "/ws"
		}
		o := options{url: "ws://" + lab + mount, settings: settings{clients: 3, messages: 2, topic: topic, settle: time.Millisecond}}
		target, err := o.target()
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.measure(t.Context(), target, o.over(s.defaults), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, m := range r.Measures {
			if m.Unit == "µs" || m.Unit == "KB" || m.Unit == "MB" {
				t.Errorf("%s: tells %s", name, m.Name)
			}
		}
	}
}

// What a server of the wrong kind answers is told, not taken for a cost.
func TestWrongServer(t *testing.T) {
	lab, floor := laboratory(t), startFloor(t)
	for name, test := range map[string]struct {
		scenario string
		options  options
		want     string
	}{
		"no such mount":       {"idle", options{url: "ws://" + lab + "/nowhere"}, "the server answered 404 Not Found"},
		"no such topic":       {"idle", options{url: "ws://" + lab + "/lab", settings: settings{topic: "x"}}, "unmatched topic"},
		"refused":             {"fanout", options{url: "ws://" + lab + "/lab", settings: settings{topic: "lab:deny"}}, `"reason":"denied"`},
		"no pprof":            {"idle", options{url: "ws://" + lab + "/lab", pprof: "http://" + lab}, "404 Not Found"},
		"a floor":             {"echo", options{url: "ws://" + floor + "/echo"}, "failed to join"},
		"no floor":            {"echo", options{url: "ws://" + lab + "/lab", bare: true}, "instead of"},
		"not the laboratory":  {"echo", options{url: "ws://" + lab + "/ws", settings: settings{topic: "want:x"}}, "phx_error on want:x"},
		"no long polling":     {"longpoll", options{url: "ws://" + floor + "/echo"}, "404 Not Found"},
		"no laboratory polls": {"longpoll", options{url: "ws://" + lab + "/ws", settings: settings{topic: "want:x"}}, "phx_error on want:x"},
	} {
		if _, err := run20(t, test.scenario, test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestDescriptors(t *testing.T) {
	if err := checkDescriptors(1); err != nil {
		t.Error(err)
	}
	err := checkDescriptors(1 << 40)
	var usage usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), "raise ulimit -n") {
		t.Errorf("got %v", err)
	}
}
