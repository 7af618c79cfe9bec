package websocket

import (
	"bufio"
	"fmt"
	"net"
	"reflect"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// asleep counts the connections that are parked. There may be too many for a list of all stacks: a profile lists each
// once, behind the number of goroutines that have it.
func asleep() (sum int) {
	var profile strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)  // a Builder takes everything
	_, stacks, _ := strings.Cut(profile.String(), "\n") // the first line is the total
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		n := 0
		if _, err := fmt.Sscanf(stack, "%d @", &n); err == nil && strings.Contains(stack, "websocket.(*Conn).sleep+") {
			sum += n
		}
	}
	return sum
}

// waitAsleep waits until so many connections are parked.
func waitAsleep(t testing.TB, n int) {
	t.Helper()
	for until := time.Now().Add(patience); asleep() != n; runtime.Gosched() {
		if time.Now().After(until) {
			t.Fatalf("%d connections asleep, wanted %d", asleep(), n)
		}
	}
}

// park has a connection parked: by silence, or by silence behind messages.
var park = map[string]func(c *client, p *peer){
	"silence": func(*client, *peer) {
		time.Sleep(quietAfter)
		synctest.Wait()
	},
	"messages and silence": func(c *client, p *peer) {
		c.send(textFrame("first"), textFrame("second"))
		<-p.arrived
		<-p.arrived
		time.Sleep(quietAfter)
		synctest.Wait()
	},
}

// parkedPair is a connection that is parked, in each way.
func parkedPair(t *testing.T, o Options, test func(t *testing.T, c *client, p *peer)) {
	for name, park := range park {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := pair(t, o, nil)
				park(c, p)
				if !p.conn.parked || p.conn.buffer != nil {
					t.Error("the connection is awake")
				}
				test(t, c, p)
			})
		})
	}
}

func endOf(c *client, p *peer) {
	p.conn.Close(1001, "")
	c.expectClose(1001)
	_ = c.nc.Close()
	<-p.ended
}

// A message may wake the connection in any pieces: it arrives whole, and so does the next.
func TestWake(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for name, sent := range map[string][]frame{
		"a short message":     {textFrame("hello")},
		"an empty message":    {textFrame("")},
		"a long message":      {textFrame(long)},
		"two messages":        {textFrame("one"), textFrame("two")},
		"a ping":              {pingFrame("x"), textFrame("hello")},
		"fragments":           {{opcode: opText, payload: []byte("ab")}, pingFrame("x"), {opcode: 0, final: true, payload: []byte("cd")}},
		"as long as the tiny": {textFrame(strings.Repeat("x", tinyBuffer-6)), textFrame("hello")},
	} {
		t.Run(name, func(t *testing.T) {
			parkedPair(t, Options{}, func(t *testing.T, c *client, p *peer) {
				go func() { // the pongs
					for {
						if _, err := c.next(); err != nil {
							return
						}
					}
				}()
				var all []byte
				var want []string
				message := ""
				for _, f := range sent {
					all = append(all, f.bytes()...)
					if f.opcode < opClose {
						message += string(f.payload)
						if f.final {
							want, message = append(want, message), ""
						}
					}
				}
				expect := func() {
					t.Helper()
					for _, w := range want {
						if got := <-p.arrived; got != w {
							t.Errorf("got %.20q, want %.20q", got, w)
						}
					}
				}
				sum := p.conn.received
				for cut := 0; cut < min(len(all), 40); cut++ {
					if cut > 0 {
						c.write(all[:cut])
						synctest.Wait()
						time.Sleep(quietAfter / 2)
					}
					c.write(all[cut:])
					expect()
					time.Sleep(quietAfter)
					synctest.Wait()
					if !p.conn.parked {
						t.Fatalf("awake after the message came in %d bytes and the rest", cut)
					}
					if sum += int64(len(all)); p.conn.received != sum {
						t.Fatalf("%d bytes received, %d sent", p.conn.received, sum)
					}
				}
				_ = c.nc.Close()
				<-p.ended
			})
		})
	}
}

// Between the pieces of a message the connection is not parked, however long that takes.
func TestNotParkedInAMessage(t *testing.T) {
	for name, pieces := range map[string][][]byte{
		"single bytes":  {{0x81}, {0x81}, {1}, {2}, {3}, {4}, {'x' ^ 1}},
		"two fragments": {frame{opcode: opText, payload: []byte("x")}.bytes(), frame{final: true}.bytes()},
		"half a header": {clientHeader(0x81, 300)[:3], append(clientHeader(0x81, 300)[3:], strings.Repeat("\x11\x22\x33\x44", 75)...)},
	} {
		t.Run(name, func(t *testing.T) {
			parkedPair(t, Options{}, func(t *testing.T, c *client, p *peer) {
				for _, piece := range pieces {
					if len(p.arrived) > 0 {
						t.Error("a message before its end")
					}
					c.write(piece)
					time.Sleep(10 * quietAfter)
					synctest.Wait()
					if p.conn.parked && len(p.arrived) == 0 {
						t.Fatal("parked in the middle of a message")
					}
				}
				if got := strings.Trim(<-p.arrived, "\x00"); got != "" && got != "x" {
					t.Errorf("got %q", got)
				}
				endOf(c, p)
			})
		})
	}
}

// The idle timeout counts from the client's last byte, parked or not.
func TestIdleWhileParked(t *testing.T) {
	for _, timeout := range []time.Duration{quietAfter + 1, 2 * quietAfter, DefaultIdleTimeout} {
		parkedPair(t, Options{IdleTimeout: timeout}, func(t *testing.T, c *client, p *peer) {
			c.send(pingFrame("x"))
			start := time.Now()
			c.expect(frame{final: true, opcode: opPong, payload: []byte("x")})
			c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xea}})
			if took := time.Since(start); took != timeout {
				t.Errorf("closed after %v, wanted %v", took, timeout)
			}
			if cause := p.cause(); cause != ErrIdle {
				t.Errorf("cause %v", cause)
			}
			c.expectEnd()
			<-p.ended
		})
	}
}

// A byte that comes at the end of the timeout counts: the time starts anew with it.
func TestWakeAtTheLastMoment(t *testing.T) {
	parkedPair(t, Options{}, func(t *testing.T, c *client, p *peer) {
		for range 3 {
			time.Sleep(DefaultIdleTimeout - quietAfter - 1)
			c.send(textFrame("x"))
			<-p.arrived
			time.Sleep(quietAfter)
		}
		endOf(c, p)
	})
}

// Nor does it matter how long the way is from the byte to the goroutine that reads on.
func TestWakeTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		p := newPeer(t)
		p.conn = accepted(t, ours, p, Options{})
		p.conn.handler = p
		p.conn.returnBuffer()
		p.conn.parked = true
		p.conn.early = frame{opcode: opText, payload: []byte("ab")}.bytes()
		p.conn.since = time.Now().Add(-2 * DefaultIdleTimeout)
		c := &client{t: t, nc: theirs, br: bufio.NewReader(theirs)}
		go p.conn.wake(nil)
		c.send(frame{final: true, payload: []byte("cd")})
		if got := <-p.arrived; got != "abcd" {
			t.Errorf("got %q", got)
		}
		endOf(c, p)
	})
}

// A timeout that comes before it is time to park.
func TestShortIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{IdleTimeout: quietAfter / 2}, nil)
		start := time.Now()
		c.expect(frame{final: true, opcode: opClose, payload: []byte{3, 0xea}})
		if took := time.Since(start); took != quietAfter/2 || p.cause() != ErrIdle {
			t.Errorf("closed after %v: %v", took, p.cause())
		}
		_ = c.nc.Close()
		<-p.ended
	})
}

// A parked connection is closed as any other is.
func TestCloseWhileParked(t *testing.T) {
	parkedPair(t, Options{}, func(t *testing.T, c *client, p *peer) {
		p.conn.Send(message(t, "last words"))
		start := time.Now()
		p.conn.Close(1012, "restarting")
		if cause := p.cause(); cause != ErrClosed {
			t.Errorf("cause %v", cause)
		}
		c.expect(wire(message(t, "last words")))
		c.send(textFrame("crossed"), byeFrame(1012, ""))
		c.expect(frame{final: true, opcode: opClose, payload: []byte("\x03\xf4restarting")})
		<-p.ended
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
		if p.summary.Received < int64(len(textFrame("crossed").bytes())) {
			t.Errorf("summary %+v", p.summary)
		}
	})
}

func TestParkedClientVanishes(t *testing.T) {
	parkedPair(t, Options{}, func(t *testing.T, c *client, p *peer) {
		_ = c.nc.Close()
		if cause := p.cause(); Reason(cause) != DropNetwork {
			t.Errorf("cause %v", cause)
		}
		<-p.ended
	})
}

// What the network said is said once by the system, and must not be lost on the way out of the sleep.
func TestParkedConnectionIsReset(t *testing.T) {
	h := serve(t, Options{}, nil)
	c := connect(t, h.Server)
	p := h.peer(t)
	c.send(textFrame("x"))
	wait(t, p.arrived, "a message")
	waitAsleep(t, 1)
	_ = c.nc.(*net.TCPConn).SetLinger(0)
	_ = c.nc.Close()
	if cause := p.cause(); !strings.Contains(cause.Error(), "reset") {
		t.Errorf("cause %v", cause)
	}
	wait(t, p.ended, "the end")
}

// A client that wakes its connection at the moment at which it is closed: for the race detector, and for whatever could
// be lost in between.
func TestWakeAndCloseAtOnce(t *testing.T) {
	h := serve(t, Options{}, nil)
	const connections = 100
	var clients []*client
	var peers []*peer
	for range connections {
		clients, peers = append(clients, connect(t, h.Server)), append(peers, h.peer(t))
	}
	waitAsleep(t, connections)
	var all sync.WaitGroup
	for i, c := range clients {
		p := peers[i]
		all.Go(func() {
			for j := range i % 7 {
				_, _ = c.nc.Write(textFrame(fmt.Sprint(j)).bytes())
			}
			_, _ = c.nc.Write(byeFrame(4000, "").bytes())
		})
		all.Go(func() { p.conn.Close(1001, "") })
		all.Go(func() {
			p.conn.Send(message(t, "x"))
			c.expectClose(1001, 4000)
			_ = c.nc.Close()
			<-p.ended
			if got := Reason(p.cause()); got != DropServer && got != DropPeer {
				t.Errorf("cause %v", p.cause())
			}
		})
	}
	all.Wait()
}

// The same at the moments at which the deadlines pass.
func TestMessageAtTheMomentOfParking(t *testing.T) {
	for _, early := range []time.Duration{-1, 0, 1} {
		synctest.Test(t, func(t *testing.T) {
			c, p := pair(t, Options{}, nil)
			for i := range 20 {
				time.Sleep(quietAfter + early)
				c.send(textFrame(fmt.Sprint(i)))
				if got := <-p.arrived; got != fmt.Sprint(i) {
					t.Errorf("got %q", got)
				}
			}
			endOf(c, p)
		})
	}
}

// A connection is parked behind its first message. Later it is when it hears nothing more for a second, not before.
func TestParkedAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{}, nil)
		c.send(textFrame("first"))
		<-p.arrived
		synctest.Wait()
		if asleep() != 1 {
			t.Error("not parked behind the first message")
		}
		for range 3 {
			c.send(textFrame("x"))
			<-p.arrived
			time.Sleep(quietAfter - 1)
			synctest.Wait()
			if asleep() != 0 {
				t.Error("parked too early")
			}
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if asleep() != 1 {
			t.Error("not parked")
		}
		endOf(c, p)
	})
}

// A read buffer that goes back to the pool knows nothing of its connection.
func TestBufferIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pair(t, Options{}, nil)
		buffer := p.conn.buffer
		c.send(textFrame("first"))
		<-p.arrived
		time.Sleep(quietAfter)
		synctest.Wait()
		if p.conn.br.Size() != 0 || p.conn.br.Buffered() != 0 {
			t.Error("a parked connection has a buffer")
		}
		if buffer.Size() != readBuffer || buffer.Buffered() != 0 {
			t.Errorf("a buffer of %d bytes with %d in it went back", buffer.Size(), buffer.Buffered())
		}
		if !reflect.ValueOf(buffer).Elem().FieldByName("rd").IsNil() {
			t.Error("a buffer in the pool keeps its last connection in memory")
		}
		_ = c.nc.Close()
		<-p.ended
		if p.conn.buffer != nil || p.conn.br.Size() != 0 {
			t.Error("a connection that has ended has a buffer")
		}
	})
}
