package presence_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// withNames is a Fetch that knows everybody's name.
func withNames(_ string, entries presence.Entries) {
	for key, entry := range entries {
		entry.Extra = map[string]any{"name": strings.ToUpper(key)}
		entries[key] = entry
	}
}

// PROTOCOL.md §11.93: the list, one key and both halves of a diff are extended.
func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ann := newWorld(t, presence.Options{Fetch: withNames}), new(owner)
		v := w.witness("room")
		first := w.track(ann, "room", "ann", nil)
		synctest.Wait()
		v.sees(t, `{"joins":{"ann":{"metas":[{"phx_ref":"`+first+`"}],"name":"ANN"}},"leaves":{}}`)
		second := w.update(ann, "room", "ann", nil)
		synctest.Wait()
		meta := `{"phx_ref":"` + second + `","phx_ref_prev":"` + first + `"}`
		v.sees(t, `{"joins":{"ann":{"metas":[`+meta+`],"name":"ANN"}},"leaves":{"ann":{"metas":[{"phx_ref":"`+first+`"}],"name":"ANN"}}}`)
		w.lists("room", `{"ann":{"metas":[`+meta+`],"name":"ANN"}}`)
		if entry, ok := w.GetByKey("room", "ann"); !ok || entry.Extra["name"] != "ANN" {
			t.Errorf("GetByKey = %+v, %v", entry, ok)
		}
	})
}

// It is called once for the joins and once for the leaves of a diff, with empty ones too, and for a list of nobody, but
// not for a key that is not there.
func TestFetchIsCalledWithNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		w := newWorld(t, presence.Options{Fetch: func(topic string, entries presence.Entries) {
			calls = append(calls, fmt.Sprint(topic, len(entries)))
		}})
		sees := func(what string, want ...string) {
			t.Helper()
			synctest.Wait()
			if !slices.Equal(calls, want) {
				t.Errorf("%s: Fetch was called with %q, want %q", what, calls, want)
			}
			calls = nil
		}
		ann := new(owner)
		w.List("room")
		sees("list", "room0")
		w.GetByKey("room", "ann")
		sees("get")
		w.track(ann, "room", "ann", nil)
		sees("track", "room1", "room0")
		w.GetByKey("room", "ann")
		sees("get", "room1")
		w.update(ann, "room", "ann", nil)
		sees("update", "room1", "room1")
		ann.end()
		sees("end", "room0", "room1")
	})
}

// after lets so much time pass, and no more.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// A hook that takes an entry away hides it.
func TestFetchMayHide(t *testing.T) {
	w := newWorld(t, presence.Options{Fetch: func(_ string, entries presence.Entries) { delete(entries, "ghost") }})
	w.track(new(owner), "room", "ghost", nil)
	w.lists("room", `{}`)
	if _, ok := w.GetByKey("room", "ghost"); ok {
		t.Error("GetByKey shows what Fetch hides")
	}
}

// A slow Fetch holds up neither those who make the changes nor other topics, and the diffs stay in order.
func TestSlowFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, presence.Options{Fetch: func(topic string, _ presence.Entries) {
			if topic == "slow" {
				time.Sleep(time.Second)
			}
		}})
		slow, quick := w.witness("slow"), w.witness("quick")
		start := time.Now()
		var want []string
		for i := range 3 {
			ref := w.track(new(owner), "slow", fmt.Sprint(i), nil)
			want = append(want, fmt.Sprintf(`{"joins":{"%d":{"metas":[{"phx_ref":"%s"}]}},"leaves":{}}`, i, ref))
		}
		w.track(new(owner), "quick", "k", nil)
		synctest.Wait()
		if time.Since(start) != 0 || len(quick.take()) != 1 {
			t.Error("somebody waited for a topic's slow hook")
		}
		after(7 * time.Second)
		slow.sees(t, want...)
	})
}

// A hook that fails does not keep a change from the clients, nor the next ones.
func TestFetchThatFails(t *testing.T) {
	for name, fetch := range map[string]func(string, presence.Entries){
		"panics": func(_ string, entries presence.Entries) {
			clear(entries)
			panic("no database")
		},
		"adds what is not JSON": func(_ string, entries presence.Entries) {
			for key := range entries {
				entries[key] = presence.Entry{Metas: entries[key].Metas, Extra: map[string]any{"f": func() {}}}
			}
		},
		"breaks the metas": func(_ string, entries presence.Entries) {
			for key := range entries {
				entries[key] = presence.Entry{Metas: []presence.Meta{{Data: data(`7`)}}}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, ann := newWorld(t, presence.Options{Fetch: fetch}), new(owner)
				v := w.witness("room")
				ref := w.track(ann, "room", "ann", nil)
				synctest.Wait()
				v.sees(t, `{"joins":{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}},"leaves":{}}`)
				ann.end()
				synctest.Wait()
				v.sees(t, `{"joins":{},"leaves":{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}}}`)
				if !strings.Contains(w.log.String(), "level=ERROR") {
					t.Errorf("nothing was logged: %q", w.log.String())
				}
				if topics, owners := w.Held(); topics != 0 || owners != 0 {
					t.Errorf("%d topics and %d owners are still remembered", topics, owners)
				}
			})
		})
	}
}

// §11.98: every change in order, with who is there after it and not after the ones behind it.
func TestHandleMetas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		w := newWorld(t, presence.Options{
			Fetch: withNames,
			HandleMetas: func(topic string, diff presence.Diff, present map[string][]presence.Meta) {
				time.Sleep(time.Second) // so that the changes are ahead
				for _, entries := range []presence.Entries{diff.Joins, diff.Leaves} {
					for key, entry := range entries {
						if entry.Extra["name"] != strings.ToUpper(key) {
							t.Errorf("the entry of %s is %+v", key, entry)
						}
					}
				}
				got = append(got, fmt.Sprintf("%s +%d -%d %s", topic, len(diff.Joins), len(diff.Leaves), jsonOf(t, present)))
			},
		})
		ann, ann2, bob := new(owner), new(owner), new(owner)
		a := w.track(ann, "room", "ann", nil)
		b := w.track(ann2, "room", "ann", nil)
		c := w.update(ann, "room", "ann", map[string]int{"n": 2})
		d := w.track(bob, "room", "bob", nil)
		ann.end()
		ann2.end()
		bob.end()
		after(time.Minute)
		refs := func(refs ...string) string { return `{"phx_ref":"` + strings.Join(refs, `"},{"phx_ref":"`) + `"}` }
		updated := `{"n":2,"phx_ref":"` + c + `","phx_ref_prev":"` + a + `"}`
		want := []string{
			`room +1 -0 {"ann":[` + refs(a) + `]}`,
			`room +1 -0 {"ann":[` + refs(a, b) + `]}`,
			`room +1 -1 {"ann":[` + refs(b) + `,` + updated + `]}`,
			`room +1 -0 {"ann":[` + refs(b) + `,` + updated + `],"bob":[` + refs(d) + `]}`,
			`room +0 -1 {"ann":[` + refs(b) + `],"bob":[` + refs(d) + `]}`,
			`room +0 -1 {"bob":[` + refs(d) + `]}`,
			`room +0 -1 {}`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("HandleMetas was told\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
	})
}

// It is told behind the clients, may change the presence itself, and may fail.
func TestHandleMetasMayTrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w *world
		var v *witness
		bot := new(owner)
		w = newWorld(t, presence.Options{HandleMetas: func(topic string, diff presence.Diff, _ map[string][]presence.Meta) {
			if _, ok := diff.Joins["ann"]; ok {
				if n := len(v.take()); n != 1 {
					t.Errorf("the clients had %d diffs before HandleMetas, want 1", n)
				}
				w.track(bot, topic, "bot", nil)
				panic("done")
			}
		}})
		v = w.witness("room")
		w.track(new(owner), "room", "ann", nil)
		synctest.Wait()
		if n := len(v.take()); n != 1 {
			t.Errorf("%d diffs came of what HandleMetas did, want 1", n)
		}
		if !strings.Contains(w.log.String(), "done") {
			t.Error("the panic was not logged")
		}
		bot.end()
		synctest.Wait()
		if _, ok := w.GetByKey("room", "bot"); ok {
			t.Error("nothing works any more after a hook's panic")
		}
	})
}

// Subscribers that fail, or panic, keep nobody from the next diff, nor the change from being made.
func TestSubscribersThatFail(t *testing.T) {
	w := newWorld(t, presence.Options{})
	fails := w.bus.Subscribe("room", failing{})
	ann := new(owner)
	w.track(ann, "room", "ann", nil)
	if !strings.Contains(w.log.String(), "did not reach everybody") {
		t.Errorf("the log says %q", w.log.String())
	}
	fails.Unsubscribe()
	panics := w.bus.Subscribe("room", deliverFunc(func() { panic("no") }))
	ref := w.update(ann, "room", "ann", nil)
	if !strings.Contains(w.log.String(), "panic=no") {
		t.Errorf("the log says %q", w.log.String())
	}
	panics.Unsubscribe()
	v := w.witness("room")
	ann.end()
	if n := len(v.take()); n != 1 || len(w.List("room")) != 0 {
		t.Errorf("%d diffs came of the end of %s", n, ref)
	}
}
