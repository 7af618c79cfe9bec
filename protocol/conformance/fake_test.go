package conformance

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A peer is the other side of one connection: a server that does exactly what a
// test makes it do, right or wrong. Its connections are pipes, so that the clock
// of a synctest bubble rules them and waiting takes no time.
type peer struct {
	net.Conn
	r       *bufio.Reader
	request *http.Request
	body    string
}

// script makes a transcript of one WebSocket connection, a, and these steps.
func script(steps ...string) string {
	return fmt.Sprintf(`{"format":1,"name":"fake","group":"g","description":"d","transport":"websocket","vsn":null,
		"connections":{"a":{"path":"/ws","query":"u=${uid}"},"b":{"path":"/ws"}},"steps":[%s]}`, strings.Join(steps, ","))
}

const (
	opened = `{"do":"open","conn":"a","expect":{"status":101}}`
	hello  = `{"do":"send","conn":"a","text":"hello"}`
)

// answer is the step that expects one text frame.
func answer(json string) string {
	return `{"do":"expect","conn":"a","order":"strict","frames":[{"kind":"text","json":` + json + `}]}`
}

// play replays a transcript against a fake server, which serves each connection
// by itself.
func play(t *testing.T, transcript string, o Options, serve func(*peer)) (err error) {
	t.Helper()
	parsed, err := Parse([]byte(transcript))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var wait func()
		o.Dial, wait = pipes(serve)
		err = Replay(t.Context(), "http://fake/base/", parsed, o)
		wait()
	})
	return err
}

// pipes returns an Options.Dial to such a server, and what waits until all of
// its connections have ended.
func pipes(serve func(*peer)) (dial func(context.Context, string, string) (net.Conn, error), wait func()) {
	var running sync.WaitGroup
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		running.Go(func() { accept(ours, serve) })
		return theirs, nil
	}, running.Wait
}

func accept(conn net.Conn, serve func(*peer)) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	p := &peer{Conn: conn, r: r, request: request}
	if request.Header.Get("Upgrade") == "" {
		body, _ := io.ReadAll(request.Body)
		p.body = string(body)
	}
	serve(p)
}

// upgraded accepts the upgrade and then serves, and afterwards drinks up what
// comes until the client goes.
func upgraded(serve func(*peer)) func(*peer) {
	return func(p *peer) {
		p.upgrade("")
		serve(p)
		_, _ = io.Copy(io.Discard, p.r)
	}
}

func (p *peer) upgrade(more string) {
	sum := sha1.Sum([]byte(p.request.Header.Get("Sec-WebSocket-Key") + webSocketMagic))
	fmt.Fprintf(p, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
		base64.StdEncoding.EncodeToString(sum[:]), more)
}

// respond answers an HTTP request.
func (p *peer) respond(status int, body string) {
	fmt.Fprintf(p, "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

// frame sends a frame as given; first is its first byte.
func (p *peer) frame(first byte, payload string) {
	header := []byte{first, byte(len(payload))}
	if len(payload) > 125 {
		header = binary.BigEndian.AppendUint64([]byte{first, 127}, uint64(len(payload)))
	}
	_, _ = p.Write(append(header, payload...))
}

func (p *peer) text(s string)   { p.frame(0x81, s) }
func (p *peer) binary(s string) { p.frame(0x82, s) }
func (p *peer) pong(s string)   { p.frame(0x8a, s) }

func (p *peer) close(code uint16, reason string) {
	p.frame(0x88, string(binary.BigEndian.AppendUint16(nil, code))+reason)
}

// read reads one frame of the client.
func (p *peer) read() (first byte, payload string) {
	header := make([]byte, 2)
	if _, err := io.ReadFull(p.r, header); err != nil {
		return 0, ""
	}
	size, err := readSize(p.r, header[1]&^maskBit)
	if err != nil {
		return 0, ""
	}
	var mask [4]byte
	if header[1]&maskBit != 0 {
		if _, err := io.ReadFull(p.r, mask[:]); err != nil {
			return 0, ""
		}
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(p.r, data); err != nil {
		return 0, ""
	}
	for i := range data {
		data[i] ^= mask[i%4]
	}
	return header[0], string(data)
}

// echoes answers every text with the same.
func echoes(p *peer) {
	for {
		first, payload := p.read()
		switch first {
		case 0:
			return
		case 0x88:
			p.frame(0x88, payload)
			return
		case 0x89:
			p.pong(payload)
		default:
			p.frame(first, payload)
		}
	}
}

// after returns a serving that waits first.
func after(d time.Duration, serve func(*peer)) func(*peer) {
	return func(p *peer) {
		time.Sleep(d)
		serve(p)
	}
}
