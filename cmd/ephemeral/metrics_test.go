package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol/longpoll"
	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
	"github.com/ephemeral-p2p/ephemeral/protocol/websocket"
)

// scrape returns the value of one sample, and whether there is one.
func scrape(h http.Handler, sample string) (string, bool) {
	text := request(h, "GET", "/metrics").Body.String()
	match := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(sample) + ` (\S+)$`).FindStringSubmatch(text)
	if match == nil {
		return "", false
	}
	return match[1], true
}

func TestMetricsCount(t *testing.T) {
	var c config
	c.setDefaults()
	c.maxChannels = 1
	m := newMetrics()
	endpoint := newEndpoint(c, slog.New(slog.DiscardHandler), m)
	server := httptest.NewServer(endpoint)
	defer server.Close()
	value := func(sample, want string) {
		t.Helper()
		if got, ok := scrape(m.handler(), sample); got != want {
			t.Errorf("%s is %s (there: %v), want %s", sample, got, ok, want)
		}
	}
	value(`ephemeral_connections`, "0")
	value(`ephemeral_limits_total{limit="channels"}`, "0")
	value(`ephemeral_connections_ended_total{reason="text",transport="websocket"}`, "0")

	conn := connect(t, server.Listener.Addr().String(), "/ws/websocket?vsn=2.0.0")
	for i, topic := range []string{"have:x", "have:y"} {
		say := fmt.Sprintf(`["%d","%d","%s","phx_join",{}]`, i, i, topic)
		if _, err := conn.Write(append([]byte{0x81, 0x80 | byte(len(say)), 0, 0, 0, 0}, say...)); err != nil {
			t.Fatal(err)
		}
	}
	for heard := ""; !strings.Contains(heard, "too many channels joined"); {
		part := make([]byte, 512)
		n, err := conn.Read(part)
		if err != nil {
			t.Fatal(err)
		}
		heard += string(part[:n])
	}
	value(`ephemeral_connections`, "1")
	value(`ephemeral_members{kind="have"}`, "1")
	value(`ephemeral_limits_total{limit="channels"}`, "1")

	// Text that is not UTF-8 ends the connection.
	if _, err := conn.Write([]byte{0x81, 0x81, 0, 0, 0, 0, 0xff}); err != nil {
		t.Fatal(err)
	}
	if code := closeCode(t, conn); code != 1007 {
		t.Errorf("close code %d", code)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
	if err := endpoint.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	value(`ephemeral_members{kind="have"}`, "0")
	value(`ephemeral_connections`, "0")
}

func TestMetricsOfThePagesHandedOver(t *testing.T) {
	m := newMetrics()
	m.Delivered(3, 100)
	m.Asked("answered", 0)
	m.UnderWay(70)
	m.UnderWay(-20)
	m.limited(phoenix.LimitTopic)
	for sample, want := range map[string]string{
		`ephemeral_delivered_total`:                       "3",
		`ephemeral_delivered_bytes_total`:                 "300",
		`ephemeral_under_way_bytes`:                       "50",
		`ephemeral_ask_seconds_count{outcome="answered"}`: "1",
		`ephemeral_limits_total{limit="topic"}`:           "1",
	} {
		if got, _ := scrape(m.handler(), sample); got != want {
			t.Errorf("%s is %s, want %s", sample, got, want)
		}
	}
}

// An alert compares with what has not happened yet: every label that can come is
// there from the start, at 0.
func TestMetricsBeginAtZero(t *testing.T) {
	h := newMetrics().handler()
	// One of each that is written in another package, as it is written there.
	for _, sample := range []string{
		`ephemeral_members{kind="want"}`,
		`ephemeral_ask_seconds_count{outcome="answered"}`, `ephemeral_ask_seconds_count{outcome="overtaken"}`,
		`ephemeral_ask_seconds_count{outcome="timed_out"}`, `ephemeral_ask_seconds_count{outcome="gone"}`,
		`ephemeral_ask_seconds_count{outcome="wrong"}`, `ephemeral_ask_seconds_count{outcome="too_large"}`,
		`ephemeral_ask_seconds_count{outcome="broken"}`, `ephemeral_ask_seconds_count{outcome="put_off"}`,
		`ephemeral_ask_seconds_count{outcome="dropped"}`,
		`ephemeral_wait_seconds_count`,
		`ephemeral_limits_total{limit="internal"}`,
		`ephemeral_connections_ended_total{reason="slow",transport="websocket"}`,
		`ephemeral_connections_ended_total{reason="inactive",transport="longpoll"}`,
		`ephemeral_bytes_total{direction="received",transport="longpoll"}`,
		`ephemeral_bytes_total{direction="sent",transport="websocket"}`,
	} {
		if got, ok := scrape(h, sample); got != "0" {
			t.Errorf("%s is %q (there: %t), want 0", sample, got, ok)
		}
	}
}

// What a connection has moved is counted when it ends, by its transport.
func TestMetricsOfConnectionsThatEnded(t *testing.T) {
	m := newMetrics()
	m.webSocketEnded(websocket.Summary{Reason: websocket.DropSlow, Received: 10, Sent: 300})
	m.webSocketEnded(websocket.Summary{Reason: websocket.DropPeer, Received: 1, Sent: 2})
	m.longPollEnded(longpoll.Summary{Reason: longpoll.DropInactive, Received: 5, Sent: 7})
	for sample, want := range map[string]string{
		`ephemeral_connections_ended_total{reason="slow",transport="websocket"}`:    "1",
		`ephemeral_connections_ended_total{reason="peer",transport="websocket"}`:    "1",
		`ephemeral_connections_ended_total{reason="idle",transport="websocket"}`:    "0",
		`ephemeral_connections_ended_total{reason="inactive",transport="longpoll"}`: "1",
		`ephemeral_bytes_total{direction="received",transport="websocket"}`:         "11",
		`ephemeral_bytes_total{direction="sent",transport="websocket"}`:             "302",
		`ephemeral_bytes_total{direction="received",transport="longpoll"}`:          "5",
		`ephemeral_bytes_total{direction="sent",transport="longpoll"}`:              "7",
	} {
		if got, _ := scrape(m.handler(), sample); got != want {
			t.Errorf("%s is %s, want %s", sample, got, want)
		}
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var stderr bytes.Buffer
	cmd := prepare(t, "--addr", "127.0.0.1:0", "--metrics", taken.Addr().String())
	cmd.Stderr = &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(stderr.String(), "cannot serve metrics on") {
		t.Errorf("exit code %d, %s", code, &stderr)
	}

	cmd = prepare(t, "--addr", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(log)
	metrics := urlIn(t, lines, "serving metrics")
	public := urlIn(t, bufio.NewReader(out), "serving on")
	if status, body := fetch(t, metrics); status != http.StatusOK || !strings.Contains(body, "ephemeral_connections 0\n") {
		t.Errorf("%d, and the metrics are\n%s", status, body)
	}
	if status, _ := fetch(t, strings.TrimSuffix(metrics, "/metrics")+"/live"); status != http.StatusNotFound {
		t.Errorf("the metrics' address answers %d for /live: it has the metrics alone", status)
	}
	if status, _ := fetch(t, public+"/metrics"); status != http.StatusNotFound && status != http.StatusServiceUnavailable {
		t.Errorf("the public address answers %d for /metrics", status)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v, %s", err, rest)
	}
}

// urlIn returns the URL in the next line that says something.
func urlIn(t *testing.T, lines *bufio.Reader, says string) string {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("no line says %q: %v", says, err)
		}
		if strings.Contains(line, says) {
			return regexp.MustCompile(`http://127\.0\.0\.1:\d+[^\s"]*`).FindString(line)
		}
	}
}

func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
