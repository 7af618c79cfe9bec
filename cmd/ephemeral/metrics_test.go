package main

import (
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

	"github.com/ephemeral-p2p/ephemeral/protocol/phoenix"
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

	free := taken.Addr().String()
	_ = taken.Close()
	p := start(t, "--addr", "127.0.0.1:0", "--metrics", free)
	answer, err := http.Get("http://" + free + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if !bytes.Contains(body, []byte("ephemeral_connections 0")) {
		t.Errorf("the metrics are\n%s", body)
	}
	if answer, err = http.Get(p.url + "/metrics"); err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the public address answers %s for /metrics", answer.Status)
	}
	p.end(t, syscall.SIGTERM)
}
