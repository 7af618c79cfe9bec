package presence_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// A merger is a client that merges state and diffs by the rules of phoenix.js (PROTOCOL.md §6.3), told apart by phx_ref.
type merger struct {
	doubles bool // that of 1.3 and before: a meta that comes again is there twice
	state   view
	early   []mergedDiff // came before the state
	synced  bool
}

// A view is what a client knows: the metas of each key, in order.
type view map[string][]mergedMeta

type mergedMeta struct {
	Ref  string `json:"phx_ref"`
	Prev string `json:"phx_ref_prev"`
	N    int    `json:"n"`
}

type mergedEntry struct {
	Metas []mergedMeta `json:"metas"`
}

type mergedDiff struct {
	Joins, Leaves map[string]mergedEntry
}

func decoded[T any](t failer, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// onState replaces what is known and applies what came early.
func (c *merger) onState(t failer, text string) {
	c.state, c.synced = make(view), true
	for key, entry := range decoded[map[string]mergedEntry](t, text) {
		c.state[key] = entry.Metas
	}
	for _, d := range c.early {
		c.apply(d)
	}
	c.early = nil
}

func (c *merger) onDiff(t failer, text string) {
	d := decoded[mergedDiff](t, text)
	if !c.synced {
		c.early = append(c.early, d)
		return
	}
	c.apply(d)
}

// apply takes joins first: new metas behind those that are there, but for the same ones. Then leaves, by phx_ref.
func (c *merger) apply(d mergedDiff) {
	for key, entry := range d.Joins {
		there := slices.Clone(c.state[key])
		if !c.doubles {
			there = without(there, entry.Metas)
		}
		c.state[key] = append(there, entry.Metas...)
	}
	for key, entry := range d.Leaves {
		if _, ok := c.state[key]; !ok {
			continue
		}
		if c.state[key] = without(c.state[key], entry.Metas); len(c.state[key]) == 0 {
			delete(c.state, key)
		}
	}
}

func without(metas, gone []mergedMeta) []mergedMeta {
	return slices.DeleteFunc(slices.Clone(metas), func(m mergedMeta) bool {
		return slices.ContainsFunc(gone, func(g mergedMeta) bool { return g.Ref == m.Ref })
	})
}

// ordered is the view with the metas of a key in an order that depends on nothing.
func (v view) ordered() view {
	o := make(view, len(v))
	for key, metas := range v {
		o[key] = slices.SortedFunc(slices.Values(metas), func(a, b mergedMeta) int {
			return slices.Compare([]byte(a.Ref), []byte(b.Ref))
		})
	}
	return o
}

func viewOf(t failer, entries presence.Entries) view {
	t.Helper()
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatalf("%v", err)
	}
	v := make(view)
	for key, entry := range decoded[map[string]mergedEntry](t, string(text)) {
		v[key] = entry.Metas
	}
	return v
}

// Whatever happens on a topic, who merges the diffs from the beginning, or from a state on, knows what List returns: the
// order of metas too, as long as nothing is heard twice.
func TestMergeProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, presence.Options{})
		v := w.witness("room")
		owners := [4]*owner{{}, {}, {}, {}}
		keys := [3]string{"ann", "bob", "__proto__"}
		clients := []*merger{{state: make(view), synced: true}, {state: make(view), synced: true, doubles: true}}
		n := 0
		check := func() {
			want := viewOf(rt, w.List("room"))
			for _, d := range v.take() {
				for _, c := range clients {
					c.onDiff(rt, d)
				}
			}
			for i, c := range clients {
				if !reflect.DeepEqual(c.state, want) {
					rt.Fatalf("client %d knows\n\t%v\nList returns\n\t%v", i, c.state, want)
				}
			}
		}
		pick := func(rt *rapid.T) (*owner, string, map[string]int) {
			n++
			return owners[rapid.IntRange(0, 3).Draw(rt, "owner")], rapid.SampledFrom(keys[:]).Draw(rt, "key"), map[string]int{"n": n}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"":           func(*rapid.T) { check() },
			"track":      func(rt *rapid.T) { o, key, meta := pick(rt); _, _ = w.Track(o, "room", key, meta) },
			"update":     func(rt *rapid.T) { o, key, meta := pick(rt); _, _ = w.Update(o, "room", key, meta) },
			"untrack":    func(rt *rapid.T) { o, key, _ := pick(rt); w.Untrack(o, "room", key) },
			"untrackAll": func(rt *rapid.T) { o, _, _ := pick(rt); w.UntrackAll(o) },
			"end": func(rt *rapid.T) {
				i := rapid.IntRange(0, 3).Draw(rt, "owner")
				owners[i].end()
				owners[i] = new(owner)
			},
			"arrive": func(rt *rapid.T) {
				check()
				c := new(merger)
				c.onState(rt, jsonOf(t, w.List("room")))
				clients = append(clients, c)
			},
		})
		for _, o := range owners {
			o.end()
		}
		check()
		if topics, held := w.Held(); topics != 0 || held != 0 {
			rt.Fatalf("%d topics and %d owners are remembered although everybody has ended", topics, held)
		}
	})
}

// The same when everything happens at once: clients that arrive in the middle hear of some changes twice, by the state
// and by a diff, and agree with List in the end all the same.
func TestMergeUnderConcurrency(t *testing.T) {
	for name, o := range map[string]presence.Options{
		"without hooks": {},
		"with hooks":    {Fetch: func(string, presence.Entries) { runtime.Gosched() }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, o)
			var wg sync.WaitGroup
			owners := make([]*owner, 6)
			for i := range owners {
				owners[i] = new(owner)
				wg.Go(func() { churn(w, owners[i], 300) })
			}
			witnesses, states := make([]*witness, 20), make([]string, 20)
			wg.Go(func() {
				for i := range witnesses {
					witnesses[i] = w.witness("room") // a channel is subscribed before it lists
					states[i] = jsonOf(t, w.List("room"))
					runtime.Gosched()
				}
			})
			wg.Wait()
			w.settle()
			want := viewOf(t, w.List("room")).ordered()
			for i, v := range witnesses {
				c := new(merger)
				c.onState(t, states[i])
				for _, d := range v.take() {
					c.onDiff(t, d)
				}
				if got := c.state.ordered(); !reflect.DeepEqual(got, want) {
					t.Fatalf("client %d knows\n\t%v\nList returns\n\t%v", i, got, want)
				}
			}
			for _, o := range owners {
				wg.Go(o.end)
			}
			wg.Wait()
			w.settle()
			if topics, held := w.Held(); topics != 0 || held != 0 {
				t.Errorf("%d topics and %d owners are remembered although everybody has ended", topics, held)
			}
		})
	}
}

// churn makes an owner come, change and go, as it happens, and stay in the end.
func churn(w *world, o *owner, times int) {
	keys := []string{"a", "b", "c", "d"}
	for i := range times {
		key, meta := keys[rand.IntN(len(keys))], map[string]int{"n": i}
		switch rand.IntN(8) {
		case 0, 1, 2:
			_, _ = w.Track(o, "room", key, meta)
		case 3, 4:
			_, _ = w.Update(o, "room", key, meta)
		case 5, 6:
			w.Untrack(o, "room", key)
		case 7:
			w.UntrackAll(o)
		}
	}
	_, _ = w.Track(o, "room", "stays", nil)
}

// settle waits until every diff so far was sent.
func (w *world) settle() {
	for until := time.Now().Add(10 * time.Second); w.Busy(); runtime.Gosched() {
		if time.Now().After(until) {
			w.t.Fatal("diffs are not sent")
		}
	}
}

// One owner's end at the same time as its tracking leaves nothing behind.
func TestEndWhileTracking(t *testing.T) {
	w := newWorld(t, presence.Options{})
	for range 200 {
		o := new(owner)
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() { _, _ = w.Track(o, fmt.Sprint(i), "k", nil) })
		}
		wg.Go(o.end)
		wg.Wait()
	}
	w.settle()
	if topics, owners := w.Held(); topics != 0 || owners != 0 {
		t.Errorf("%d topics and %d owners are remembered although everybody has ended", topics, owners)
	}
}

// A topic that is forgotten because its last has gone does not take the next one along.
func TestTopicsThatEmptyAllTheTime(t *testing.T) {
	w := newWorld(t, presence.Options{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			o, key := new(owner), fmt.Sprint(i)
			for range 4000 {
				_, err := w.Track(o, "room", key, nil)
				if _, there := w.GetByKey("room", key); err != nil || !there {
					t.Errorf("%s is tracked (%v) and not there", key, err)
					return
				}
				w.Untrack(o, "room", key)
			}
			o.end()
		})
	}
	wg.Wait()
	w.settle()
	if topics, owners := w.Held(); topics != 0 || owners != 0 {
		t.Errorf("%d topics and %d owners are remembered", topics, owners)
	}
}

// Who makes a change is not made to send those of others for ever.
func TestNobodyCarriesTheDiffsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, presence.Options{})
		more := new(owner)
		n := 0
		w.bus.Subscribe("room", deliverFunc(func() {
			if n++; n <= 5 {
				done := make(chan struct{})
				go func() { // not on this goroutine: the bus has locked the topic
					defer close(done)
					w.track(more, "room", fmt.Sprint(n), nil)
				}()
				<-done
				time.Sleep(time.Second)
			}
		}))
		start := time.Now()
		w.track(new(owner), "room", "ann", nil)
		if took := time.Since(start); took != time.Second {
			t.Errorf("Track took %v: it sent other diffs than its own, which took 1s", took)
		}
		after(time.Minute)
		if n != 6 {
			t.Errorf("%d diffs were sent, want 6", n)
		}
	})
}
