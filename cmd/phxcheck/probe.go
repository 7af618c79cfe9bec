package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// mounts says what the server answers at.
type mounts struct{ websocket, longpoll bool }

// probe finds out whether there is something to check, so that a wrong address
// is one sentence and not hundreds of failures.
func (o *options) probe(ctx context.Context) (mounts, error) {
	if !o.basic {
		found, err := o.answers(ctx, "/lab/websocket")
		if err == nil && !found {
			err = fmt.Errorf("%s does not mount the laboratory: GET /lab/websocket is answered 404 (protocol/conformance/LAB.md tells how to mount it; --basic checks a server without it)", o.url)
		}
		return mounts{true, true}, err
	}
	var m mounts
	var err error
	if m.websocket, err = o.answers(ctx, "/websocket"); err != nil {
		return m, err
	}
	if m.longpoll, err = o.answers(ctx, "/longpoll"); err != nil {
		return m, err
	}
	if !m.websocket && !m.longpoll {
		return m, fmt.Errorf("nothing is mounted at %s: GET %s/websocket and %[2]s/longpoll are answered 404 (URL is what clients give to \"new Socket\", without /websocket)", o.url, o.path())
	}
	return m, nil
}

// path is the path of the mount.
func (o *options) path() string {
	u, err := url.Parse(o.base)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// answers reports whether a path is anything but 404.
func (o *options) answers(ctx context.Context, path string) (bool, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("no answer came within %v", o.timeout))
	defer cancel()
	client := http.Client{
		Transport:     &http.Transport{TLSClientConfig: o.tls(), DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, o.base+path+"?"+o.probeQuery(), nil)
	if err != nil {
		return false, fmt.Errorf("cannot use the address %q: %w", o.url, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return false, fmt.Errorf("cannot reach %s: %w", o.url, plain(ctx, err))
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return false, fmt.Errorf("cannot reach %s: %w", o.url, plain(ctx, err))
	}
	if to := response.Header.Get("Location"); response.StatusCode >= 300 && response.StatusCode < 400 && to != "" {
		return false, fmt.Errorf("%s redirects to %s: give that server's address", o.url, to)
	}
	return response.StatusCode != http.StatusNotFound, nil
}

func (o *options) probeQuery() string {
	if o.params == "" {
		return "vsn=2.0.0"
	}
	return o.params + "&vsn=2.0.0"
}

// plain is what went wrong without the request around it.
func plain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// skipUnmounted marks the cases of a transport that the server does not offer
// and that nobody asked for by name.
func (o *options) skipUnmounted(cases []*testCase, m mounts) {
	if len(o.needs) > 0 {
		return
	}
	for _, c := range cases {
		for _, n := range needs(c.Transcript) {
			switch {
			case n == "websocket" && !m.websocket:
				c.skip = "WebSocket is not mounted"
			case n == "longpoll" && !m.longpoll:
				c.skip = "long polling is not mounted"
			}
		}
	}
}
