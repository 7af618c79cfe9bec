package channels

// holders are the have channels of one page, in a slice that a draw without replacement keeps in three parts:
//
//	[0:barred)      never asked again: what they have is too large
//	[barred:asked)  asked in the present flight
//	[asked:]        may be drawn
//
// Every operation is O(1).
type holders struct {
	list          []*holder
	barred, asked int
}

func (s *holders) len() int { return len(s.list) }

// useful counts those that may be asked, now or in another flight.
func (s *holders) useful() int { return len(s.list) - s.barred }

func (s *holders) add(h *holder) {
	h.at = len(s.list)
	s.list = append(s.list, h)
}

// draw takes one of those that may be drawn, each with the same chance; nil if there is none. intn returns a number
// from 0 to n-1.
func (s *holders) draw(intn func(n int) int) *holder {
	left := len(s.list) - s.asked
	if left == 0 {
		return nil
	}
	h := s.list[s.asked+intn(left)]
	s.swap(h.at, s.asked)
	s.asked++
	return h
}

// land ends a flight: whoever is not barred may be drawn again.
func (s *holders) land() { s.asked = s.barred }

func (s *holders) bar(h *holder) {
	if h.at < s.barred {
		return
	}
	if h.at >= s.asked {
		s.swap(h.at, s.asked)
		s.asked++
	}
	s.swap(h.at, s.barred)
	s.barred++
}

// remove takes h out by moving it up through the parts to the end.
func (s *holders) remove(h *holder) {
	if h.at < s.barred {
		s.barred--
		s.swap(h.at, s.barred)
	}
	if h.at < s.asked {
		s.asked--
		s.swap(h.at, s.asked)
	}
	end := len(s.list) - 1
	s.swap(h.at, end)
	s.list[end], h.at = nil, -1
	s.list = shrunk(s.list[:end])
}

func (s *holders) swap(i, j int) {
	s.list[i], s.list[j] = s.list[j], s.list[i]
	s.list[i].at, s.list[j].at = i, j
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
