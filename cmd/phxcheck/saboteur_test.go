package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// A saboteur stands between a client and the laboratory and does one thing
// wrong.
type saboteur struct {
	request  func(*http.Request)        // changes what is asked
	response func(*http.Response) error // changes what is answered
	frame    func(serverFrame) []serverFrame
}

// A serverFrame is a WebSocket frame from the laboratory. All of its messages
// are one frame each.
type serverFrame struct {
	first   byte // as on the wire: final, the reserved bits, the opcode
	payload []byte
}

const (
	textFrame  = 0x81
	closeFrame = 0x88
	pongFrame  = 0x8a
)

// start serves a saboteur until the test ends, and returns its address.
func (s saboteur) start(t *testing.T) string {
	t.Helper()
	to, err := url.Parse(laboratory(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.URL.RawQuery = r.In.URL.RawQuery // also where it is odd
			if s.request != nil {
				s.request(r.Out)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if server, ok := r.Body.(io.ReadWriteCloser); ok && r.StatusCode == http.StatusSwitchingProtocols && s.frame != nil {
				r.Body = &frameFilter{ReadWriteCloser: server, from: bufio.NewReader(server), filter: s.frame}
			}
			if s.response != nil {
				return s.response(r)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// A frameFilter is a connection to the laboratory whose frames pass a saboteur
// on their way to the client.
type frameFilter struct {
	io.ReadWriteCloser
	from   *bufio.Reader
	filter func(serverFrame) []serverFrame
	ready  []byte // frames that have passed
}

// Read reads what the saboteur left of the frames.
func (f *frameFilter) Read(p []byte) (int, error) {
	for len(f.ready) == 0 {
		frame, err := readServerFrame(f.from)
		if err != nil {
			return 0, err
		}
		for _, passed := range f.filter(frame) {
			f.ready = passed.append(f.ready)
		}
	}
	n := copy(p, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

func readServerFrame(r *bufio.Reader) (serverFrame, error) {
	var header [2]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return serverFrame{}, err
	}
	var long [8]byte
	size := uint64(header[1])
	if extra := map[byte]int{126: 2, 127: 8}[header[1]]; extra > 0 {
		if _, err := io.ReadFull(r, long[8-extra:]); err != nil {
			return serverFrame{}, err
		}
		size = binary.BigEndian.Uint64(long[:])
	}
	f := serverFrame{header[0], make([]byte, size)}
	_, err := io.ReadFull(r, f.payload)
	return f, err
}

func (f serverFrame) append(dst []byte) []byte {
	switch n := len(f.payload); {
	case n <= 125:
		dst = append(dst, f.first, byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, f.first, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, f.first, 127), uint64(n))
	}
	return append(dst, f.payload...)
}

// withoutLongPoll answers like a server that does not mount long polling.
func withoutLongPoll(r *http.Response) error {
	if strings.HasSuffix(r.Request.URL.Path, "/longpoll") {
		r.StatusCode = http.StatusNotFound
	}
	return nil
}

// status403To makes another status of each 403.
func status403To(status int) func(*http.Response) error {
	return func(r *http.Response) error {
		if r.StatusCode == http.StatusForbidden {
			r.StatusCode = status
		}
		return nil
	}
}
