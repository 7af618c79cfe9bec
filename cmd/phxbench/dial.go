package main

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"time"
)

// address is the WebSocket URL of a socket's mount, taken apart once.
type address struct {
	host    string // with a port
	request string // of the handshake, whole
	buffer  int    // of each connection, in bytes; 0: the usual one
	pace    int    // bytes that each connection reads in a second; 0: no limit
}

// parseMount understands ws://host:port/mount; the transport's path and the
// version are added to it.
func parseMount(mount string) (address, error) {
	u, err := url.Parse(mount)
	if err != nil {
		return address{}, err
	}
	if u.Scheme != "ws" || u.Host == "" {
		return address{}, fmt.Errorf("%q is not the address of a socket, such as ws://127.0.0.1:4100/lab", mount)
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "80")
	}
	query := u.Query()
	if !query.Has("vsn") {
		query.Set("vsn", "2.0.0")
	}
	u.Path = path.Join("/", u.Path, "websocket")
	u.RawQuery = query.Encode()
	return address{host: host, request: "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\n" +
		"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + handshakeKey + "\r\n\r\n"}, nil
}

// handshakeKey is the same in every handshake: the answer to it is known.
var handshakeKey = base64.StdEncoding.EncodeToString([]byte("phxbench phxbenc"))

var handshakeAccept = func() string {
	sum := sha1.Sum([]byte(handshakeKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

// perSource is how many connections share a source address. Linux has about
// 28,000 ports for outgoing connections of one address, a part of which may be
// waiting out the end of earlier ones.
const perSource = 10_000

// source is the address that the i-th connection to a loopback address comes
// from, nil elsewhere.
func source(host string, i int) net.Addr {
	name, _, _ := net.SplitHostPort(host)
	if ip := net.ParseIP(name); ip == nil || ip.To4() == nil || !ip.IsLoopback() {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+i/perSource%200))}
}

// dialTimeout bounds a handshake. A server under load may take its time, but
// one that does not answer at all must not hold the run up.
const dialTimeout = 30 * time.Second

// dial opens the i-th connection.
func (a address) dial(ctx context.Context, i int) (*wire, error) {
	d := net.Dialer{Timeout: dialTimeout, LocalAddr: source(a.host, i), KeepAlive: -1}
	nc, err := d.DialContext(ctx, "tcp", a.host)
	if err != nil {
		return nil, err
	}
	if a.pace > 0 {
		nc = newSlow(nc, a.pace)
	}
	w := newWire(nc, a.buffer)
	if err := w.shake(a.request); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("failed to open a WebSocket: %w", err)
	}
	return w, nil
}

func (w *wire) shake(request string) error {
	_ = w.nc.SetDeadline(time.Now().Add(dialTimeout))
	if _, err := w.nc.Write([]byte(request)); err != nil {
		return err
	}
	response, err := http.ReadResponse(w.br, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return errors.New("the server answered " + response.Status)
	}
	if response.Header.Get("Sec-WebSocket-Accept") != handshakeAccept {
		return errors.New("the server's Sec-WebSocket-Accept is wrong")
	}
	return w.nc.SetDeadline(time.Time{})
}

// drop breaks the connection off. It is reset, so that its port is free again.
func (w *wire) drop() {
	if t, ok := w.nc.(interface{ SetLinger(seconds int) error }); ok {
		_ = t.SetLinger(0)
	}
	_ = w.nc.Close()
}

// slow is a connection that is read at a pace, as over a line of that speed.
type slow struct {
	*net.TCPConn
	pace  int // bytes in a second
	since time.Time
	read  int
}

const (
	// slowBuffer is what the kernel may take for a slow connection, in bytes, so
	// that it does not read on in advance.
	slowBuffer = 128 << 10

	// slowest is how long no read waits for what it has read too early.
	slowest = 5 * time.Millisecond
)

func newSlow(nc net.Conn, pace int) net.Conn {
	t, ok := nc.(*net.TCPConn)
	if !ok {
		return nc
	}
	_ = t.SetReadBuffer(slowBuffer)
	return &slow{TCPConn: t, pace: pace, since: time.Now()}
}

// limited reads what the line brings in a hundredth of a second, or one byte.
func (s *slow) limited(b []byte) (int, error) {
	return s.TCPConn.Read(b[:min(len(b), max(s.pace/100, 1))])
}

// Read reads a little, and then waits for as long as the line would have taken.
func (s *slow) Read(b []byte) (int, error) {
	n, err := s.limited(b)
	s.read += n
	due := s.since.Add(time.Duration(float64(s.read) / float64(s.pace) * float64(time.Second)))
	switch early := time.Until(due); {
	case early > slowest:
		time.Sleep(early)
	case early < 0: // the line was idle
		s.since, s.read = time.Now(), 0
	}
	return n, err
}
