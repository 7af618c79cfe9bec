package conformance

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A target is the server that a replay talks to.
type target struct {
	address string      // host:port to connect to
	host    string      // what goes into the Host header
	prefix  string      // what goes before every path
	tls     *tls.Config // nil for a connection in the clear
	connect func(ctx context.Context, network, address string) (net.Conn, error)
}

// parseTarget reads a base URL: http, https, ws or wss, a host, and maybe a path
// that goes before all others.
func parseTarget(base string, o Options) (target, error) {
	u, err := url.Parse(base)
	if err != nil {
		return target{}, fmt.Errorf("failed to read the server's address: %w", err)
	}
	t := target{host: u.Host, prefix: strings.TrimSuffix(u.EscapedPath(), "/"), connect: o.Dial}
	if t.connect == nil {
		t.connect = new(net.Dialer).DialContext
	}
	port := "80"
	switch u.Scheme {
	case "http", "ws":
	case "https", "wss":
		port = "443"
		if t.tls = o.TLS.Clone(); t.tls == nil {
			t.tls = new(tls.Config)
		}
		if t.tls.ServerName == "" {
			t.tls.ServerName = u.Hostname()
		}
	default:
		return target{}, fmt.Errorf("the server's address %q does not begin with http:// or https://", base)
	}
	if u.Hostname() == "" {
		return target{}, fmt.Errorf("the server's address %q has no host", base)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	t.address = net.JoinHostPort(u.Hostname(), port)
	return t, nil
}

func (t target) dial(ctx context.Context) (net.Conn, error) {
	conn, err := t.connect(ctx, "tcp", t.address)
	if err != nil || t.tls == nil {
		return conn, err
	}
	secure := tls.Client(conn, t.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// A request is an HTTP request, to be sent exactly so: net/http would mend what
// transcripts get wrong on purpose.
type request struct {
	method  string
	path    string // as it goes over the wire, with the query
	headers map[string]string
	body    []byte
}

func (q request) bytes(t target) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s%s HTTP/1.1\r\nHost: %s\r\n", q.method, t.prefix, q.path, t.host)
	for _, name := range sortedKeys(q.headers) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, q.headers[name])
	}
	if q.body != nil || q.method == http.MethodPost || q.method == http.MethodPut || q.method == http.MethodPatch {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(q.body))
	}
	b.WriteString("\r\n")
	b.Write(q.body)
	return b.Bytes()
}

// A response is the answer to a request.
type response struct {
	status  int
	header  http.Header
	body    []byte
	elapsed time.Duration // from the first byte sent, or the start of http_start, to the last one received
}

func (p *response) String() string {
	return fmt.Sprintf("status %d, after %d ms, with the body %q", p.status, p.elapsed.Milliseconds(), shorten(string(p.body)))
}

// exchange sends a request on a connection of its own and reads the answer.
func (t target) exchange(ctx context.Context, q request) (*response, error) {
	p, conn, _, err := t.send(ctx, q)
	if err != nil {
		return nil, err
	}
	conn.Close()
	return p, nil
}

// send sends a request on a connection of its own and reads the answer, except
// for what comes behind a 101: that is left in the reader.
func (t target) send(ctx context.Context, q request) (*response, net.Conn, *bufio.Reader, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	// The body is sent while the answer is read: a server that does not want
	// so much of it answers before the end.
	start := time.Now()
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(q.bytes(t))
		sent <- err
	}()
	reader := bufio.NewReader(conn)
	p, err := readResponse(reader, q.method)
	if err != nil || p.status != http.StatusSwitchingProtocols {
		conn.Close() // which also ends the sending
	}
	if errSent := <-sent; err != nil {
		return nil, nil, nil, cmp.Or(context.Cause(ctx), errSent, err)
	}
	p.elapsed = time.Since(start)
	return p, conn, reader, nil
}

func readResponse(r *bufio.Reader, method string) (*response, error) {
	answer, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return nil, fmt.Errorf("failed to read the answer: %w", err)
	}
	p := &response{status: answer.StatusCode, header: answer.Header}
	if p.status == http.StatusSwitchingProtocols {
		return p, nil
	}
	defer answer.Body.Close()
	p.body, err = io.ReadAll(io.LimitReader(answer.Body, largestMessage))
	if err != nil {
		return nil, fmt.Errorf("failed to read the answer's body: %w", err)
	}
	return p, nil
}

// webSocketMagic is the GUID of RFC 6455 §1.3.
const webSocketMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// upgradeHeaders are the headers of a correct WebSocket upgrade.
func upgradeHeaders() map[string]string {
	key := make([]byte, 16)
	rand.Read(key) // never fails
	return map[string]string{
		"Connection":            "Upgrade",
		"Upgrade":               "websocket",
		"Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key":     base64.StdEncoding.EncodeToString(key),
	}
}

// checkUpgrade does what a browser does before it believes a 101.
func (p *response) checkUpgrade(sent map[string]string) error {
	sum := sha1.Sum([]byte(sent["Sec-WebSocket-Key"] + webSocketMagic))
	for name, want := range map[string]string{
		"Upgrade":              "websocket",
		"Connection":           "upgrade",
		"Sec-WebSocket-Accept": base64.StdEncoding.EncodeToString(sum[:]),
	} {
		got := p.header.Get(name)
		if got != want && (name == "Sec-WebSocket-Accept" || !strings.EqualFold(got, want)) {
			return fmt.Errorf("the answer 101 has the header %s: %q, where %q belongs", name, got, want)
		}
	}
	if got := p.header.Get("Sec-WebSocket-Extensions"); got != "" {
		return fmt.Errorf("the answer 101 has the header Sec-WebSocket-Extensions: %q; the laboratory uses none", got)
	}
	return nil
}

// parseSmall parses a whole number that is not negative and not absurd.
func parseSmall(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err
}
