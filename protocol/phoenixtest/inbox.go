package phoenixtest

import (
	"slices"
	"sync"
	"time"
)

// An inbox is what has come and was not expected yet.
type inbox struct {
	mu       sync.Mutex
	messages []Message
	code     int           // with which the server closed the connection
	news     chan struct{} // closed when there are some; made when somebody waits
}

func (b *inbox) put(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
	b.tell()
}

// close notes the close code, and reports whether it is the first.
func (b *inbox) close(code int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.code != 0 {
		return false
	}
	b.code = code
	b.tell()
	return true
}

func (b *inbox) tell() {
	if b.news != nil {
		close(b.news)
		b.news = nil
	}
}

// await takes out the first message that is wanted, and waits for it.
func (b *inbox) await(wait time.Duration, wanted func(Message) bool) (m Message, ok bool) {
	b.until(wait, func() bool {
		i := slices.IndexFunc(b.messages, wanted)
		if ok = i >= 0; ok {
			m = b.messages[i]
			b.messages = slices.Delete(b.messages, i, i+1)
		}
		return ok
	})
	return m, ok
}

// awaitClose returns the close code, 0 if none comes.
func (b *inbox) awaitClose(wait time.Duration) (code int) {
	b.until(wait, func() bool {
		code = b.code
		return code != 0
	})
	return code
}

// until asks, under the lock, whether what is waited for has come, again with all
// that comes, until it has or the time is over.
func (b *inbox) until(wait time.Duration, come func() bool) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		b.mu.Lock()
		if come() {
			b.mu.Unlock()
			return
		}
		if b.news == nil {
			b.news = make(chan struct{})
		}
		news := b.news
		b.mu.Unlock()
		select {
		case <-news:
		case <-timer.C:
			return
		}
	}
}

func (b *inbox) takeAll() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.messages
	b.messages = nil
	return all
}

func (b *inbox) all() []Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.messages)
}
