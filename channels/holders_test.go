package channels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestHoldersAgainstAModel runs random operations: who is there, in which pool, and who was drawn.
func TestHoldersAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type status struct {
			pool  *pool
			drawn bool
		}
		var (
			s     holders
			model = map[*holder]status{}
			all   []*holder // in the order of their coming, so that a failure can be repeated
		)
		undrawn := func(p *pool) (n int) {
			for _, m := range model {
				if m.pool == p && !m.drawn {
					n++
				}
			}
			return n
		}
		move := func(do func(*holder), to *pool) func(t *rapid.T) {
			return func(t *rapid.T) {
				if len(all) > 0 {
					h := rapid.SampledFrom(all).Draw(t, "moved")
					do(h)
					if m := model[h]; m.pool != &s.barred || to != &s.late { // whoever is barred does not lapse
						model[h] = status{to, m.drawn}
					}
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				h := new(holder)
				s.add(h)
				model[h] = status{pool: &s.prompt}
				all = append(all, h)
			},
			"remove": func(t *rapid.T) {
				if len(all) == 0 {
					return
				}
				h := rapid.SampledFrom(all).Draw(t, "removed")
				s.remove(h)
				delete(model, h)
				all = slices.DeleteFunc(all, func(x *holder) bool { return x == h })
				if h.pool != nil {
					t.Fatal("a removed holder believes to be there")
				}
			},
			"bar":     move(s.bar, &s.barred),
			"lapse":   move(s.lapse, &s.late),
			"restore": move(s.restore, &s.prompt),
			"draw": func(t *rapid.T) {
				from := &s.prompt
				if undrawn(from) == 0 {
					from = &s.late
				}
				left := undrawn(from)
				h := s.draw(func(n int) int {
					if n != left {
						t.Fatalf("drawn from %d, want %d", n, left)
					}
					return rapid.IntRange(0, n-1).Draw(t, "drawn")
				})
				switch {
				case left == 0 && h != nil, left > 0 && (h == nil || model[h] != status{pool: from}):
					t.Fatalf("drawn: %+v of %d", h, left)
				case h != nil:
					model[h] = status{from, true}
				}
			},
			"land": func(t *rapid.T) {
				s.land()
				for h, m := range model {
					if m.pool != &s.barred {
						model[h] = status{pool: m.pool}
					}
				}
			},
			"": func(t *rapid.T) {
				n, useful := 0, 0
				for h := range s.all() {
					m, ok := model[h]
					if !ok || h.pool != m.pool || h.pool.list[h.at] != h || (h.at < h.pool.drawn) != m.drawn {
						t.Fatalf("holder %d is at %d of %+v, want %+v", n, h.at, h.pool, m)
					}
					if n++; m.pool != &s.barred {
						useful++
					}
				}
				if n != len(model) || s.len() != n || s.useful() != useful || (s.any() != nil) != (n > 0) {
					t.Fatalf("%d holders, %d by their number, %d useful, want %d and %d", n, s.len(), s.useful(), len(model), useful)
				}
			},
		})
	})
}

func TestMemoryComesBackAfterACrowd(t *testing.T) {
	var s holders
	var crowd []*holder
	for range 10_000 {
		h := &holder{}
		crowd = append(crowd, h)
		s.add(h)
	}
	for _, h := range crowd[10:] {
		s.remove(h)
	}
	if c := cap(s.prompt.list); c > 128 {
		t.Errorf("room for %d holders is kept for %d", c, s.len())
	}
}

// deviation is how far a count may be from its expectation before chance is no explanation: with n trials of
// probability p, by Hoeffding's inequality a deviation of more than n·ε has a probability below 2·exp(-2nε²), and this
// is nε for 1e-12, so that even a thousand such bounds together fail less often than once in 1e9 runs. (The seeds are
// fixed: they fail always or never. The bound says how likely a right program is to be on the wrong side.)
func deviation(n int) float64 { return math.Sqrt(float64(n) * math.Log(2/1e-12) / 2) }

// TestTheDrawIsUniform checks each place of the order in which a flight asks: every holder must be as likely in each.
func TestTheDrawIsUniform(t *testing.T) {
	const rounds = 50_000
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 5, 10} {
		var s holders
		for range n {
			s.add(&holder{})
		}
		names := map[*holder]int{}
		for h := range s.all() {
			names[h] = len(names)
		}
		seen := make([][]int, n) // by place, by holder
		for place := range seen {
			seen[place] = make([]int, n)
		}
		for range rounds {
			for place := range n {
				seen[place][names[s.draw(random.IntN)]]++
			}
			if s.draw(random.IntN) != nil {
				t.Fatal("more were drawn than there are")
			}
			s.land()
		}
		for place, counts := range seen {
			for who, got := range counts {
				if want := rounds / float64(n); math.Abs(float64(got)-want) > deviation(rounds) {
					t.Errorf("n=%d: holder %d came in place %d %d times, want about %.0f", n, who, place, got, want)
				}
			}
		}
	}
}
