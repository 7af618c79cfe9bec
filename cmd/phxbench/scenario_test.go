package main

import (
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
			[]string{"RSS/connection", "goroutines/connection", "live heap/connection", "stacks/connection"}},
		{"fanout", "fanout", options{url: "ws://" + lab + "/lab"}, []string{"CPU/paced delivery", "CPU/burst delivery", "paced latency p99", "burst latency max"}},
		{"fanout floor", "fanout", options{url: "ws://" + floor + "/fanout", bare: true, pprof: "http://" + floor},
			[]string{"CPU/paced delivery", "allocations/paced delivery", "allocated/burst delivery"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := run20(t, test.scenario, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if r.Clients != 20 || r.Seconds <= 0 {
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
