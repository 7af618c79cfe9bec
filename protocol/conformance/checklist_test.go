package conformance

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the repository.
const root = "../.."

// The checklist has all of its lines, and each has a test or says why not.
func TestChecklistIsWhole(t *testing.T) {
	const lines = 129 // of PROTOCOL.md §11
	all := Checklist()
	if len(all) != lines {
		t.Fatalf("it has %d lines, want %d", len(all), lines)
	}
	for _, line := range all {
		tests := len(line.Transcripts) + len(line.GoTests) + len(line.OtherTests)
		if line.Section == "" || line.What == "" || tests == 0 && line.Reason == "" {
			t.Errorf("line %d is empty: %+v", line.Number, line)
		}
	}
}

// What it names is there.
func TestChecklistNamesWhatExists(t *testing.T) {
	transcripts := append(append(Recorded(), Own()...), Basic()...)
	sources := map[string]*goTests{}
	for _, line := range Checklist() {
		for _, pattern := range line.Transcripts {
			if !matchesOne(pattern, transcripts) {
				t.Errorf("line %d: no transcript is called %s", line.Number, pattern)
			}
		}
		for _, name := range line.GoTests {
			folder, test, _ := strings.Cut(name, ".")
			if sources[folder] == nil {
				sources[folder] = readGoTests(t, filepath.Join(root, folder))
			}
			if err := sources[folder].find(test); err != "" {
				t.Errorf("line %d: %s: %s", line.Number, name, err)
			}
		}
		for _, test := range line.OtherTests {
			file, name, _ := strings.Cut(test, ": ")
			text, err := os.ReadFile(filepath.Join(root, file))
			if err != nil || name == "" || !strings.Contains(string(text), name) {
				t.Errorf("line %d: %s has no test %q (%v)", line.Number, file, name, err)
			}
		}
	}
}

func matchesOne(pattern string, transcripts []*Transcript) bool {
	for _, t := range transcripts {
		if ok, err := path.Match(pattern, t.Name); ok && err == nil {
			return true
		}
	}
	return false
}

// goTests are the tests of a package.
type goTests struct {
	functions map[string]bool
	literals  map[string]bool // strings in its source, as names of subtests are written
}

func readGoTests(t *testing.T, folder string) *goTests {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	g := &goTests{map[string]bool{}, map[string]bool{}}
	for _, name := range files {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, g.visit)
	}
	return g
}

func (g *goTests) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && strings.HasPrefix(n.Name.Name, "Test") {
			g.functions[n.Name.Name] = true
		}
	case *ast.BasicLit:
		if s, err := strconv.Unquote(n.Value); n.Kind == gotoken.STRING && err == nil {
			g.literals[strings.ReplaceAll(s, " ", "_")] = true
		}
	}
	return true
}

// find says what is wrong with a name, "" for nothing.
func (g *goTests) find(name string) string {
	function, subtest, _ := strings.Cut(name, "/")
	switch {
	case !g.functions[function]:
		return "there is no such test"
	case subtest != "" && !g.literals[subtest]:
		return "there is no such subtest"
	}
	return ""
}

func TestChecklistOfATranscript(t *testing.T) {
	for name, want := range map[string][]int{"v2-join-twice": {33}, "basic-longpoll-ndjson-100": {77}, "nosuch": nil} {
		got := ChecklistLinesOf(name)
		if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
			t.Errorf("%s is for the lines %v, want %v", name, got, want)
		}
	}
}

func TestParseChecklist(t *testing.T) {
	got, err := parseChecklist("# Title\n\n## Part\n\n| | what |\n|---|---|\n| 1 | a thing | `x` `y-*` | `p.TestA` `p.TestB/c` | f.ts: one, two<br>g.ts: three | why |\nno table\n## Other\n| 2 | b |  |  |  | not there |")
	if err != nil || len(got) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	one, two := got[0], got[1]
	if one.Section != "Part" || one.What != "a thing" || len(one.Transcripts) != 2 || one.Transcripts[1] != "y-*" || one.GoTests[1] != "p.TestB/c" || one.OtherTests[0] != "f.ts: one, two" || one.OtherTests[1] != "g.ts: three" || one.Reason != "why" {
		t.Errorf("got %+v", one)
	}
	if two.Section != "Other" || two.Number != 2 || len(two.Transcripts) != 0 || len(two.OtherTests) != 0 || two.Reason != "not there" {
		t.Errorf("got %+v", two)
	}
	for text, want := range map[string]string{
		"":                                "there is no table",
		"| 1 | a |":                       "line 1 has 2 cells",
		"| 2 | a | | | | |":               "the line after 0 is 2",
		"| 1 | a | | | | |\n| 1 ||||||":   "the line after 1 is 1",
		"| 1 | a | b | c | d | e | f |":   "line 1 has 7 cells",
		"| 1 | a | | | | |\n| 3 |||| |x|": "the line after 1 is 3",
	} {
		if _, err := parseChecklist(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", text, err, want)
		}
	}
}

// Every transcript says which part of the protocol it is about.
func TestSections(t *testing.T) {
	groups := map[string]bool{}
	for _, transcript := range append(append(Recorded(), Own()...), Basic()...) {
		groups[transcript.Group] = true
		if !strings.HasPrefix(transcript.Sections(), "§") {
			t.Errorf("%s of the group %s: %q", transcript.Name, transcript.Group, transcript.Sections())
		}
	}
	for group := range groupSections {
		if !groups[group] {
			t.Errorf("no transcript is of the group %s", group)
		}
	}
	if got := Basic()[0]; got.Sections() != got.Protocol {
		t.Errorf("%s says %q, not its own %q", got.Name, got.Sections(), got.Protocol)
	}
}
