package channels

import "sync/atomic"

// A budget bounds the bytes of all contents that are under way in parts, on all pages: those that arrive and those that
// are being delivered. Whoever takes some gives them back.
type budget struct {
	limit    int64
	used     atomic.Int64
	observer Observer
}

// take reports whether there is room for n bytes more, which are the caller's then.
func (b *budget) take(n int) bool {
	for {
		used := b.used.Load()
		if used+int64(n) > b.limit {
			return false
		}
		if b.used.CompareAndSwap(used, used+int64(n)) {
			b.observer.UnderWay(n)
			return true
		}
	}
}

func (b *budget) give(n int) {
	if n != 0 {
		b.used.Add(int64(-n))
		b.observer.UnderWay(-n)
	}
}

// has reports whether take would succeed at this moment.
func (b *budget) has(n int) bool { return b.used.Load()+int64(n) <= b.limit }
