package main

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// visitor is a client that waits for a page.
type visitor struct {
	*client
	page  content
	speak dialect
	part  int // bytes of a part; 0: the page comes whole
}

// visit joins, asks, and waits for the page.
func (v *visitor) visit(ctx context.Context) error {
	if err := v.enter(); err != nil {
		return err
	}
	if v.speak == original && !v.bare {
		stop, err := v.keepAsking(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	return v.see()
}

// enter joins. Whoever opts in has asked by that.
func (v *visitor) enter() error {
	if v.bare {
		return nil
	}
	response, err := v.joinWith(v.page.want(), v.speak.payload())
	if err != nil {
		return err
	}
	w, err := v.speak.welcomed(response, len(v.page.text))
	v.part = w.Part
	return err
}

// askEvery is how often the original's page asks.
const askEvery = 2 * time.Second

// keepAsking asks now, and then again and again until stop is called.
func (v *visitor) keepAsking(ctx context.Context) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	if err := v.ask(); err != nil {
		cancel()
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for pause(ctx, askEvery) == nil && v.ask() == nil {
		}
	}()
	return func() { cancel(); <-done }, nil
}

// ask asks for the page. Another goroutine may be reading.
func (v *visitor) ask() error {
	return v.send(encode(joinRef, aside, v.page.want(), "content_request", fmt.Appendf(nil, `{"hash":"%s"}`, v.page.hash)))
}

// see waits for the page, in whatever form it comes, and compares it as it
// arrives.
func (v *visitor) see() error {
	for arrived := 0; ; {
		m, err := v.receive()
		if err != nil {
			if arrived > 0 {
				err = fmt.Errorf("after %d bytes of a page: %w", arrived, err)
			}
			return err
		}
		switch topic := v.page.want(); {
		case m.is("content", topic) && arrived == 0:
			return v.whole(m)
		case m.is("part", topic) && v.part > 0:
			if arrived, err = v.next(m, arrived); err != nil || arrived == len(v.page.text) {
				return err
			}
		case v.speak == ours && (m.is("state", topic) || m.is("progress", topic)):
		default:
			return fmt.Errorf("instead of a page came %v", m)
		}
	}
}

// whole compares a page that came in one message.
func (v *visitor) whole(m message) error {
	skip, texts := m.start, [][]byte{v.page.text}
	if !m.binary {
		begin := []byte(`"content":"`)
		at := bytes.Index(m.payload, begin)
		if at < 0 {
			return fmt.Errorf("a page without content: %v", m)
		}
		skip += at + len(begin)
		texts = append(texts, []byte(`"}]`))
	}
	return v.compare(m, skip, texts...)
}

func (v *visitor) compare(m message, skip int, texts ...[]byte) error {
	size := int64(skip)
	for _, text := range texts {
		size += int64(len(text))
	}
	if m.size != size {
		return fmt.Errorf("a page of %d bytes came as a message of %d, not of %d", len(v.page.text), m.size, size)
	}
	if err := v.matches(skip, texts...); err != nil {
		return fmt.Errorf("a page came with other content: %w", err)
	}
	return nil
}

// next compares a part, which must begin where the last one ended, acknowledges
// it, and returns how much of the page has arrived.
func (v *visitor) next(m message, arrived int) (int, error) {
	total := len(v.page.text)
	size := min(v.part, total-arrived)
	if at, of, ok := parsePartHeader(m.payload); !m.binary || !ok || at != arrived || of != total {
		return 0, fmt.Errorf("instead of the bytes from %d on of %d came a part from %d on of %d", arrived, total, at, of)
	}
	if err := v.compare(m, m.start+partHeader, v.page.text[arrived:arrived+size]); err != nil {
		return 0, err
	}
	arrived += size
	_, err := v.push(v.page.want(), "got", fmt.Appendf(nil, `{"bytes":%d}`, arrived))
	return arrived, err
}

// The refs of the heartbeats of sayGoodbye, and of those before it.
const (
	lastBeat ref = 1_000_000 + iota
	stillHere
)

// remain stays after the page has come. Nothing more may come than the replies to
// heartbeats, until that to sayGoodbye: no page a second time, and no end.
func (v *visitor) remain() error {
	for {
		m, err := v.receive()
		if err == nil && stillHere.is(m.ref) {
			if _, err = m.okTo(stillHere); err == nil {
				continue
			}
		}
		if err == nil {
			_, err = m.okTo(lastBeat)
		}
		if err != nil {
			err = fmt.Errorf("a visitor that was served and stayed: %w", err)
		}
		return err
	}
}

// beatAs sends a heartbeat. Another goroutine may be reading.
func (v *visitor) beatAs(r ref) error {
	return v.send(encode(0, r, "phoenix", "heartbeat", empty))
}

// sayGoodbye sends the heartbeat that remain ends with.
func (v *visitor) sayGoodbye() error { return v.beatAs(lastBeat) }
