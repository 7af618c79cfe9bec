package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is a running ephemeral: this test binary, as the program.
type program struct {
	cmd    *exec.Cmd
	url    string
	out    *bufio.Reader
	stderr *bytes.Buffer
}

// start runs the program and reads the line that says where it serves.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{cmd: prepare(t, args...), stderr: new(bytes.Buffer)}
	p.cmd.Stderr = p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("no line: %v, %s", err, p.stderr)
	}
	match := regexp.MustCompile(`^ephemeral: serving on (http://127\.0\.0\.1:\d+)\n$`).FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("the first line is %q", line)
	}
	p.url = match[1]
	return p
}

// prepare makes the program's command, which ends with the test.
func prepare(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// end signals the program and returns its exit code.
func (p *program) end(t *testing.T, signal os.Signal) int {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	return p.wait(t)
}

// wait returns the exit code and fails if anything more was said.
func (p *program) wait(t *testing.T) int {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		t.Error(err)
	}
	if len(rest) > 0 {
		t.Errorf("more than one line on standard output: %q", rest)
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

func (p *program) addr() string { return strings.TrimPrefix(p.url, "http://") }

// connect opens a WebSocket by hand: no library is needed to see it close.
func connect(t *testing.T, addr, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, addr)
	head := make([]byte, 0, 1024)
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, one...) {
		if _, err := io.ReadFull(conn, one); err != nil {
			t.Fatalf("%v after %q", err, head)
		}
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		t.Fatalf("no upgrade: %q", head)
	}
	return conn
}

// closeCode reads frames until the close frame and returns its code.
func closeCode(t *testing.T, conn net.Conn) int {
	t.Helper()
	r := bufio.NewReader(conn)
	for {
		var header [2]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			t.Fatalf("the connection ended without a close frame: %v", err)
		}
		payload := make([]byte, header[1]&0x7f)
		if _, err := io.ReadFull(r, payload); err != nil {
			t.Fatal(err)
		}
		if header[0] == 0x88 {
			return int(binary.BigEndian.Uint16(payload))
		}
	}
}

func TestServesAndStops(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, "--addr", "127.0.0.1:0")
			answer, err := http.Get(p.url + "/live")
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("/live: %s", answer.Status)
			}
			v2 := connect(t, p.addr(), "/ws/websocket?vsn=2.0.0")
			old := connect(t, p.addr(), "/ws")
			codes := make(chan int, 2)
			for _, conn := range []net.Conn{v2, old} {
				go func() { codes <- closeCode(t, conn) }()
			}
			if code := p.end(t, signal); code != exitOK {
				t.Errorf("exit code %d: %s", code, p.stderr)
			}
			for range 2 {
				// Not 1000: phoenix.js would not come back (DESIGN.md D2).
				if code := <-codes; code != 1012 {
					t.Errorf("close code %d, want 1012", code)
				}
			}
		})
	}
}

func TestServeIsWhatIsDoneByDefault(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve", "--addr=127.0.0.1:0"}, {"--addr=127.0.0.1:0"}} {
		if code := start(t, args...).end(t, syscall.SIGTERM); code != exitOK {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

func TestBadFlagsOfTheProgram(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	tests := []struct {
		args []string
		says string
	}{
		{[]string{"--nonsense"}, "not defined: -nonsense"},
		{[]string{"--addr", "nowhere"}, "write it as :4000"},
		{[]string{"--addr", taken.Addr().String()}, "cannot listen on " + taken.Addr().String()},
		{[]string{"nonsense"}, `no command "nonsense"`},
	}
	for _, test := range tests {
		cmd := prepare(t, test.args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != exitUsage {
			t.Errorf("%q: exit code %d, want %d", test.args, code, exitUsage)
		}
		last := strings.TrimSuffix(stderr.String(), "\n")
		last = last[strings.LastIndexByte(last, '\n')+1:]
		if !strings.HasPrefix(last, "ephemeral: ") || !strings.Contains(last, test.says) {
			t.Errorf("%q: the last line is %q, want it to say %q", test.args, last, test.says)
		}
	}
}

func TestAddressesAreNotLogged(t *testing.T) {
	t.Parallel()
	p := start(t, "--addr", "127.0.0.1:0", "--log-level", "info")
	conn := connect(t, p.addr(), "/ws/websocket?vsn=2.0.0")
	join := fmt.Sprintf(`["1","1","want:%s","phx_join",{}]`, someAddress)
	// A masked text frame; a mask of zeros leaves the text as it is.
	frame := append([]byte{0x81, 0x80 | byte(len(join)), 0, 0, 0, 0}, join...)
	if len(join) > 125 {
		t.Fatal("the frame needs a longer header")
	}
	if _, err := conn.Write(frame); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 2)
	if _, err := io.ReadFull(conn, reply); err != nil || reply[0] != 0x81 {
		t.Fatalf("no reply: % x, %v", reply, err)
	}
	// It ends its channel, which is logged as an error.
	bad := fmt.Sprintf(`["1","2","want:%s","nonsense",{}]`, someAddress)
	if _, err := conn.Write(append([]byte{0x81, 0x80 | byte(len(bad)), 0, 0, 0, 0}, bad...)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, conn, int64(reply[1])+2); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	p.end(t, syscall.SIGTERM)
	if log := p.stderr.String(); strings.Contains(log, someAddress) || !strings.Contains(log, "topic=want:(") {
		t.Errorf("who reads the log can have the page:\n%s", log)
	}
}

func TestStoppingIsBounded(t *testing.T) {
	t.Parallel()
	p := start(t, "--addr", "127.0.0.1:0", "--stop-timeout", "200ms")
	// A request that never gets its second half keeps the HTTP server busy.
	conn, err := net.Dial("tcp", p.addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /live HTTP/1.1\r\nHost: x\r\n")
	began := time.Now()
	if code := p.end(t, syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d: %s", code, p.stderr)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestSiteURL(t *testing.T) {
	for addr, want := range map[string]string{
		"0.0.0.0:4000":   "http://localhost:4000",
		"[::]:4000":      "http://localhost:4000",
		"127.0.0.1:4000": "http://127.0.0.1:4000",
		"[::1]:4000":     "http://[::1]:4000",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := siteURL(tcp); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
