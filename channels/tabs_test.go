package channels

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestTabsAgainstAModel runs random operations, some of them with crowds, for what is kept shrinks with what is there.
func TestTabsAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s tabs[*holder]
		model := map[string]*holder{}
		add := func(token string) {
			h := new(holder)
			s.add(token, h)
			if token != "" {
				model[token] = h
			}
		}
		remove := func(token string, h *holder) {
			s.remove(token, h)
			if h != nil && model[token] == h {
				delete(model, token)
			}
		}
		tokens := rapid.SampledFrom([]string{"", "0", "1", "2", "299"})
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) { add(tokens.Draw(t, "token")) },
			"remove": func(t *rapid.T) {
				token := tokens.Draw(t, "token")
				remove(token, model[token])
			},
			"remove who was replaced": func(t *rapid.T) { remove(tokens.Draw(t, "token"), new(holder)) },
			"a crowd comes": func(t *rapid.T) {
				for i := range rapid.IntRange(1, 300).Draw(t, "number") {
					add(fmt.Sprint(i))
				}
			},
			"a crowd goes": func(t *rapid.T) {
				for i := range rapid.IntRange(1, 300).Draw(t, "number") {
					remove(fmt.Sprint(i), model[fmt.Sprint(i)])
				}
			},
			"": func(t *rapid.T) {
				if len(s.members) != len(model) || s.of("") != nil || s.of("300") != nil {
					t.Fatalf("%d are known, there are %d", len(s.members), len(model))
				}
				for token, h := range model {
					if s.of(token) != h {
						t.Fatalf("with the token %s is found %p, want %p", token, s.of(token), h)
					}
				}
				if s.most > 64 && len(model) < s.most/4 || len(model) == 0 && s.members != nil {
					t.Fatalf("room for %d is kept for %d", s.most, len(model))
				}
			},
		})
	})
}
