package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// longPoll is the link over long polling, as phoenix.js 1.8 does it (PROTOCOL.md §5, §7.3): GETs that wait for messages,
// one after another, and POSTs, one at a time.
type longPoll struct {
	client *Client
	http   httpClient
	url    string // with all parameters but the token
	header http.Header
	limit  int64 // bytes of an answer

	ctx    context.Context
	cancel context.CancelFunc
	token  string

	messages []jsontext.Value // that came and were not received yet
	received atomic.Uint64
}

// requestTimeout is how long any request may take. A poll's window is 10 s as a rule.
const requestTimeout = 20 * time.Second

var errRequestTimeout = fmt.Errorf("client: a long-poll request was not answered within %v", requestTimeout)

// A pollAnswer is the body of every answer of the server.
type pollAnswer struct {
	Status   int              `json:"status"`
	Token    string           `json:"token"`
	Messages []jsontext.Value `json:"messages"`
}

// The statuses of answers.
const (
	pollMessages = 200
	pollNothing  = 204
	pollGone     = 410 // there is no such session; of the first GET: there is a new one
)

// A SessionError tells that a long-poll session has ended: the server answered a request with a status other than it
// should. 410 is what it says when it has forgotten the session, after a restart for example. OnState is told it.
type SessionError struct{ Status int }

func (e *SessionError) Error() string {
	if e.Status == pollGone {
		return "client: the server knows nothing of the long-poll session any more (410)"
	}
	return fmt.Sprintf("client: the server answered a long-poll request with status %d", e.Status)
}

// dialLongPoll opens a session.
func (c *Client) dialLongPoll(ctx context.Context, h Handshake) (link, error) {
	l := &longPoll{
		client: c, http: c.http, url: c.mount.url("longpoll", h.Params, c.codec.version()), header: h.Header.Clone(),
		limit: 2*c.options.MaxMessageSize + 4<<20, // messages are quoted, and the server's queue has more than one
	}
	if l.header == nil {
		l.header = make(http.Header)
	}
	if h.AuthToken != "" {
		l.header.Set(authTokenHeader, h.AuthToken)
	}
	opened, err := l.get(ctx)
	if status, ok := errors.AsType[httpStatus](err); ok {
		return nil, &HandshakeError{Transport: LongPoll.String(), Status: int(status)}
	}
	if err != nil {
		return nil, &HandshakeError{Transport: LongPoll.String(), Err: err}
	}
	if opened.Status != pollGone || opened.Token == "" {
		return nil, &HandshakeError{Transport: LongPoll.String(), Status: opened.Status}
	}
	l.token = opened.Token
	l.header.Del(authTokenHeader)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l, nil
}

// receive returns the next message. Messages are strings; servers of Phoenix before 1.4 send the objects themselves.
func (l *longPoll) receive() ([]byte, bool, error) {
	for len(l.messages) == 0 {
		a, err := l.get(l.ctx)
		if err != nil {
			return nil, false, err
		}
		if a.Status != pollMessages && a.Status != pollNothing {
			return nil, false, &SessionError{a.Status}
		}
		l.messages = a.Messages
	}
	message := l.messages[0]
	l.messages = l.messages[1:]
	if message.Kind() != '"' {
		return message, false, nil
	}
	text, err := jsontext.AppendUnquote(nil, message)
	return text, false, err
}

// get makes one GET.
func (l *longPoll) get(ctx context.Context) (pollAnswer, error) {
	address := l.url
	if l.token != "" {
		address += "&token=" + url.QueryEscape(l.token)
	}
	return l.request(ctx, http.MethodGet, address, nil, func(h http.Header) { h.Set("Accept", "application/json") })
}

// httpStatus is an answer that is none of the protocol's.
type httpStatus int

func (s httpStatus) Error() string { return fmt.Sprintf("HTTP status %d", int(s)) }

// request makes a request and reads its answer.
func (l *longPoll) request(ctx context.Context, method, address string, body io.Reader, headers func(http.Header)) (a pollAnswer, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, requestTimeout, errRequestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return a, err
	}
	request.Header = l.header.Clone()
	headers(request.Header)
	response, err := l.http.Do(request)
	if err != nil {
		if context.Cause(ctx) == errRequestTimeout {
			err = errRequestTimeout
		}
		return a, withoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return a, httpStatus(response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, l.limit+1))
	l.received.Add(uint64(len(text)))
	if err != nil {
		return a, err
	}
	if int64(len(text)) > l.limit {
		return a, fmt.Errorf("client: a long-poll answer is longer than %d bytes", l.limit)
	}
	if err := json.Unmarshal(text, &a, jsontext.AllowDuplicateNames(true)); err != nil {
		return a, fmt.Errorf("client: a long-poll answer is not what it should be: %w", err)
	}
	return a, nil
}

// withoutURL takes the URL out of an error, which has the token and perhaps secrets of the application in it.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// close is all there is to the end of a session: the server forgets what is not polled.
func (l *longPoll) close() { l.cancel() }

func (l *longPoll) cut() { l.cancel() }

func (l *longPoll) progress() uint64 { return l.received.Load() }

func (l *longPoll) polls() bool { return true }
