package channels

import "iter"

// holders are the have channels of one page. Every operation is O(1), but for going through all.
type holders struct {
	prompt pool // whoever has not failed to answer in time
	late   pool // whoever did, and has not answered since: a frozen tab, most likely
	barred pool // whoever's content is too large: never asked again

	tabs tabs[*holder]
}

func (s *holders) len() int { return len(s.prompt.list) + len(s.late.list) + len(s.barred.list) }

// useful counts those that may be asked, now or in another flight.
func (s *holders) useful() int { return s.len() - len(s.barred.list) }

func (s *holders) all() iter.Seq[*holder] {
	return func(yield func(*holder) bool) {
		for _, p := range [...]*pool{&s.prompt, &s.late, &s.barred} {
			for _, h := range p.list {
				if !yield(h) {
					return
				}
			}
		}
	}
}

// any returns one of them, nil if there is none.
func (s *holders) any() *holder {
	for h := range s.all() {
		return h
	}
	return nil
}

func (s *holders) add(h *holder) {
	s.prompt.add(h)
	s.tabs.add(h.tab.token, h)
}

func (s *holders) remove(h *holder) {
	h.pool.remove(h)
	s.tabs.remove(h.tab.token, h)
}

// draw takes one that was not drawn in this flight, nil if all were. Each of those that answer has the same chance; the
// others come after them, each with the same chance again. intn returns a number from 0 to n-1.
//
// Were the late ones drawn like everybody else, each frozen tab would cost each visitor 1.5 s. So it costs the first
// visitor that.
func (s *holders) draw(intn func(n int) int) *holder {
	if h := s.prompt.draw(intn); h != nil {
		return h
	}
	return s.late.draw(intn)
}

// land ends a flight: all may be drawn again.
func (s *holders) land() { s.prompt.drawn, s.late.drawn = 0, 0 }

func (s *holders) bar(h *holder)     { s.move(h, &s.barred) }
func (s *holders) restore(h *holder) { s.move(h, &s.prompt) }

// lapse makes h one of the late, unless it is barred: only right content undoes that.
func (s *holders) lapse(h *holder) {
	if h.pool != &s.barred {
		s.move(h, &s.late)
	}
}

// move puts h into another pool; whether it was drawn stays with it.
func (s *holders) move(h *holder, to *pool) {
	if h.pool == to {
		return
	}
	drawn := h.at < h.pool.drawn
	h.pool.remove(h)
	to.add(h)
	if drawn {
		to.take(h)
	}
}

// A pool is a slice that draws without replacement keep in two parts: [0:drawn) was drawn in the present flight,
// [drawn:] was not.
type pool struct {
	list  []*holder
	drawn int
}

func (p *pool) add(h *holder) {
	h.pool, h.at = p, len(p.list)
	p.list = append(p.list, h)
}

func (p *pool) draw(intn func(n int) int) *holder {
	left := len(p.list) - p.drawn
	if left == 0 {
		return nil
	}
	h := p.list[p.drawn+intn(left)]
	p.take(h)
	return h
}

// take moves h to those that were drawn.
func (p *pool) take(h *holder) {
	p.swap(h.at, p.drawn)
	p.drawn++
}

// remove takes h out by moving it up to the end.
func (p *pool) remove(h *holder) {
	if h.at < p.drawn {
		p.drawn--
		p.swap(h.at, p.drawn)
	}
	end := len(p.list) - 1
	p.swap(h.at, end)
	p.list[end], h.pool, h.at = nil, nil, -1
	p.list = shrunk(p.list[:end])
}

func (p *pool) swap(i, j int) {
	p.list[i], p.list[j] = p.list[j], p.list[i]
	p.list[i].at, p.list[j].at = i, j
}

// shrunk gives memory back after a crowd has gone: it moves the list to an array of half the size if three quarters are
// unused, so seldom that it costs each removal O(1).
func shrunk[T any](list []T) []T {
	const small = 64
	if c := cap(list); c > small && len(list) < c/4 {
		return append(make([]T, 0, c/2), list...)
	}
	return list
}
