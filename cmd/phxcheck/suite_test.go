package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

// The laboratory of this project passes the whole suite: in the reference's way
// but for what was decided, and that is all that --strict finds.
func TestLaboratory(t *testing.T) {
	t.Parallel()
	args := []string{"--slack", "3s", laboratory(t)}
	ran, report := inJSON(t, append([]string{"--parallel", "16"}, args...)...)
	for _, c := range report.Cases {
		if c.Protocol == "" {
			t.Errorf("%s does not say what it is about", c.Name)
		}
		if replaced := conformance.AllowanceFor(c.Name).Replaced; c.Result == passed && replaced != (len(c.Instead) > 0) {
			t.Errorf("%s: passed in another way: %q", c.Name, c.Instead)
		}
	}
	if failing := stillFailing(t, report.names(failed), args...); failing != nil {
		t.Errorf("failed: %v", failing)
	}
	if report.Suite != "laboratory" || report.Skipped != 0 || report.Total < len(conformance.Recorded()) || (ran.code == exitOK) != (report.Failed == 0) {
		t.Errorf("exit code %d, %s, %d of %d passed, %d skipped", ran.code, ran.stderr, report.Passed, report.Total, report.Skipped)
	}
}

// With --strict, every decided difference is a failure, and nothing else is.
func TestStrict(t *testing.T) {
	t.Parallel()
	// The groups that have differences, but for the long ones.
	args := []string{"--strict", "--slack", "3s", "--group", "auth,longpoll,types,replies,websocket,http", "--skip-tags", "large,slow", laboratory(t)}
	ran, report := inJSON(t, append([]string{"--parallel", "8"}, args...)...)
	common := conformance.AllowanceFor("any").Tolerate
	var unexpected []string
	for _, c := range report.Cases {
		allowed := conformance.AllowanceFor(c.Name)
		if allowed.Replaced && c.Result != failed {
			t.Errorf("%s %s, although the server does otherwise", c.Name, c.Result)
		}
		// Where closing is all that may differ, it is what must have failed.
		if !allowed.Replaced && allowed.Tolerate == common && c.Result == failed && !strings.Contains(c.Failure.Do, "close") {
			unexpected = append(unexpected, c.Name)
		}
	}
	if failing := stillFailing(t, unexpected, args...); failing != nil {
		t.Errorf("failed: %v", failing)
	}
	if ran.code != exitFailed || !report.Strict || report.Failed == 0 || report.Passed == 0 {
		t.Errorf("exit code %d, %d of %d passed", ran.code, report.Passed, report.Total)
	}
}

// Every mount passes the basic suite, without a topic and with one.
func TestBasic(t *testing.T) {
	for mount, topic := range map[string]string{"/lab": "lab:room", "/strict": "exact", "/ws": "want:nothing"} {
		t.Run(mount, func(t *testing.T) {
			t.Parallel()
			url := strings.Replace(laboratory(t), "http", "ws", 1) + mount
			ran, report := inJSON(t, "--basic", "--topic", topic, url)
			if ran.code != exitOK || report.Suite != "basic" || report.Passed != len(conformance.Basic()) {
				t.Errorf("exit code %d: %s\n%s", ran.code, ran.stderr, ran.stdout)
			}
			ran, report = inJSON(t, "--basic", "--group", "topic,core", url)
			for _, c := range report.Cases {
				if want := map[string]outcome{"topic": skipped, "core": passed}[c.Group]; c.Result != want {
					t.Errorf("without a topic, %s %s", c.Name, c.Result)
				}
			}
			if ran.code != exitOK {
				t.Errorf("without a topic, exit code %d", ran.code)
			}
		})
	}
}

// Parameters in the URL are sent with every request: this mount refuses the
// connection by them, so only what comes before that passes.
func TestBasicParameters(t *testing.T) {
	t.Parallel()
	ran, report := inJSON(t, "--basic", "--group", "core,connect", "--only", "basic-heartbeat-v2,basic-vsn-short-refused", laboratory(t)+"/lab?deny=1")
	want := map[string]outcome{"basic-heartbeat-v2": failed, "basic-vsn-short-refused": passed}
	for _, c := range report.Cases {
		if c.Result != want[c.Name] {
			t.Errorf("%s %s", c.Name, c.Result)
		}
	}
	if ran.code != exitFailed || report.Total != 2 {
		t.Errorf("exit code %d, %d cases", ran.code, report.Total)
	}
}

// A transport that is not mounted is skipped, unless it is asked for.
func TestBasicTransports(t *testing.T) {
	t.Parallel()
	webSocketOnly := saboteur{frame: nil, response: withoutLongPoll}.start(t) + "/lab"
	ran, report := inJSON(t, "--basic", webSocketOnly)
	for _, c := range report.Cases {
		if want := c.Group == "longpoll"; want != (c.Result == skipped) && c.Group != "topic" {
			t.Errorf("%s %s: %s", c.Name, c.Result, c.Reason)
		}
	}
	if ran.code != exitOK {
		t.Errorf("exit code %d", ran.code)
	}
	ran, report = inJSON(t, "--basic", "--transport", "longpoll", "--skip-group", "topic", webSocketOnly)
	if ran.code != exitFailed || report.Failed == 0 || slices.ContainsFunc(report.Cases, func(c jsonCase) bool { return c.Group != "longpoll" }) {
		t.Errorf("exit code %d, %+v", ran.code, report.Groups)
	}
}

// The two ways of a difference: a server that does as the reference passes
// without a remark, one that does as was decided with one, and one that does
// neither fails.
func TestEitherWay(t *testing.T) {
	t.Parallel()
	const name = "auth-token-bad-base64"
	for status, want := range map[int]string{500: "passed", 403: "passed, instead", 404: "failed"} {
		url := saboteur{response: status403To(status)}.start(t)
		_, report := inJSON(t, "--only", name, url)
		got := string(report.Cases[0].Result)
		if len(report.Cases[0].Instead) > 0 {
			got += ", instead"
		}
		if got != want {
			t.Errorf("a server that answers %d: got %s, want %s", status, got, want)
		}
		ran, _ := inJSON(t, "--only", name, "--strict", url)
		if (ran.code == exitOK) != (status == 500) {
			t.Errorf("a server that answers %d: exit code %d with --strict", status, ran.code)
		}
	}
}

// The cases that are not the reference's are those that hold of it, too.
func TestOwnCases(t *testing.T) {
	ran := phxcheck(t, "--list")
	for _, want := range []string{"d10-any-byte-keeps-alive", "d3-2015-clients", "v2-join-ok"} {
		if !strings.Contains(ran.stdout, "\n"+want+" ") {
			t.Errorf("%s is not in the list", want)
		}
	}
	for _, unwanted := range []string{"d6-", "d13-", "basic-"} {
		if strings.Contains(ran.stdout, "\n"+unwanted) {
			t.Errorf("%s is in the list", unwanted)
		}
	}
	if lines := strings.Count(ran.stdout, "\n"); lines != len(conformance.Recorded())+2 {
		t.Errorf("%d lines, want the recorded ones and two of our own", lines)
	}
	if ran.code != exitOK {
		t.Errorf("exit code %d", ran.code)
	}
}
