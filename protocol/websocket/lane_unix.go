//go:build unix

package websocket

import (
	"net"
	"syscall"
)

// rawOf returns how to write to the connection without waiting, nil if there is no way. Wrapped connections (TLS, ...)
// have none.
func rawOf(nc net.Conn) syscall.RawConn {
	if !vectored(nc) {
		return nil
	}
	raw, err := nc.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// once is one system call. Its result is that there is to be no other.
func (t *try) once(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), t.b)
		if err == syscall.EINTR {
			continue
		}
		t.n = max(n, 0)
		return true
	}
}
