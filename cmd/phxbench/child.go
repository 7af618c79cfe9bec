package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// child is a server that compare has started.
type child struct {
	name  string
	cmd   *exec.Cmd
	urls  []string // that it printed: the site, and the debugger if it has one
	ended chan struct{}
}

// servers are the commands, and how many addresses each prints before it can be
// used.
var servers = map[string]struct {
	args []string
	urls int
}{
	"phxlab":    {[]string{"--addr", "127.0.0.1:0", "--ask", "one", "--debug-addr", "127.0.0.1:0"}, 2},
	"ephemeral": {[]string{"serve", "--addr", "127.0.0.1:0", "--log-level", "warn"}, 1},
	floorName:   {[]string{"floor", "--addr", "127.0.0.1:0"}, 2},
}

const startTimeout = 10 * time.Second

// startServer starts a server on a free port and waits for it to say where.
func startServer(ctx context.Context, name, bin string) (*child, error) {
	program, err := filepath.Abs(filepath.Join(bin, name)) // a bare name would be looked for in $PATH
	if name == floorName {
		program, err = os.Executable()
	}
	if err != nil {
		return nil, err
	}
	c := &child{name: name, cmd: exec.CommandContext(ctx, program, servers[name].args...), ended: make(chan struct{})}
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = startTimeout
	c.cmd.Stderr = os.Stderr
	c.cmd.Env = withoutSettings(os.Environ())
	// An interrupt at the keyboard is for this process to pass on.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	go func() {
		defer close(c.ended)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if i := strings.Index(lines.Text(), "http://"); i >= 0 && len(c.urls) < servers[name].urls {
				address, _, _ := strings.Cut(lines.Text()[i:], " ")
				if c.urls = append(c.urls, address); len(c.urls) == servers[name].urls {
					close(ready)
				}
			}
		}
		_ = c.cmd.Wait()
	}()
	select {
	case <-ready:
		return c, nil
	case <-c.ended:
		return nil, fmt.Errorf("%s ended before it served", name)
	case <-time.After(startTimeout):
	}
	c.stop()
	return nil, fmt.Errorf("%s did not say where it serves", name)
}

// withoutSettings leaves the variables that set a server's flags, or Go's
// collector of garbage, out of an environment: what is measured is the servers as
// they are.
func withoutSettings(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return strings.HasPrefix(name, "EPHEMERAL_") || strings.HasPrefix(name, "PHXLAB_") || name == "GOGC" || name == "GOMEMLIMIT"
	})
}

// stop ends the server. What it has to say to its clients does not matter any
// more.
func (c *child) stop() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// target is a socket of the server.
func (c *child) target(mount string) (target, error) {
	site, err := url.Parse(c.urls[0])
	if err != nil {
		return target{}, err
	}
	site.Scheme = "ws"
	site.Path = mount
	o := options{url: site.String(), pid: c.cmd.Process.Pid, bare: c.name == floorName}
	if len(c.urls) > 1 {
		o.pprof = c.urls[1]
	}
	t, err := o.target()
	if err != nil {
		return target{}, errors.Join(fmt.Errorf("%s cannot be measured", c.name), err)
	}
	t.name = c.name
	return t, nil
}
