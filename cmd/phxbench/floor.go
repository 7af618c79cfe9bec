package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// floor is what the servers are compared with: the least that a Go program does
// for the same bytes on the wire.
type floor struct {
	mu    sync.Mutex
	conns []net.Conn // of /fanout
}

func newFloor() *floor { return new(floor) }

// handler serves the floors, and net/http/pprof.
func (f *floor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo/websocket", f.echo)
	mux.HandleFunc("/fanout/websocket", f.fanout)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	return mux
}

// echo is the plain use of the WebSocket library: accept, then read and write,
// in the goroutine that net/http gives.
func (f *floor) echo(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = c.CloseNow() }()
	c.SetReadLimit(maxFloorFrame) // the library's own is below a large --size
	for {
		kind, data, err := c.Read(r.Context())
		if err != nil {
			return
		}
		if err := c.Write(r.Context(), kind, data); err != nil {
			return
		}
	}
}

// fanout is the bare loop: what a client sends is framed once and written to all
// others, one after another, each with one system call.
func (f *floor) fanout(w http.ResponseWriter, r *http.Request) {
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer nc.Close()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	f.enter(nc, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	defer f.leave(nc)
	for {
		text, err := readClientFrame(rw.Reader)
		if err != nil {
			return
		}
		f.write(serverFrame(text), nc)
	}
}

// enter greets a client and takes it in, so that whoever has been greeted gets
// everything that is sent from then on.
func (f *floor) enter(nc net.Conn, greeting string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, _ = io.WriteString(nc, greeting) // one that is gone says so to its reader
	f.conns = append(f.conns, nc)
}

func (f *floor) leave(nc net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, c := range f.conns {
		if c == nc {
			f.conns[i] = f.conns[len(f.conns)-1]
			f.conns = f.conns[:len(f.conns)-1]
			return
		}
	}
}

func (f *floor) write(frame []byte, from net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, nc := range f.conns {
		if nc != from {
			_, _ = nc.Write(frame) // one that is gone says so to its reader
		}
	}
}

// readClientFrame reads one final frame of a client.
func readClientFrame(r *bufio.Reader) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return nil, err
	}
	if head[0] != final|opText || head[1]&masked == 0 {
		return nil, errors.New("not a final, masked text frame")
	}
	size := uint64(head[1] &^ masked)
	switch size {
	case 126:
		if _, err := io.ReadFull(r, head[:2]); err != nil {
			return nil, err
		}
		size = uint64(binary.BigEndian.Uint16(head[:]))
	case 127:
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			return nil, err
		}
		size = binary.BigEndian.Uint64(head[:])
	}
	if size > maxFloorFrame {
		return nil, errors.New("too long a frame")
	}
	var key [4]byte
	if _, err := io.ReadFull(r, key[:]); err != nil {
		return nil, err
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	for i := range text {
		text[i] ^= key[i&3]
	}
	return text, nil
}

const maxFloorFrame = 64 << 20

// serverFrame makes a final, unmasked text frame.
func serverFrame(text []byte) []byte {
	b := append(make([]byte, 0, len(text)+10), final|opText)
	switch n := len(text); {
	case n <= maxSmall:
		b = append(b, byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, text...)
}

// serveFloor serves until ctx ends.
func serveFloor(ctx context.Context, listener net.Listener) error {
	f := newFloor()
	server := &http.Server{Handler: f.handler(), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	err := server.Serve(listener)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, nc := range f.conns {
		_ = nc.Close()
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// runFloor is the command.
func runFloor(ctx context.Context, o options, stdout io.Writer) error {
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(stdout, "phxbench: serving the floors on http://%s\n", listener.Addr())
	fmt.Fprintf(stdout, "phxbench: net/http/pprof is at http://%s\n", listener.Addr())
	return serveFloor(ctx, listener)
}
