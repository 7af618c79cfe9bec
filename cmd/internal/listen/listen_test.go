//go:build unix

package listen

import (
	"net"
	"syscall"
	"testing"
)

func TestTCP(t *testing.T) {
	listener, err := TCP(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for name, tt := range map[string]struct {
		nc   net.Conn
		want bool
	}{"ours": {server, false}, "net's own": {client, true}} {
		if got := keepsAlive(t, tt.nc); got != tt.want {
			t.Errorf("%s: TCP's keep-alive is on: %t", name, got)
		}
	}
}

func keepsAlive(t *testing.T, nc net.Conn) bool {
	t.Helper()
	raw, err := nc.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var on int
	var failed error
	if err := raw.Control(func(fd uintptr) {
		on, failed = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return on != 0
}

func TestTCPCannotListen(t *testing.T) {
	if listener, err := TCP(t.Context(), "127.0.0.1:no"); err == nil {
		_ = listener.Close()
		t.Error("there is no such port")
	}
}
