package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/channels"
)

func TestDefaults(t *testing.T) {
	c, err := readConfig(nil, surroundings{lookup: nothing})
	if err != nil {
		t.Fatal(err)
	}
	if c.addr != ":4000" || c.webSocket.IdleTimeout != 150*time.Second || c.relay.MaxTopicLength != 256 ||
		c.relay.MaxContent != 8_000_000 || c.maxChannels != 100 || c.relay.Ask != channels.OneDraw || c.origins.check != nil {
		t.Errorf("%+v", c)
	}
}

// everySetting is a value for each setting, other than its default, and what
// the setting then reads.
var everySetting = map[string][2]string{
	"addr":             {"127.0.0.1:8080", "127.0.0.1:8080"},
	"metrics":          {"127.0.0.1:9000", "127.0.0.1:9000"},
	"check-origin":     {"any", "any"},
	"public-url":       {"https://example.org/", "https://example.org"},
	"contact":          {"somebody@example.org", "mailto:somebody@example.org"},
	"max-content":      {"1MB", "1000000"},
	"max-under-way":    {"1GB", "1000000000"},
	"ask":              {"lottery", "lottery"},
	"ask-timeout":      {"3s", "3s"},
	"max-message":      {"20MiB", "20971520"},
	"idle-timeout":     {"60s", "1m0s"},
	"queue":            {"64KiB", "65536"},
	"flush-timeout":    {"500ms", "500ms"},
	"poll-window":      {"5s", "5s"},
	"poll-body":        {"1MB", "1000000"},
	"poll-queue":       {"64KiB", "65536"},
	"poll-sessions":    {"10", "10"},
	"max-channels":     {"7", "7"},
	"max-topic":        {"80", "80"},
	"mailbox-messages": {"5", "5"},
	"mailbox-bytes":    {"5 kB", "5000"},
	"mailbox-internal": {"9", "9"},
	"drain-batch":      {"100", "100"},
	"drain-interval":   {"1s", "1s"},
	"classic":          {"priv/static", "priv/static"},
	"stop-timeout":     {"5s", "5s"},
	"log-level":        {"debug", "debug"},
	"log-format":       {"json", "json"},
}

func TestEverySettingByFlagAndByVariable(t *testing.T) {
	if got, want := len(everySetting), len(serveOptions()); got != want {
		t.Errorf("%d settings are tested, there are %d", got, want)
	}
	for _, o := range serveOptions() {
		t.Run(o.name, func(t *testing.T) {
			value := everySetting[o.name]
			var defaults config
			defaults.setDefaults()
			if o.value(&defaults).String() == value[1] {
				t.Fatalf("%s is the default: this shows nothing", value[1])
			}
			c, err := readConfig([]string{"--" + o.name, value[0]}, surroundings{lookup: nothing})
			if err != nil {
				t.Fatal(err)
			}
			if got := o.value(&c).String(); got != value[1] {
				t.Errorf("by the flag: %s, want %s", got, value[1])
			}
			c, err = readConfig(nil, surroundings{lookup: variables(map[string]string{o.variable(): value[0]})})
			if err != nil {
				t.Fatal(err)
			}
			if got := o.value(&c).String(); got != value[1] {
				t.Errorf("by the variable: %s, want %s", got, value[1])
			}
		})
	}
}

func TestWhatWins(t *testing.T) {
	tests := []struct {
		name string
		vars map[string]string
		args []string
		want address
	}{
		{"nothing set", nil, nil, ":4000"},
		{"PORT", map[string]string{"PORT": "5000"}, nil, ":5000"},
		{"an empty PORT", map[string]string{"PORT": ""}, nil, ":4000"},
		{"the variable over PORT", map[string]string{"PORT": "5000", "EPHEMERAL_ADDR": "[::1]:6000"}, nil, "[::1]:6000"},
		{"an empty variable", map[string]string{"PORT": "5000", "EPHEMERAL_ADDR": ""}, nil, ":5000"},
		{"the flag over both", map[string]string{"PORT": "5000", "EPHEMERAL_ADDR": ":6000"}, []string{"--addr", ":7000"}, ":7000"},
		{"one dash", nil, []string{"-addr=:7000"}, ":7000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := readConfig(test.args, surroundings{lookup: variables(test.vars)})
			if err != nil || c.addr != test.want {
				t.Errorf("%q, %v, want %q", c.addr, err, test.want)
			}
		})
	}
}

func TestBadSettings(t *testing.T) {
	tests := []struct {
		args []string
		vars map[string]string
		says string
	}{
		{args: []string{"--adr", ":1"}, says: "flag provided but not defined: -adr"},
		{args: []string{"--addr"}, says: "flag needs an argument: -addr"},
		{args: []string{"extra"}, says: `unexpected argument "extra"`},
		{args: []string{"--addr", "4000"}, says: "write it as :4000"},
		{args: []string{"--addr", "localhost:http"}, says: `"http" is no port`},
		{args: []string{"--addr", ":65536"}, says: `"65536" is no port`},
		{args: []string{"--max-content", "0"}, says: "such as 8000000, 8MB or 1MiB"},
		{args: []string{"--max-content", "8 apples"}, says: "such as 8000000, 8MB or 1MiB"},
		{args: []string{"--max-content", "9999999999GB"}, says: "such as 8000000, 8MB or 1MiB"},
		{args: []string{"--max-content", "-1"}, says: "such as 8000000, 8MB or 1MiB"},
		{args: []string{"--max-content", "10000001"}, says: "--max-content 10000001 is more than --max-message 10000000: a page must fit"},
		{args: []string{"--max-message", "1MB"}, says: "--max-content 8000000 is more than --max-message 1000000"},
		{vars: map[string]string{"EPHEMERAL_MAX_UNDER_WAY": "7999999"}, says: "--max-content 8000000 is more than --max-under-way 7999999: there must be room"},
		{args: []string{"--max-topic", "68"}, says: "--max-topic 68 is less than 69: no page could be joined"},
		{args: []string{"--max-channels", "0"}, says: "it is a whole number, 1 or more"},
		{args: []string{"--max-channels", "1.5"}, says: "it is a whole number, 1 or more"},
		{args: []string{"--idle-timeout", "90"}, says: "such as 90s, 2m30s or 1500ms"},
		{args: []string{"--idle-timeout", "-1s"}, says: "such as 90s, 2m30s or 1500ms"},
		{args: []string{"--ask", "everybody"}, says: `"lottery"`},
		{args: []string{"--check-origin", "example.com"}, says: "has no host"},
		{args: []string{"--public-url", "example.org"}, says: "write it as https://example.org"},
		{args: []string{"--public-url", "https://example.org/pages"}, says: "the site has its host to itself"},
		{args: []string{"--public-url", "https://user@example.org"}, says: "write it as https://example.org"},
		{args: []string{"--public-url", "javascript://example.org"}, says: "write it as https://example.org"},
		{args: []string{"--contact", "somebody"}, says: "it is an address of mail, or a URL"},
		{args: []string{"--contact", "javascript:alert(1)"}, says: "it is an address of mail, or a URL"},
		{args: []string{"--contact", "https:nowhere"}, says: "it is an address of mail, or a URL"},
		{args: []string{"--contact", "a@b\nExpires: never"}, says: "it is an address of mail, or a URL"},
		{args: []string{"--log-level", "loud"}, says: "it is debug, info, warn or error"},
		{args: []string{"--log-format", "xml"}, says: "it is text or json"},
		{vars: map[string]string{"PORT": "http"}, says: `invalid value "http" for the environment variable PORT`},
		{vars: map[string]string{"EPHEMERAL_QUEUE": "big"}, says: `invalid value "big" for the environment variable EPHEMERAL_QUEUE`},
	}
	for _, test := range tests {
		t.Run(test.says, func(t *testing.T) {
			code, out, stderr := runHere(variables(test.vars), append([]string{"serve"}, test.args...)...)
			if code != exitUsage || out != "" {
				t.Errorf("exit code %d, %q on standard output", code, out)
			}
			if !strings.Contains(stderr, test.says) {
				t.Errorf("%q does not say %q", stderr, test.says)
			}
			if strings.Count(stderr, "\n") != 1 {
				t.Errorf("more than one line: %q", stderr)
			}
		})
	}
}

// Whoever is told of a variable that makes no sense, and to ask for help, must get it.
func TestHelpInABadEnvironment(t *testing.T) {
	for _, name := range []string{"PORT", "EPHEMERAL_QUEUE"} {
		code, out, stderr := runHere(variables(map[string]string{name: "nonsense"}), "serve", "--help")
		if code != exitOK || !strings.Contains(out, "EPHEMERAL_QUEUE") || stderr != "" {
			t.Errorf("%s: exit code %d, %q on standard output, %q on standard error", name, code, out, stderr)
		}
	}
}

func TestReadConfigErrorsAreOfUsage(t *testing.T) {
	_, err := readConfig([]string{"--addr", "nowhere"}, surroundings{lookup: nothing})
	var usage *usageError
	if !errors.As(err, &usage) {
		t.Errorf("%T", err)
	}
}

func TestOrigins(t *testing.T) {
	tests := []struct {
		setting, origin string
		want            bool
	}{
		{"any", "https://elsewhere.example", true},
		{"https://a.example,//*.b.example", "https://a.example", true},
		{"https://a.example,//*.b.example", "http://a.example", false},
		{"https://a.example,//*.b.example", "http://x.b.example:81", true},
		{"https://a.example,//*.b.example", "https://c.example", false},
	}
	for _, test := range tests {
		c, err := readConfig([]string{"--check-origin", test.setting}, surroundings{lookup: nothing})
		if err != nil {
			t.Fatal(err)
		}
		origin, err := url.Parse(test.origin)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.origins.check(&http.Request{Host: "here.example"}, origin); got != test.want {
			t.Errorf("--check-origin %s: %s may connect: %t", test.setting, test.origin, got)
		}
	}
}

func TestLogger(t *testing.T) {
	var c config
	c.setDefaults()
	c.logFormat, c.logLevel = "json", level(slog.LevelWarn)
	var out bytes.Buffer
	log := c.logger(&out)
	log.Info("unheard")
	log.Warn("heard")
	var line struct{ Msg string }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Msg != "heard" {
		t.Errorf("%q: %v", &out, err)
	}

	out.Reset()
	c.setDefaults()
	c.logger(&out).Info("plain")
	if !strings.Contains(out.String(), "msg=plain") {
		t.Errorf("%q", &out)
	}
}
