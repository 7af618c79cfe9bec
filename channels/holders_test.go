package channels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestHoldersAreASet runs random operations against a model: who is there, who is barred, who was drawn.
func TestHoldersAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			s     holders
			model = map[*holder]string{} // "", "asked", "barred"
			all   []*holder              // in the order of their coming, so that a failure can be repeated
		)
		some := func(label string) *holder { return rapid.SampledFrom(all).Draw(t, label) }
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				h := &holder{at: -1}
				s.add(h)
				model[h] = ""
				all = append(all, h)
			},
			"remove": func(t *rapid.T) {
				if len(all) == 0 {
					return
				}
				h := some("removed")
				s.remove(h)
				delete(model, h)
				all = slices.DeleteFunc(all, func(x *holder) bool { return x == h })
				if h.at != -1 {
					t.Fatal("a removed holder believes to be there")
				}
			},
			"bar": func(t *rapid.T) {
				if len(all) > 0 {
					h := some("barred")
					s.bar(h)
					model[h] = "barred"
				}
			},
			"draw": func(t *rapid.T) {
				left := 0
				for _, m := range model {
					if m == "" {
						left++
					}
				}
				h := s.draw(func(n int) int {
					if n != left {
						t.Fatalf("drawn from %d, want %d", n, left)
					}
					return rapid.IntRange(0, n-1).Draw(t, "drawn")
				})
				if (h != nil) != (left > 0) || h != nil && model[h] != "" {
					t.Fatalf("drawn: %v of %d", h, left)
				}
				if h != nil {
					model[h] = "asked"
				}
			},
			"land": func(t *rapid.T) {
				s.land()
				for h, m := range model {
					if m == "asked" {
						model[h] = ""
					}
				}
			},
			"": func(t *rapid.T) {
				if s.len() != len(model) {
					t.Fatalf("%d holders, want %d", s.len(), len(model))
				}
				useful := 0
				for i, h := range s.list {
					m, ok := model[h]
					if !ok || h.at != i || (i < s.barred) != (m == "barred") || (i < s.asked) != (m != "") {
						t.Fatalf("holder %d of %d (barred %d, asked %d) is %q at %d", i, s.len(), s.barred, s.asked, m, h.at)
					}
					if m != "barred" {
						useful++
					}
				}
				if s.useful() != useful {
					t.Fatalf("%d useful holders, want %d", s.useful(), useful)
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
	if c := cap(s.list); c > 128 {
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
		for i, h := range s.list {
			names[h] = i
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
