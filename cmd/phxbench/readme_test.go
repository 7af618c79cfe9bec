package main

import (
	"os"
	"strings"
	"testing"
)

// README.md has the summary of the results as they were written last.
func TestReadmeHasTheSummary(t *testing.T) {
	results, err := os.ReadFile("RESULTS.md")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	want, ok := summaryIn(string(results))
	if !ok {
		t.Fatal("RESULTS.md has no summary")
	}
	if got, _ := summaryIn(string(readme)); got != want {
		t.Errorf("the table of costs in README.md is not that of cmd/phxbench/RESULTS.md:\n%s", got)
	}
}

func summaryIn(text string) (string, bool) {
	_, text, ok := strings.Cut(text, summaryBegin+"\n")
	text, _, closed := strings.Cut(text, summaryEnd)
	return text, ok && closed
}
