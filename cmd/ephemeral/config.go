package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/ephemeral-p2p/ephemeral/channels"
	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// config is everything about `ephemeral serve` that can be set.
type config struct {
	addr address
	// metrics is where they are served, "" for nowhere.
	metrics address
	origins origins
	// publicURL and contact are what visitors are told, "" for nothing.
	publicURL publicURL
	contact   contact
	relay     channels.Options
	// webSocket are the limits of one connection.
	webSocket   websocket.Options
	longPoll    longpoll.Options
	maxChannels int
	mailbox     phoenix.MailboxLimits
	drain       phoenix.DrainOptions
	// classic is the folder of ephemeral2's files, "" for the site of our own.
	classic string
	// stopWithin bounds a graceful stop.
	stopWithin duration
	logLevel   level
	logFormat  logFormat
}

// setDefaults makes c what is served when nothing is set.
func (c *config) setDefaults() {
	*c = config{
		addr:    ":4000",
		origins: origins{text: "host"},
		relay: channels.Options{
			MaxContent:     channels.DefaultMaxContent,
			MaxUnderWay:    channels.DefaultMaxUnderWay,
			AskTimeout:     channels.DefaultAskTimeout,
			MaxTopicLength: 256, // DESIGN.md §6, D12
		},
		webSocket: websocket.Options{
			MaxMessageSize: 10_000_000,
			IdleTimeout:    150 * time.Second, // DESIGN.md §6, D10
			MaxQueuedBytes: 1 << 20,
			FlushTimeout:   2 * time.Second,
		},
		longPoll: longpoll.Options{
			Window: 10 * time.Second,
			// A page of the largest size, which a line of a request carries in
			// base64.
			MaxBody:        12_000_000,
			MaxQueuedBytes: 1 << 20,
			MaxSessions:    100_000,
		},
		maxChannels: phoenix.DefaultMaxChannels,
		mailbox:     phoenix.MailboxLimits{Messages: 128, Bytes: 1 << 20, Internal: 4096},
		drain:       phoenix.DrainOptions{BatchSize: 10_000, BatchInterval: 2 * time.Second},
		stopWithin:  duration(20 * time.Second),
		logFormat:   "text",
	}
}

const serveAbout = `Usage: ephemeral serve [flags]

Serves pages that live only while somebody has them open.`

// serveOptions is the one table from which the flags, the environment
// variables and the help are made.
func serveOptions() []option[config] {
	return []option[config]{
		{"addr", "host:port", "Where to listen. Port 0 is any free port. Without it the variable PORT is looked\nat, which many platforms set to the port alone.",
			func(c *config) flag.Value { return &c.addr }},
		{"metrics", "host:port", "Where to serve metrics for Prometheus, at /metrics. Keep it from the public. Without it\nthey are not served.",
			func(c *config) flag.Value { return &c.metrics }},
		{"check-origin", "which", "Which web pages may connect: host (those of the host that the request names), any,\nor a list such as https://example.com,//*.example.org.",
			func(c *config) flag.Value { return &c.origins }},
		{"public-url", "URL", "Where the public finds the site, such as https://example.org. Links to it are shown with a\npicture in messengers only if this is set.",
			func(c *config) flag.Value { return &c.publicURL }},
		{"contact", "address", "How whoever runs the server can be reached: an address of mail, or a URL. It is named at\n/about, and served as /.well-known/security.txt.",
			func(c *config) flag.Value { return &c.contact }},
		{"max-content", "bytes", "The largest page that is passed on, in bytes of UTF-8. Keep it well below\n--max-message, which counts it with JSON's escapes.",
			func(c *config) flag.Value { return size[int]{&c.relay.MaxContent} }},
		{"max-under-way", "bytes", "How much of all pages together may be under way in parts; over it visitors wait a little\nlonger. Memory may grow by twice as much.",
			func(c *config) flag.Value { return size[int]{&c.relay.MaxUnderWay} }},
		{"ask", "mode", "How a holder is chosen to answer: one (one draw for all), or lottery (each for\nitself, as the original did).",
			func(c *config) flag.Value { return text{&c.relay.Ask} }},
		{"ask-timeout", "duration", "How long a holder has to answer before another is asked.",
			func(c *config) flag.Value { return (*duration)(&c.relay.AskTimeout) }},
		{"max-message", "bytes", "The largest message that a client may send.",
			func(c *config) flag.Value { return size[int64]{&c.webSocket.MaxMessageSize} }},
		{"idle-timeout", "duration", "How long a connection may be silent. Hidden tabs are heard about once a minute.",
			func(c *config) flag.Value { return (*duration)(&c.webSocket.IdleTimeout) }},
		{"queue", "bytes", "How much may wait for a slow client before it is dropped; one message may exceed it.",
			func(c *config) flag.Value { return size[int]{&c.webSocket.MaxQueuedBytes} }},
		{"flush-timeout", "duration", "How long a message that is on its way, or a farewell, may take before the\nconnection is cut.",
			func(c *config) flag.Value { return (*duration)(&c.webSocket.FlushTimeout) }},
		{"poll-window", "duration", "How long a request of a client without WebSocket waits for messages. Keep it below the\n20 s after which clients give up, and below the timeouts of proxies.",
			func(c *config) flag.Value { return (*duration)(&c.longPoll.Window) }},
		{"poll-body", "bytes", "The largest request of such a client. A page is sent in base64, a third larger.",
			func(c *config) flag.Value { return size[int64]{&c.longPoll.MaxBody} }},
		{"poll-queue", "bytes", "How much may wait for such a client's next request; one message may exceed it.",
			func(c *config) flag.Value { return size[int]{&c.longPoll.MaxQueuedBytes} }},
		{"poll-sessions", "count", "How many such clients may be connected at once.",
			func(c *config) flag.Value { return number[int]{&c.longPoll.MaxSessions} }},
		{"max-channels", "count", "How many topics one connection may join.",
			func(c *config) flag.Value { return number[int]{&c.maxChannels} }},
		{"max-topic", "bytes", "The longest topic that may be joined, and the longest ref of a join: a channel keeps both.",
			func(c *config) flag.Value { return size[int]{&c.relay.MaxTopicLength} }},
		{"mailbox-messages", "count", "How many messages of a client may wait for a busy channel before it is not read\nfor a while.",
			func(c *config) flag.Value { return number[int]{&c.mailbox.Messages} }},
		{"mailbox-bytes", "bytes", "The same, in bytes.",
			func(c *config) flag.Value { return size[int]{&c.mailbox.Bytes} }},
		{"mailbox-internal", "count", "How many messages from within the server may wait for a busy channel before it is\nended.",
			func(c *config) flag.Value { return number[int]{&c.mailbox.Internal} }},
		{"drain-batch", "count", "How many connections are closed at a time when the server stops.",
			func(c *config) flag.Value { return number[int]{&c.drain.BatchSize} }},
		{"drain-interval", "duration", "The pause between two such batches.",
			func(c *config) flag.Value { return (*duration)(&c.drain.BatchInterval) }},
		{"classic", "folder", "Serve the site of 2015 instead: the folder priv/static of ephemeral2, whose pages run\nwithout a sandbox. For those who want to see how it was.",
			func(c *config) flag.Value { return (*folder)(&c.classic) }},
		{"stop-timeout", "duration", "How long stopping may take in all.",
			func(c *config) flag.Value { return &c.stopWithin }},
		{"log-level", "level", "How much is logged: debug, info, warn or error.",
			func(c *config) flag.Value { return &c.logLevel }},
		{"log-format", "format", "How it is logged: text or json.",
			func(c *config) flag.Value { return &c.logFormat }},
	}
}

// readConfig reads the settings of `ephemeral serve`.
func readConfig(args []string, s surroundings) (config, error) {
	var c config
	c.setDefaults()
	var wrong error
	if port, ok := s.lookup("PORT"); ok && port != "" {
		if err := c.addr.Set(":" + port); err != nil {
			wrong = &usageError{err: errPort{port, err}}
		}
	}
	err := parseOptions(&c, serveAbout, serveOptions(), args, s)
	if wrong != nil && !errors.Is(err, errHelp) {
		err = wrong
	}
	if err == nil {
		err = c.contradiction()
	}
	return c, err
}

// pageTopic is how long a page's topic is: have: or want:, and its address.
const pageTopic = len("have:") + 64

// contradiction says which settings make no sense together, if some do.
func (c config) contradiction() error {
	switch page := c.relay.MaxContent; {
	case int64(page) > c.webSocket.MaxMessageSize:
		return &usageError{fmt.Errorf("--max-content %d is more than --max-message %d: a page must fit into a message, with JSON's escapes", page, c.webSocket.MaxMessageSize)}
	case page > c.relay.MaxUnderWay:
		return &usageError{fmt.Errorf("--max-content %d is more than --max-under-way %d: there must be room for one page", page, c.relay.MaxUnderWay)}
	case c.relay.MaxTopicLength < pageTopic:
		return &usageError{fmt.Errorf("--max-topic %d is less than %d: no page could be joined", c.relay.MaxTopicLength, pageTopic)}
	}
	return nil
}

// errPort is a PORT variable that makes no sense.
type errPort struct {
	port string
	err  error
}

func (e errPort) Error() string {
	return "invalid value \"" + e.port + "\" for the environment variable PORT: " + e.err.Error()
}

// logger returns what the settings say about logging, writing to w.
func (c config) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.Level(c.logLevel)}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
