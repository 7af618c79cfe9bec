package conformance

import (
	_ "embed" // for the table
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A ChecklistLine is a line of the protocol's checklist (PROTOCOL.md §11): one
// thing that a server has to do, and what shows that ours does it.
type ChecklistLine struct {
	// Number counts from 1.
	Number int
	// Section is the heading that the line stands under, What is the line.
	Section, What string
	// Transcripts are the transcripts that test it, by name or by pattern
	// (path.Match).
	Transcripts []string
	// GoTests are the Go tests, "protocol/phoenix.TestEnds" or with a subtest
	// "protocol/phoenix.TestEnds/a_stop".
	GoTests []string
	// OtherTests are tests for node and the browser,
	// "assets/test/pages.test.ts: the test's name".
	OtherTests []string
	// Reason says why the line, or a part of it, has no test. Without any
	// tests there must be one.
	Reason string
}

//go:embed checklist.md
var checklistText string

// Checklist returns the whole checklist.
func Checklist() []ChecklistLine { return slices.Clone(checklist()) }

var checklist = sync.OnceValue(func() []ChecklistLine {
	lines, err := parseChecklist(checklistText)
	if err != nil {
		panic(err) // the file is part of this package, and its test reads it
	}
	return lines
})

// ChecklistLinesOf returns the numbers of the lines that a transcript tests.
func ChecklistLinesOf(transcript string) []int {
	var numbers []int
	for _, line := range checklist() {
		if line.names(transcript) {
			numbers = append(numbers, line.Number)
		}
	}
	return numbers
}

// names reports whether the line names a transcript.
func (l ChecklistLine) names(transcript string) bool {
	for _, pattern := range l.Transcripts {
		if ok, err := path.Match(pattern, transcript); ok && err == nil {
			return true
		}
	}
	return false
}

// parseChecklist reads the tables of checklist.md: their rows, that is, the
// lines that begin with "| " and a number.
func parseChecklist(text string) ([]ChecklistLine, error) {
	var lines []ChecklistLine
	section := ""
	for row := range strings.Lines(text) {
		row = strings.TrimSpace(row)
		if heading, ok := strings.CutPrefix(row, "## "); ok {
			section = heading
			continue
		}
		cells, isTable := cutRow(row)
		if !isTable {
			continue
		}
		number, err := strconv.Atoi(cells[0])
		if err != nil {
			continue // the head of a table
		}
		if len(cells) != 6 {
			return nil, fmt.Errorf("failed to read the checklist: line %d has %d cells, not 6", number, len(cells))
		}
		lines = append(lines, ChecklistLine{
			Number:      number,
			Section:     section,
			What:        cells[1],
			Transcripts: cutNames(cells[2]),
			GoTests:     cutNames(cells[3]),
			OtherTests:  cutCell(cells[4]),
			Reason:      cells[5],
		})
		if number != len(lines) {
			return nil, fmt.Errorf("failed to read the checklist: the line after %d is %d", len(lines)-1, number)
		}
	}
	if len(lines) == 0 {
		return nil, errors.New("failed to read the checklist: there is no table")
	}
	return lines, nil
}

// cutRow takes the cells out of a row of a Markdown table.
func cutRow(row string) ([]string, bool) {
	inner, begins := strings.CutPrefix(row, "|")
	inner, ends := strings.CutSuffix(inner, "|")
	if !begins || !ends {
		return nil, false
	}
	cells := strings.Split(inner, "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	return cells, true
}

// cutNames takes apart a cell with names, each in back quotes.
func cutNames(cell string) []string {
	names := strings.Fields(cell)
	for i, name := range names {
		names[i] = strings.Trim(name, "`")
	}
	return names
}

// cutCell takes apart a cell with several things.
func cutCell(cell string) []string {
	var things []string
	for thing := range strings.SplitSeq(cell, "<br>") {
		if thing = strings.TrimSpace(thing); thing != "" {
			things = append(things, thing)
		}
	}
	return things
}
