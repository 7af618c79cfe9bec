package main

import "slices"

// referenceName is what the reference numbers are numbers of.
const referenceName = "Phoenix 1.8 on Bandit"

// reference is a number that was measured of Phoenix itself: elsewhere, at another
// time, on a machine of this kind (two processors). It is there for orientation,
// and no ratio is made of it.
type reference struct {
	scenario, measure string
	value             float64
}

var references = []reference{
	{"idle", "RSS/connection", 36.8},               // KB
	{"connect", "CPU/connection", 448},             // µs
	{"echo", "CPU/echo", 78},                       // µs
	{"fanout", "CPU/paced delivery", 20},           // µs, to 5,000, 100 bytes
	{"page", "CPU/visitor", 55},                    // µs, 100 kB
	{"storm", "CPU/join together", 8700},           // µs: 8.7 s for 1,000 visitors
	{"storm", "join together counts/visitor", 512}, // 512,000 for 1,000 visitors
	{"churn", "CPU/round", 622},                    // µs
}

// findReference returns the number for a measure.
func findReference(scenario, measure string) (float64, bool) {
	i := slices.IndexFunc(references, func(r reference) bool { return r.scenario == scenario && r.measure == measure })
	if i < 0 {
		return 0, false
	}
	return references[i].value, true
}
