package phoenixtest_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenixtest"
)

// scenarioVariable names the scenario that a test binary is to act in place of its tests.
const scenarioVariable = "PHOENIXTEST_SCENARIO"

func TestMain(m *testing.M) {
	for _, s := range scenarios {
		if os.Getenv(scenarioVariable) == s.name {
			phoenixtest.HavePatience(s.patience)
			phoenixtest.Main(s, s.also...)
		}
	}
	phoenixtest.Main(m)
}

// A scenario is what tests leave, and what Main makes of it.
type scenario struct {
	name     string
	leave    func()
	failed   int // the tests' exit code
	also     []string
	patience time.Duration

	code  int
	left  int    // so many goroutines, at least, are listed
	among string // what one of them is in
}

// Run makes it a phoenixtest.M.
func (s scenario) Run() int {
	s.leave()
	return s.failed
}

var scenarios = []scenario{
	{name: "nothing", leave: func() {}},
	{name: "blocked", leave: blocked, code: 1, left: 1, among: "phoenixtest_test.block("},
	{name: "started", leave: started, code: 1, left: 1, among: "sync.(*WaitGroup).Wait"},
	{name: "many", leave: many, code: 1, left: 6000, among: "phoenixtest_test.block("},
	{name: "failed", leave: blocked, failed: 3, code: 3},
	{name: "late", leave: late, patience: time.Minute},
	{name: "waited for", leave: blocked, patience: time.Second, code: 1, left: 1, among: "phoenixtest_test.block("},
	{name: "foreign", leave: foreign},
	{name: "foreign by name", leave: foreign, also: []string{"no/such.", "net/http/httptest."}, code: 1, left: 1, among: "httptest.(*Server)"},
	{name: "all", leave: foreign, also: []string{""}, code: 1, left: 1, among: "httptest.(*Server)"},
	{name: "all but signals", leave: signals, also: []string{""}},
}

func block()   { select {} }
func blocked() { go block() }
func late()    { go time.Sleep(50 * time.Millisecond) }
func signals() { signal.Notify(make(chan os.Signal, 1), os.Interrupt) }

// started leaves a goroutine in which nothing is ours but that we started it.
func started() {
	var group sync.WaitGroup
	group.Add(1)
	wait := group.Wait
	go wait()
}

// many leaves more stacks than fit where they are looked for first.
func many() {
	for range 6000 {
		go block()
	}
}

// foreign leaves a goroutine that net/http/httptest started.
func foreign() { httptest.NewServer(http.NotFoundHandler()) }

func TestMainFailsTheRun(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(program)
			cmd.Env = append(os.Environ(), scenarioVariable+"="+s.name)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			var exit *exec.ExitError
			if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if code := cmd.ProcessState.ExitCode(); code != s.code {
				t.Errorf("exit code %d, want %d", code, s.code)
			}
			text := stderr.String()
			if s.left == 0 && text != "" || s.left > 0 && !strings.HasPrefix(text, "phoenixtest: goroutines are left over:") {
				t.Errorf("it said %q", text)
			}
			if n := strings.Count(text, "\ngoroutine "); n < s.left || !strings.Contains(text, s.among) {
				t.Errorf("%d goroutines are listed, want %d, one in %s:\n%.2000s", n, s.left, s.among, text)
			}
			if busy := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); s.patience == time.Second && busy > s.patience/2 {
				t.Errorf("it was busy for %v while it waited for %v", busy, s.patience)
			}
		})
	}
}

func TestFunctionsOfAModule(t *testing.T) {
	for module, want := range map[string][]string{
		"example.com/app":    {"example.com/app/", "example.com/app.", "example.com/app_test."},
		"example.com/app.v2": {"example.com/app.v2/", "example.com/app%2ev2.", "example.com/app%2ev2_test."},
		"example.com":        {"example.com/", "example%2ecom.", "example%2ecom_test."},
	} {
		if got := phoenixtest.FunctionsOf(module); !slices.Equal(got, want) {
			t.Errorf("the functions of %s begin with %q, want %q", module, got, want)
		}
	}
}
