package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// client is a WebSocket connection that speaks the Phoenix Channels protocol,
// version 2. It is one goroutine's.
type client struct {
	*wire
	bare bool // the server sends back what it is sent, and knows no protocol
	refs ref
}

// message is a frame [join_ref, ref, topic, event, payload], taken apart but
// not decoded: refs and payload are JSON text, topic and event what stands
// between the quotes. Payload may be cut, if the frame was not whole. It is valid
// until the next message is asked for.
type message struct {
	joinRef, ref, topic, event, payload []byte

	binary bool  // payload is bytes, not JSON
	start  int   // where payload begins in the frame
	size   int64 // of the frame
}

// is reports whether the message is an event of a topic.
func (m message) is(event, topic string) bool {
	return string(m.event) == event && string(m.topic) == topic
}

func (m message) String() string {
	if m.binary {
		return fmt.Sprintf("%s on %s with %d bytes", m.event, m.topic, m.size-int64(m.start))
	}
	return fmt.Sprintf("%s on %s: %.100s", m.event, m.topic, m.payload)
}

var errNoMessage = errors.New("not a message of protocol version 2")

// parseMessage takes a frame apart.
func parseMessage(text []byte, whole bool) (m message, err error) {
	rest, ok := bytes.CutPrefix(text, []byte("["))
	for _, part := range []*[]byte{&m.joinRef, &m.ref, &m.topic, &m.event} {
		if ok {
			*part, rest, ok = cutValue(rest)
		}
	}
	m.start = len(text) - len(rest)
	if ok && whole {
		rest, ok = bytes.CutSuffix(rest, []byte("]"))
	}
	if !ok {
		return message{}, fmt.Errorf("%w: %.100s", errNoMessage, text)
	}
	m.topic, m.event, m.payload = bytes.Trim(m.topic, `"`), bytes.Trim(m.event, `"`), rest
	return m, nil
}

// cutValue cuts a string, a number or null off, and the comma behind it.
func cutValue(b []byte) (value, rest []byte, ok bool) {
	end := 0
	if len(b) > 0 && b[0] == '"' {
		for end = 1; end < len(b) && b[end] != '"'; end++ {
			if b[end] == '\\' {
				end++
			}
		}
		end++
	}
	comma := bytes.IndexByte(b[min(end, len(b)):], ',')
	if comma < 0 {
		return nil, nil, false
	}
	end += comma
	return b[:end], b[end+1:], true
}

// ref is a join_ref or a ref as this client gives them out; 0 is null.
type ref int

func (r ref) append(b []byte) []byte {
	if r == 0 {
		return append(b, "null"...)
	}
	return append(strconv.AppendInt(append(b, '"'), int64(r), 10), '"')
}

// is reports whether JSON text is this ref.
func (r ref) is(text []byte) bool {
	var b [24]byte
	return bytes.Equal(r.append(b[:0]), text)
}

// encode writes a message.
func encode(joinRef, r ref, topic, event string, payload []byte) []byte {
	b := make([]byte, 0, len(topic)+len(event)+len(payload)+40)
	b = append(joinRef.append(append(b, '[')), ',')
	b = append(r.append(b), `,"`...)
	b = append(append(b, topic...), `","`...)
	b = append(append(b, event...), `",`...)
	return append(append(b, payload...), ']')
}

// joinRef is what every client joins its topics with.
const joinRef ref = 1

var empty = []byte("{}")

// push sends an event to a topic that was joined, and returns its ref.
func (c *client) push(topic, event string, payload []byte) (ref, error) {
	c.refs++
	return c.refs, c.send(encode(joinRef, c.refs, topic, event, payload))
}

// receive waits for a message.
func (c *client) receive() (message, error) {
	in, err := c.next()
	if err != nil {
		return message{}, err
	}
	parse := parseMessage
	if in.binary {
		parse = parseBinary
	}
	m, err := parse(in.head, in.whole())
	m.size = in.size
	return m, err
}

// reply waits for the reply to a message, which must be the next that comes and
// be ok, and returns its response.
func (c *client) reply(r ref) (response []byte, err error) {
	m, err := c.receive()
	if err != nil {
		return nil, err
	}
	return m.okTo(r)
}

// okTo is the response of a reply, which must be to that message, and ok.
func (m message) okTo(r ref) (response []byte, err error) {
	if string(m.event) != "phx_reply" || !r.is(m.ref) {
		return nil, fmt.Errorf("instead of the reply to %d came %v", r, m)
	}
	var reply struct {
		Status   string         `json:"status"`
		Response jsontext.Value `json:"response"`
	}
	if err := json.Unmarshal(m.payload, &reply); err != nil {
		return nil, fmt.Errorf("the reply %v: %w", m, err)
	}
	if reply.Status != "ok" {
		return nil, fmt.Errorf("the reply is %s: %s", reply.Status, reply.Response)
	}
	return reply.Response, nil
}

// join joins a topic; a bare server has none.
func (c *client) join(topic string) error {
	if c.bare {
		return nil
	}
	_, err := c.joinWith(topic, empty)
	return err
}

// joinWith joins a topic with a payload and returns the response.
func (c *client) joinWith(topic string, payload []byte) (response []byte, err error) {
	c.refs++
	if err := c.send(encode(joinRef, c.refs, topic, "phx_join", payload)); err != nil {
		return nil, err
	}
	if response, err = c.reply(c.refs); err != nil {
		return nil, fmt.Errorf("failed to join %s: %w", topic, err)
	}
	return response, nil
}

// echo has a payload sent back, and checks that it is the same.
func (c *client) echo(topic string, payload []byte) error {
	r, err := c.push(topic, "echo", payload)
	if err != nil {
		return err
	}
	if c.bare {
		return c.expect(encode(joinRef, r, topic, "echo", payload))
	}
	response, err := c.reply(r)
	if err == nil && !bytes.Equal(response, payload) {
		err = fmt.Errorf("sent %.100s, got %.100s", payload, response)
	}
	return err
}

// expect waits for a text, and for nothing else.
func (c *client) expect(text []byte) error {
	in, err := c.next()
	if err == nil && !bytes.Equal(in.head, text) {
		err = fmt.Errorf("instead of %.100s came %.100s", text, in.head)
	}
	return err
}

// beat sends a heartbeat and waits for its reply. Nothing may come before that:
// so it finds messages that came too often, too late or to the wrong client.
func (c *client) beat() error {
	if c.bare {
		return c.echo("phoenix", empty)
	}
	c.refs++
	if err := c.send(encode(0, c.refs, "phoenix", "heartbeat", empty)); err != nil {
		return err
	}
	_, err := c.reply(c.refs)
	return err
}
