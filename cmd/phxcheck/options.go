package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ephemeral-p2p/ephemeral/protocol/conformance"
)

// options are the command line.
type options struct {
	url      string // as it was given
	base     string // the URL over http or https, without its query
	params   string // the URL's query, with basic
	basic    bool
	list     bool
	strict   bool
	quiet    bool
	insecure bool
	only     names
	groups   names
	noGroups names
	tags     names
	noTags   names
	needs    names // --transport
	topic    string
	format   string
	parallel int
	timeout  time.Duration
	slack    time.Duration
}

// names is a flag with a list: separated by commas, or the flag several times.
type names []string

// String is the list as it is written.
func (n *names) String() string { return strings.Join(*n, ",") }

// Set adds to the list.
func (n *names) Set(s string) error {
	for name := range strings.SplitSeq(s, ",") {
		if name = strings.TrimSpace(name); name != "" {
			*n = append(*n, name)
		}
	}
	return nil
}

func (n names) has(name string) bool { return slices.Contains(n, name) }

// hasAnyOf reports whether one of the list is in other.
func (n names) hasAnyOf(other []string) bool { return slices.ContainsFunc(n, names(other).has) }

func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("phxcheck", flag.ContinueOnError)
	f.SetOutput(io.Discard) // run says what is wrong, in one sentence
	f.BoolVar(&o.basic, "basic", false, "")
	f.BoolVar(&o.list, "list", false, "")
	f.BoolVar(&o.strict, "strict", false, "")
	f.BoolVar(&o.quiet, "quiet", false, "")
	f.BoolVar(&o.insecure, "insecure", false, "")
	f.Var(&o.only, "only", "")
	f.Var(&o.groups, "group", "")
	f.Var(&o.noGroups, "skip-group", "")
	f.Var(&o.tags, "tags", "")
	f.Var(&o.noTags, "skip-tags", "")
	f.Var(&o.needs, "transport", "")
	f.StringVar(&o.topic, "topic", "", "")
	f.StringVar(&o.format, "format", "text", "")
	f.IntVar(&o.parallel, "parallel", 8, "")
	f.DurationVar(&o.timeout, "timeout", 5*time.Second, "")
	f.DurationVar(&o.slack, "slack", time.Second, "")
	return f
}

// parseOptions reads the arguments; flags may also stand behind the URL.
func parseOptions(args []string) (options, error) {
	var o options
	f := o.flags()
	var urls []string
	for rest := args; ; rest = f.Args()[1:] {
		if err := f.Parse(rest); err != nil {
			return o, err
		}
		if f.NArg() == 0 {
			break
		}
		urls = append(urls, f.Arg(0))
	}
	if err := o.check(); err != nil {
		return o, err
	}
	switch {
	case len(urls) > 1:
		return o, fmt.Errorf("unexpected argument %q", urls[1])
	case len(urls) == 1:
		o.url = urls[0]
		return o, o.readURL()
	case !o.list:
		return o, errors.New("the URL of the server is missing")
	}
	return o, nil
}

// check looks for values that make no sense.
func (o *options) check() error {
	for _, pattern := range o.only {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("--only: %q is no pattern", pattern)
		}
	}
	for _, name := range o.needs {
		if name != "websocket" && name != "longpoll" {
			return fmt.Errorf("--transport: there are websocket and longpoll, not %q", name)
		}
	}
	switch {
	case formats[o.format] == nil:
		return fmt.Errorf("--format: there are text, tap, junit and json, not %q", o.format)
	case o.parallel < 1:
		return errors.New("--parallel: at least 1 case runs at once")
	case o.timeout <= 0:
		return errors.New("--timeout: must be longer than nothing")
	case o.slack < 0:
		return errors.New("--slack: must not be less than nothing")
	case o.topic != "" && !o.basic:
		return errors.New("--topic: goes with --basic; the laboratory has topics of its own")
	case !utf8.ValidString(o.topic) || strings.ContainsFunc(o.topic, escaped):
		return errors.New(`--topic: must not hold quotes, backslashes or control characters`)
	}
	return nil
}

// escaped reports whether a character cannot stand for itself in JSON.
func escaped(c rune) bool { return c == '"' || c == '\\' || unicode.IsControl(c) }

func (o *options) readURL() error {
	u, err := url.Parse(o.url)
	switch {
	case err != nil, !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme), u.Hostname() == "":
		return fmt.Errorf("%q is no address of a server: http://, https://, ws:// or wss:// and a host", o.url)
	case u.User != nil, u.Fragment != "":
		return fmt.Errorf("the address %q has parts that are not used: a user, or a fragment", o.url)
	case u.RawQuery != "" && !o.basic:
		return fmt.Errorf("the address %q has a query, which goes with --basic only", o.url)
	}
	o.params, u.RawQuery = u.RawQuery, ""
	if scheme, ok := map[string]string{"ws": "http", "wss": "https"}[u.Scheme]; ok {
		u.Scheme = scheme
	}
	o.base = strings.TrimSuffix(u.String(), "/")
	return nil
}

func (o *options) suite() string {
	if o.basic {
		return "basic"
	}
	return "laboratory"
}

func (o *options) tls() *tls.Config {
	if !o.insecure {
		return nil
	}
	return &tls.Config{InsecureSkipVerify: true} // the user asked for it
}

func (o *options) runner() *runner {
	return &runner{
		base:     o.base,
		parallel: o.parallel,
		replay: conformance.Options{
			Timeout: o.timeout,
			Slack:   o.slack,
			Topic:   o.topic,
			Params:  o.params,
			TLS:     o.tls(),
		},
	}
}
