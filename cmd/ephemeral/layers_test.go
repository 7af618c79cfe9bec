package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This test reads the imports of the whole module and holds them to DESIGN.md
// §2: they point downward only. It stands here because the program is what
// everything else is put together in.

const module = "github.com/ephemeral-p2p/ephemeral"

// levels are the floors of the house. A package imports, of ours, only what is
// on a lower floor than its own; its tests may use anything but the commands. A
// name that ends in /... stands for everything below it. A new package needs a place
// here.
var levels = [][]string{
	{"protocol", "protocol/token", "assets", "cmd/internal/environment", "cmd/internal/heap", "cmd/internal/listen"},
	{"protocol/pubsub", "protocol/websocket", "protocol/longpoll", "protocol/client"},
	{"protocol/pubsub/...", "protocol/phoenix"},
	{"protocol/presence", "protocol/phoenixtest"},
	{"protocol/conformance", "protocol/conformance/...", "channels"},
	{"cmd/...", "protocol/example/..."},
}

// forbidden are imports that a package does without for reasons of its own.
var forbidden = map[string][]string{
	// The wire is a format: no I/O, no clock.
	"protocol": {"io/fs", "log/slog", "net", "net/http", "os", "time"},
	// The relay knows channels, not how they got there.
	"channels": {"net", "net/http", "os"},
}

// libraries are modules that only the named files may import: whoever changes
// one of them has to look there alone. Tests may use them as they like.
var libraries = map[string][]string{
	"github.com/coder/websocket":          {"protocol/websocket/library.go", "protocol/client/", "cmd/phxbench/"},
	"nhooyr.io/websocket":                 {"protocol/websocket/library_nhooyr.go"},
	"github.com/julienschmidt/httprouter": {"cmd/ephemeral/routes.go"},
}

// sourceFile is a Go file and what it imports.
type sourceFile struct {
	name    string // relative to the module, with slashes
	imports []string
}

func (f sourceFile) pkg() string  { return path.Dir(f.name) }
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// moduleFiles reads every Go file of the module, whatever its build tags.
func moduleFiles(t *testing.T) []sourceFile {
	t.Helper()
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	var files []sourceFile
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() && (base == "node_modules" || base == "testdata" || base == "bin" || strings.HasPrefix(base, ".") && base != "..") {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(base) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		file := sourceFile{name: filepath.ToSlash(relative)}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			file.imports = append(file.imports, imported)
		}
		files = append(files, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files were found: this test looks in the wrong place", len(files))
	}
	return files
}

// levelOf returns the floor of a package of ours. A whole name goes before a
// pattern.
func levelOf(pkg string) (int, bool) {
	for level, names := range levels {
		if slices.Contains(names, pkg) {
			return level, true
		}
	}
	for level, names := range levels {
		for _, name := range names {
			if prefix, ok := strings.CutSuffix(name, "..."); ok && strings.HasPrefix(pkg, prefix) {
				return level, true
			}
		}
	}
	return 0, false
}

// complaints holds one file to the rules.
func complaints(file sourceFile) []string {
	var found []string
	complain := func(format string, args ...any) {
		found = append(found, file.name+" "+fmt.Sprintf(format, args...))
	}
	own, ok := levelOf(file.pkg())
	if !ok {
		complain("is in a package without a place in this test's levels: give it one")
		return found
	}
	for _, imported := range file.imports {
		if pkg, ours := strings.CutPrefix(imported, module+"/"); ours {
			level, ok := levelOf(pkg)
			switch {
			case !ok:
				complain("imports %s, which has no place in this test's levels", pkg)
			case pkg == file.pkg():
				// The examples and external tests of a package import it.
			case file.isTest() && !strings.HasPrefix(pkg, "cmd/"):
				// Tests may show a package at work with what stands on it.
			case level >= own:
				complain("imports %s: imports point downward only", pkg)
			}
			continue
		}
		if file.isTest() {
			continue
		}
		if slices.Contains(forbidden[file.pkg()], imported) {
			complain("imports %s, which %s does without", imported, file.pkg())
		}
		if at, ok := libraries[imported]; ok && !slices.ContainsFunc(at, func(place string) bool {
			return file.name == place || strings.HasSuffix(place, "/") && strings.HasPrefix(file.name, place)
		}) {
			complain("imports %s, which is for %s alone", imported, strings.Join(at, ", "))
		}
	}
	return found
}

func TestImportsPointDownward(t *testing.T) {
	for _, file := range moduleFiles(t) {
		for _, complaint := range complaints(file) {
			t.Error(complaint)
		}
	}
}

// TestRulesOfImports shows that the rules can be broken.
func TestRulesOfImports(t *testing.T) {
	tests := []struct {
		file, imports string
		fine          bool
	}{
		{"protocol/phoenix/mount.go", module + "/protocol/websocket", true},
		{"protocol/websocket/conn.go", module + "/protocol/phoenix", false},
		{"protocol/websocket/conn.go", module + "/protocol/longpoll", false},
		{"protocol/websocket/conn_test.go", module + "/protocol/longpoll", true},
		{"protocol/websocket/conn_test.go", module + "/protocol/phoenix", true},
		{"protocol/websocket/conn_test.go", module + "/cmd/phxlab", false},
		{"protocol/websocket/conn.go", module + "/channels", false},
		{"protocol/websocket/conn.go", "github.com/coder/websocket", false},
		{"protocol/websocket/library.go", "github.com/coder/websocket", true},
		{"protocol/websocket/library.go", "nhooyr.io/websocket", false},
		{"protocol/websocket/conn_test.go", "github.com/coder/websocket", true},
		{"protocol/message.go", module + "/protocol/token", false},
		{"protocol/message.go", "net", false},
		{"protocol/message_test.go", "os", true},
		{"protocol/example_test.go", module + "/protocol", true},
		{"channels/have.go", "net/http", false},
		{"channels/have.go", module + "/protocol/phoenix", true},
		{"channels/have.go", module + "/assets", true},
		{"assets/assets.go", module + "/channels", false},
		{"cmd/ephemeral/serve.go", module + "/channels", true},
		{"cmd/ephemeral/serve.go", module + "/cmd/phxlab", false},
		{"cmd/phxlab/main.go", module + "/cmd/internal/environment", true},
		{"cmd/phxlab/main.go", module + "/cmd/internal/listen", true},
		{"cmd/internal/listen/listen.go", module + "/protocol", false},
		{"cmd/internal/environment/environment.go", module + "/protocol", false},
		{"cmd/ephemeral/serve.go", "github.com/julienschmidt/httprouter", false},
		{"protocol/conformance/replay.go", module + "/channels", false},
		{"protocol/pubsub/natsbus/bus.go", module + "/protocol/pubsub", true},
		{"protocol/pubsub/local_test.go", module + "/protocol/pubsub/pubsubtest", true},
		{"protocol/pubsub/local.go", module + "/protocol/pubsub/pubsubtest", false},
		{"newcomer/newcomer.go", "fmt", false},
		{"channels/have.go", module + "/newcomer", false},
	}
	for _, test := range tests {
		got := complaints(sourceFile{test.file, []string{test.imports}})
		if (len(got) == 0) != test.fine {
			t.Errorf("%s importing %s: %q", test.file, test.imports, got)
		}
	}
}

// TestNoRegistryIsNamed: where packages are fetched from is the business of
// whoever builds, so the lock file leaves it out.
func TestNoRegistryIsNamed(t *testing.T) {
	lock, err := os.ReadFile(filepath.Join("..", "..", "assets", "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), `"resolved"`) {
		t.Error("assets/package-lock.json says where packages were fetched from: remove it and run npm install in assets")
	}
}
