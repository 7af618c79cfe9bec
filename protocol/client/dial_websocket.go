package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// webSocket is the link over a WebSocket. All that the package asks of the library is in this file.
type webSocket struct {
	conn     *websocket.Conn
	net      net.Conn  // under it, below TLS; nil if the HTTP client does not tell
	body     io.Closer // the same, as the HTTP client gave it to the library
	received atomic.Uint64
}

// noting is an HTTP client's transport that notes what the library is given.
type noting struct {
	http.RoundTripper
	link *webSocket
}

func (n noting) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := n.RoundTripper.RoundTrip(r)
	if err == nil {
		n.link.body = response.Body
	}
	return response, err
}

func (c *Client) dialWebSocket(ctx context.Context, h Handshake) (link, error) {
	l := new(webSocket)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		l.net = got.Conn
		if secured, ok := got.Conn.(*tls.Conn); ok {
			l.net = secured.NetConn() // whose Close does not wait for a farewell
		}
	}})
	client := *c.http.Client
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = noting{client.Transport, l}
	conn, response, err := websocket.Dial(ctx, c.mount.url("websocket", h.Params, c.codec.version()), &websocket.DialOptions{
		HTTPClient:   &client,
		HTTPHeader:   h.Header,
		Subprotocols: h.subprotocols(),
	})
	if err != nil {
		failed := &HandshakeError{Transport: WebSocket.String(), Err: err}
		if response != nil {
			failed.Status = response.StatusCode
			if failed.Refused() {
				failed.Err = nil // says the same in other words
			}
		}
		return nil, failed
	}
	conn.SetReadLimit(c.options.MaxMessageSize)
	l.conn = conn
	return l, nil
}

func (l *webSocket) receive() ([]byte, bool, error) {
	// The library arms no timer for a context without an end. cut is what ends a read.
	kind, r, err := l.conn.Reader(context.Background())
	if err == nil {
		var data []byte
		if data, err = l.readAll(r); err == nil {
			return data, kind == websocket.MessageBinary, nil
		}
	}
	_ = l.conn.CloseNow() // gives back what the library holds
	if closed, ok := errors.AsType[websocket.CloseError](err); ok {
		err = &CloseError{Code: int(closed.Code), Reason: closed.Reason}
	}
	return nil, false, err
}

// readAll is io.ReadAll, and counts.
func (l *webSocket) readAll(r io.Reader) ([]byte, error) {
	data := make([]byte, 0, 512)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		l.received.Add(uint64(n))
		data = data[:len(data)+n]
		switch {
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

func (l *webSocket) send(batch []outgoing) error {
	for _, m := range batch {
		kind := websocket.MessageText
		if m.binary {
			kind = websocket.MessageBinary
		}
		if err := l.conn.Write(context.Background(), kind, m.data); err != nil {
			return err
		}
	}
	return nil
}

// closeTimeout is how long a server may take to answer the close frame. The library's own patience is longer.
const closeTimeout = time.Second

func (l *webSocket) close() {
	timer := time.AfterFunc(closeTimeout, l.cut)
	defer timer.Stop()
	_ = l.conn.Close(websocket.StatusNormalClosure, "")
}

// cut closes what is under the library, which itself may wait for the server without end, or for 15 s.
func (l *webSocket) cut() {
	if l.net != nil {
		_ = l.net.Close()
		return
	}
	go l.body.Close() // may say farewell first, which TLS does
}

func (l *webSocket) progress() uint64 { return l.received.Load() }

func (l *webSocket) polls() bool { return false }
