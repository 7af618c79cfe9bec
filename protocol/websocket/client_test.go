package websocket

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// A client speaks WebSocket frame by frame, right or wrong.
type client struct {
	t        testing.TB
	nc       net.Conn
	br       *bufio.Reader
	response *http.Response
}

type frame struct {
	final   bool
	rsv     byte
	opcode  byte
	payload []byte
}

func (f frame) String() string {
	return fmt.Sprintf("opcode %d, final %v, %d bytes %.40q", f.opcode, f.final, len(f.payload), f.payload)
}

// bytes is the frame as a client sends it, with a mask.
func (f frame) bytes() []byte {
	first := f.rsv<<4 | f.opcode
	if f.final {
		first |= 0x80
	}
	b := append(clientHeader(first, len(f.payload)), f.payload...)
	mask(b[len(b)-len(f.payload):])
	return b
}

var maskKey = [4]byte{0x11, 0x22, 0x33, 0x44}

func mask(b []byte) {
	for i := range b {
		b[i] ^= maskKey[i%4]
	}
}

// clientHeader announces a masked frame.
func clientHeader(first byte, size int) []byte {
	b := []byte{first}
	switch {
	case size < 126:
		b = append(b, 0x80|byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(size))
	}
	return append(b, maskKey[:]...)
}

func textFrame(s string) frame   { return frame{final: true, opcode: opText, payload: []byte(s)} }
func binaryFrame(b []byte) frame { return frame{final: true, opcode: opBinary, payload: b} }
func pingFrame(s string) frame   { return frame{final: true, opcode: 9, payload: []byte(s)} }
func byeFrame(code int, reason string) frame {
	var p []byte
	if code != codeNone {
		p = append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
	}
	return frame{final: true, opcode: opClose, payload: p}
}

func handshake(extra ...string) string {
	return "GET /socket HTTP/1.1\r\nHost: example.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
		strings.Join(append(extra, ""), "\r\n") + "\r\n"
}

// dial connects to a test server, without handshake.
func dial(t testing.TB, server *httptest.Server) *client {
	t.Helper()
	var nc net.Conn
	var err error
	if server.TLS == nil {
		nc, err = net.Dial("tcp", server.Listener.Addr().String())
	} else {
		nc, err = tls.Dial("tcp", server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, nc)
}

func newClient(t testing.TB, nc net.Conn) *client {
	c := &client{t: t, nc: nc, br: bufio.NewReader(nc)}
	_ = nc.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = nc.Close() })
	return c
}

// connect dials and shakes hands.
func connect(t testing.TB, server *httptest.Server, headers ...string) *client {
	t.Helper()
	c := dial(t, server)
	c.write([]byte(handshake(headers...)))
	c.upgraded()
	return c
}

func (c *client) upgraded() {
	c.t.Helper()
	resp, err := http.ReadResponse(c.br, &http.Request{Method: http.MethodGet})
	if err != nil {
		c.t.Fatalf("no answer to the handshake: %v", err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(resp.Body)
		c.t.Fatalf("handshake answered %s: %s", resp.Status, body)
	}
	c.response = resp
}

func (c *client) write(b []byte) {
	c.t.Helper()
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatalf("client failed to write: %v", err)
	}
}

// send writes frames in one write.
func (c *client) send(frames ...frame) {
	c.t.Helper()
	var b []byte
	for _, f := range frames {
		b = append(b, f.bytes()...)
	}
	c.write(b)
}

// next reads a frame of the server's.
func (c *client) next() (frame, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(c.br, head); err != nil {
		return frame{}, err
	}
	if head[1]&0x80 != 0 {
		return frame{}, errors.New("a server's frame with a mask")
	}
	size := uint64(head[1])
	switch size {
	case 126:
		var b [2]byte
		_, _ = io.ReadFull(c.br, b[:])
		size = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, _ = io.ReadFull(c.br, b[:])
		size = binary.BigEndian.Uint64(b[:])
	}
	if size > 1<<30 {
		return frame{}, fmt.Errorf("a frame of %d bytes", size)
	}
	f := frame{final: head[0]&0x80 != 0, rsv: head[0] >> 4 & 7, opcode: head[0] & 0x0f, payload: make([]byte, size)}
	_, err := io.ReadFull(c.br, f.payload)
	return f, err
}

// expect reads the next frame and compares it.
func (c *client) expect(want frame) {
	c.t.Helper()
	got, err := c.next()
	if err != nil {
		c.t.Fatalf("wanted a frame (%v), got %v", want, err)
	}
	if got.final != want.final || got.rsv != want.rsv || got.opcode != want.opcode || !bytes.Equal(got.payload, want.payload) {
		c.t.Fatalf("wanted a frame (%v), got (%v)", want, got)
	}
}

// expectClose reads frames up to the close frame, which must be one of these, and then the end of the stream.
func (c *client) expectClose(codes ...int) (reason string) {
	c.t.Helper()
	for {
		f, err := c.next()
		if err != nil {
			c.t.Fatalf("wanted a close frame with %v, got %v", codes, err)
		}
		if f.opcode != opClose {
			continue
		}
		code := codeNone
		if len(f.payload) >= 2 {
			code, reason = int(binary.BigEndian.Uint16(f.payload)), string(f.payload[2:])
		}
		for _, want := range codes {
			if code == want {
				c.expectEnd()
				return reason
			}
		}
		c.t.Fatalf("wanted a close frame with %v, got %d %q", codes, code, reason)
	}
}

// expectEnd wants the end of the stream, in order.
func (c *client) expectEnd() {
	c.t.Helper()
	if b, err := c.br.ReadByte(); err != io.EOF {
		c.t.Fatalf("wanted the end of the stream, got %#x, %v", b, err)
	}
}

// newSlowReader reads a number of bytes each second.
func newSlowReader(r io.Reader, rate int) *bufio.Reader {
	return bufio.NewReaderSize(slowReader{r, rate}, 16)
}

type slowReader struct {
	r    io.Reader
	rate int
}

func (s slowReader) Read(p []byte) (int, error) {
	if len(p) > s.rate {
		p = p[:s.rate]
	}
	n, err := s.r.Read(p)
	time.Sleep(time.Duration(n) * time.Second / time.Duration(s.rate))
	return n, err
}
