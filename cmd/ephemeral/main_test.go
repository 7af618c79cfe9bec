package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// asProgram is set in the environment of a test binary that is to be the
// program itself.
const asProgram = "EPHEMERAL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	phoenixtest.Main(tests{m})
}

// tests are those of this package. Behind them nothing keeps a connection.
type tests struct{ *testing.M }

func (t tests) Run() int {
	defer http.DefaultClient.CloseIdleConnections()
	return t.M.Run()
}

// nothing is an environment without variables.
func nothing(string) (string, bool) { return "", false }

// variables is an environment of these.
func variables(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

// runHere runs the program in this process, for what does not serve.
func runHere(env func(string) (string, bool), args ...string) (code int, out, err string) {
	var stdout, stderr bytes.Buffer
	code = run(args, surroundings{&stdout, &stderr, env})
	return code, stdout.String(), stderr.String()
}

func TestHelpListsTheCommands(t *testing.T) {
	code, out, stderr := runHere(nothing, "help")
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d, %q on standard error", code, stderr)
	}
	for _, c := range commands() {
		if !strings.Contains(out, c.name) || !strings.Contains(out, c.summary) {
			t.Errorf("%s is not in\n%s", c.name, out)
		}
	}
}

func TestUnknownCommand(t *testing.T) {
	code, out, stderr := runHere(nothing, "server")
	if code != exitUsage || out != "" {
		t.Errorf("exit code %d, %q on standard output", code, out)
	}
	if want := "ephemeral: there is no command \"server\": see ephemeral help\n"; stderr != want {
		t.Errorf("got %q, want %q", stderr, want)
	}
}

func TestServeHelp(t *testing.T) {
	for _, args := range [][]string{{"serve", "--help"}, {"--help"}, {"-h"}, {"serve", "--addr", ":1", "-help"}} {
		code, out, stderr := runHere(nothing, args...)
		if code != exitOK || stderr != "" {
			t.Fatalf("%q: exit code %d, %q on standard error", args, code, stderr)
		}
		for _, o := range serveOptions() {
			if !strings.Contains(out, "--"+o.name+" ") || !strings.Contains(out, o.variable()) {
				t.Errorf("%q: --%s with %s is not in\n%s", args, o.name, o.variable(), out)
			}
		}
		for _, line := range strings.Split(out, "\n") {
			if len(line) > 100 {
				t.Errorf("a line of %d characters: %s", len(line), line)
			}
		}
	}
	_, out, _ := runHere(nothing, "--help")
	want := `  --idle-timeout duration            EPHEMERAL_IDLE_TIMEOUT
      How long a connection may be silent. Hidden tabs are heard about once a minute.
      (default 2m30s)
`
	if !strings.Contains(out, want) {
		t.Errorf("not in the help:\n%s\nbut\n%s", want, out)
	}
}
