package websocket

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol"
)

// counter counts what arrives and answers each message with one finished frame.
type counter struct {
	conn  *Conn
	reply protocol.Frame
}

func (c *counter) Message([]byte, bool) error {
	c.conn.Reply(c.reply)
	return nil
}
func (c *counter) Closed(error) {}

// bareEcho is the library on its own, as it is commonly used: its Read, its Write, net/http's buffers.
func bareEcho(w http.ResponseWriter, r *http.Request, reply []byte) {
	l, err := upgrade(w, r)
	if err != nil {
		return
	}
	defer l.release()
	for bareStep(r.Context(), l.conn, reply) == nil {
	}
}

// answering is a server that answers each message: this transport, or the bare library.
func answering(kind string, reply protocol.Frame) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kind == "library" {
			bareEcho(w, r, reply.Bytes())
			return
		}
		conn, err := Accept(w, r, Options{})
		if err == nil {
			conn.Serve(&counter{conn, reply})
		}
	}))
}

// BenchmarkEcho is a round trip: a message of some bytes, answered by a frame of 60. Without pipelining it is mostly the
// system's time; with 16 messages under way at once it is the transport's.
func BenchmarkEcho(b *testing.B) {
	reply := message(b, strings.Repeat("r", 40))
	for _, kind := range []string{"transport", "library"} {
		for _, size := range []int{60, 4000, 100_000} {
			for _, window := range []int{1, 16} {
				b.Run(fmt.Sprintf("%s/%d/window=%d", kind, size, window), func(b *testing.B) {
					s := answering(kind, reply)
					defer s.Close()
					c := connect(b, s)
					defer func() { _ = c.nc.Close() }()
					_ = c.nc.SetDeadline(time.Time{})
					var batch []byte
					for range window {
						batch = append(batch, textFrame(strings.Repeat("x", size)).bytes()...)
					}
					answers := make([]byte, window*len(reply.WebSocket()))
					b.ReportAllocs()
					report := cpu(b)
					b.ResetTimer()
					for i := 0; i < b.N; i += window {
						if _, err := c.nc.Write(batch); err != nil {
							b.Fatal(err)
						}
						if _, err := io.ReadFull(c.br, answers); err != nil {
							b.Fatal(err)
						}
					}
					report()
				})
			}
		}
	}
}

// BenchmarkFanOut sends one shared frame to many connections; an operation is one frame to one of them. Beside it is the
// floor: the same bytes written to the same kind of connections in a bare loop.
func BenchmarkFanOut(b *testing.B) {
	f := message(b, strings.Repeat("x", 100))
	for _, connections := range []int{10, 1000} {
		for _, kind := range []string{"transport", "loop"} {
			b.Run(fmt.Sprintf("%s/%d", kind, connections), func(b *testing.B) {
				conns := make(chan *Conn, connections)
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					conn, err := Accept(w, r, Options{})
					if err != nil {
						b.Error(err)
						return
					}
					conns <- conn
					conn.Serve(&counter{})
				}))
				defer s.Close()
				var read atomic.Int64
				var all []*Conn
				for range connections {
					c := connect(b, s)
					_ = c.nc.SetDeadline(time.Time{})
					all = append(all, <-conns)
					go func() {
						buf := make([]byte, 32<<10)
						for {
							n, err := c.br.Read(buf)
							read.Add(int64(n))
							if err != nil {
								return
							}
						}
					}()
					defer func(nc net.Conn) { _ = nc.Close() }(c.nc)
				}
				b.ReportAllocs()
				report := cpu(b)
				b.ResetTimer()
				var due int64
				for i := 0; i < b.N; i += connections {
					for _, c := range all {
						switch kind {
						case "transport":
							c.Send(f)
						case "loop":
							if _, err := c.nc.Write(f.WebSocket()); err != nil {
								b.Fatal(err)
							}
						}
						due += int64(len(f.WebSocket()))
					}
					for read.Load() < due { // one broadcast at a time: none coalesces with the next
						time.Sleep(10 * time.Microsecond)
					}
				}
				report()
			})
		}
	}
}

// BenchmarkIdle tells what connections cost that have sent a message and are quiet: an operation is one of them, the
// tests' client included, which has a reader of 4 KiB and no goroutine.
func BenchmarkIdle(b *testing.B) {
	h := serve(b, Options{}, nil)
	before, goroutines := memory(), runtime.NumGoroutine()
	b.ReportAllocs()
	for b.Loop() {
		c := connect(b, h.Server)
		c.send(textFrame("hello"))
		wait(b, h.peer(b).arrived, "a message")
	}
	b.StopTimer()
	for until := time.Now().Add(patience); runtime.NumGoroutine() != goroutines+b.N*(1+libraryGoroutines); runtime.Gosched() {
		if time.Now().After(until) {
			b.Fatalf("%d goroutines for %d connections", runtime.NumGoroutine()-goroutines, b.N)
		}
	}
	waitAsleep(b, b.N)
	after := memory()
	b.ReportMetric(float64(after.StackInuse-before.StackInuse)/float64(b.N), "stack-B/op")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "heap-B/op")
}

func memory() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// BenchmarkConnect is a connection with a first message and its answer; beside it is the library's bare accept.
func BenchmarkConnect(b *testing.B) {
	reply := message(b, strings.Repeat("r", 40))
	for _, kind := range []string{"transport", "library"} {
		b.Run(kind, func(b *testing.B) {
			s := answering(kind, reply)
			defer s.Close()
			hello := []byte(handshake())
			text, bye := textFrame("hello").bytes(), byeFrame(1000, "").bytes()
			answer := make([]byte, len(reply.WebSocket()))
			b.ReportAllocs()
			report := cpu(b)
			for b.Loop() {
				nc, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				c := &client{t: b, nc: nc, br: bufio.NewReaderSize(nc, 512)}
				c.write(hello)
				c.upgraded()
				c.write(text)
				if _, err := io.ReadFull(c.br, answer); err != nil {
					b.Fatal(err)
				}
				c.write(bye)
				_ = nc.Close()
			}
			report()
		})
	}
}
