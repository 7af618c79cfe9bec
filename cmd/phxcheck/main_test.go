package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// TestMain lets several runs go on at once, as they mostly wait, and fails the
// run when goroutines are left over.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "3"); err != nil {
		panic(err)
	}
	phoenixtest.Main(tests{m})
}

// tests are those of this package; behind them the binaries stop.
type tests struct{ *testing.M }

func (t tests) Run() int {
	defer stopBinaries()
	return t.M.Run()
}

// binaries is where the commands are that the tests run.
var binaries struct {
	folder sync.Once
	path   string
	err    error
	stop   []func()
}

// command builds a command of this project, once, and returns its path.
func command(t *testing.T, name string) string {
	t.Helper()
	binaries.folder.Do(func() {
		if binaries.path, binaries.err = os.MkdirTemp("", "phxcheck"); binaries.err != nil {
			return
		}
		binaries.stop = append(binaries.stop, func() { os.RemoveAll(binaries.path) })
		build := exec.Command("go", "build", "-o", binaries.path+string(filepath.Separator), "../phxlab", ".")
		if output, err := build.CombinedOutput(); err != nil {
			binaries.err = fmt.Errorf("%w\n%s", err, output)
		}
	})
	if binaries.err != nil {
		t.Fatalf("failed to build: %v", binaries.err)
	}
	return filepath.Join(binaries.path, name)
}

func stopBinaries() {
	for i := len(binaries.stop) - 1; i >= 0; i-- {
		binaries.stop[i]()
	}
}

// laboratory returns the address of phxlab, which is started once.
func laboratory(t *testing.T) string {
	t.Helper()
	path := command(t, "phxlab")
	started.once.Do(func() { started.url, started.err = startLaboratory(path) })
	if started.err != nil {
		t.Fatalf("failed to start the laboratory: %v", started.err)
	}
	return started.url
}

var started struct {
	once sync.Once
	url  string
	err  error
}

func startLaboratory(path string) (url string, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	lab := exec.CommandContext(ctx, path, "--addr", "127.0.0.1:0")
	lab.Stderr = os.Stderr
	output, err := lab.StdoutPipe()
	if err == nil {
		err = lab.Start()
	}
	if err != nil {
		cancel()
		return "", err
	}
	binaries.stop = append(binaries.stop, func() { cancel(); _ = lab.Wait() })
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return "", err
	}
	_, err = fmt.Sscanf(line, "phxlab: serving the laboratory on %s\n", &url)
	return url, err
}

// A ran is what a run of the command came to.
type ran struct {
	code           int
	stdout, stderr string
}

// phxcheck runs the command in this process.
func phxcheck(t *testing.T, args ...string) ran {
	t.Helper()
	var stdout, stderr strings.Builder
	code := run(t.Context(), args, &stdout, &stderr)
	return ran{code, stdout.String(), stderr.String()}
}

// inJSON runs the command and reads its report, which must be as the package
// comment says: a member that it does not have is an error.
func inJSON(t *testing.T, args ...string) (ran, jsonRun) {
	t.Helper()
	r := phxcheck(t, append([]string{"--format", "json"}, args...)...)
	var report jsonRun
	if err := json.Unmarshal([]byte(r.stdout), &report, json.RejectUnknownMembers(true)); err != nil {
		t.Fatalf("exit code %d, %s\nthe report is no such JSON: %v\n%s", r.code, r.stderr, err, r.stdout)
	}
	return r, report
}

// names are the cases with an outcome, sorted as they are in the report.
func (j jsonRun) names(o outcome) []string {
	var names []string
	for _, c := range j.Cases {
		if c.Result == o {
			names = append(names, c.Name)
		}
	}
	return names
}

// stillFailing runs cases once more, one at a time, and returns those that fail
// again: some wait for the server's own timeouts, which a machine that does many
// things at once may let pass.
func stillFailing(t *testing.T, names []string, args ...string) []string {
	t.Helper()
	if len(names) == 0 {
		return nil
	}
	t.Logf("once more: %v", names)
	_, report := inJSON(t, append([]string{"--parallel", "1", "--only", strings.Join(names, ",")}, args...)...)
	for _, c := range report.Cases {
		if c.Result == failed {
			t.Logf("%s: %s%+v", c.Name, c.Reason, c.Failure)
		}
	}
	return report.names(failed)
}
