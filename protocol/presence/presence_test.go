package presence_test

import (
	"errors"
	"testing"

	"github.com/ephemeral-p2p/ephemeral/protocol"
	"github.com/ephemeral-p2p/ephemeral/protocol/presence"
)

// PROTOCOL.md §6.2, §11.91.
func TestTrackJoinsAndEndLeaves(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	v := w.witness("room")
	ref := w.track(ann, "room", "ann", map[string]any{"n": 1})
	v.sees(t, `{"joins":{"ann":{"metas":[{"n":1,"phx_ref":"`+ref+`"}]}},"leaves":{}}`)
	w.lists("room", `{"ann":{"metas":[{"n":1,"phx_ref":"`+ref+`"}]}}`)
	ann.end()
	v.sees(t, `{"joins":{},"leaves":{"ann":{"metas":[{"n":1,"phx_ref":"`+ref+`"}]}}}`)
	w.lists("room", `{}`)
}

// An owner on several topics leaves each with one diff, all its keys in it.
func TestEndOfAnOwnerOfMany(t *testing.T) {
	w, ann, bob := newWorld(t, presence.Options{}), new(owner), new(owner)
	v, u := w.witness("one"), w.witness("two")
	a, b, c := w.track(ann, "one", "a", nil), w.track(ann, "one", "b", nil), w.track(ann, "two", "a", nil)
	d := w.track(bob, "one", "a", nil)
	v.take()
	u.take()
	ann.end()
	v.sees(t, `{"joins":{},"leaves":{"a":{"metas":[{"phx_ref":"`+a+`"}]},"b":{"metas":[{"phx_ref":"`+b+`"}]}}}`)
	u.sees(t, `{"joins":{},"leaves":{"a":{"metas":[{"phx_ref":"`+c+`"}]}}}`)
	w.lists("one", `{"a":{"metas":[{"phx_ref":"`+d+`"}]}}`)
	w.lists("two", `{}`)
}

// §11.94. Untracking what is not tracked is nothing.
func TestUntrack(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	v := w.witness("room")
	w.Untrack(ann, "room", "ann")
	w.UntrackAll(ann)
	ref := w.track(ann, "room", "ann", nil)
	v.take()
	w.Untrack(ann, "room", "bob")
	w.Untrack(ann, "lobby", "ann")
	w.Untrack(new(owner), "room", "ann")
	v.sees(t)
	w.Untrack(ann, "room", "ann")
	v.sees(t, `{"joins":{},"leaves":{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}}}`)
	w.Untrack(ann, "room", "ann")
	w.UntrackAll(ann)
	v.sees(t)
	w.lists("room", `{}`)
}

// An owner that was untracked everywhere lives on, and may be tracked again.
func TestUntrackAll(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	v := w.witness("room")
	w.track(ann, "room", "ann", nil)
	v.take()
	w.UntrackAll(ann)
	if n := len(v.take()); n != 1 {
		t.Fatalf("UntrackAll sent %d diffs, want 1", n)
	}
	ref := w.track(ann, "room", "ann", nil)
	w.lists("room", `{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}}`)
	ann.end()
	w.lists("room", `{}`)
}

// §11.95. One diff for an update: the old meta leaves, the new one names it.
func TestUpdate(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	v := w.witness("room")
	first := w.track(ann, "room", "ann", map[string]any{"n": 1})
	v.take()
	second := w.update(ann, "room", "ann", map[string]any{"n": 2})
	v.sees(t, `{"joins":{"ann":{"metas":[{"n":2,"phx_ref":"`+second+`","phx_ref_prev":"`+first+`"}]}},
		"leaves":{"ann":{"metas":[{"n":1,"phx_ref":"`+first+`"}]}}}`)
	third, err := w.UpdateFunc(ann, "room", "ann", func(old presence.Meta) any {
		if old.Ref != second || old.PrevRef != first || old.Data.String() != `{"n":2}` {
			t.Errorf("the function is given %+v", old)
		}
		return map[string]any{"n": 3}
	})
	if err != nil {
		t.Fatal(err)
	}
	// The meta that leaves has its own phx_ref_prev still.
	v.sees(t, `{"joins":{"ann":{"metas":[{"n":3,"phx_ref":"`+third+`","phx_ref_prev":"`+second+`"}]}},
		"leaves":{"ann":{"metas":[{"n":2,"phx_ref":"`+second+`","phx_ref_prev":"`+first+`"}]}}}`)
	w.lists("room", `{"ann":{"metas":[{"n":3,"phx_ref":"`+third+`","phx_ref_prev":"`+second+`"}]}}`)
	ann.end()
	v.sees(t, `{"joins":{},"leaves":{"ann":{"metas":[{"n":3,"phx_ref":"`+third+`","phx_ref_prev":"`+second+`"}]}}}`)
}

func TestUpdateOfWhatIsNotTracked(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	v := w.witness("room")
	called := func(presence.Meta) any { t.Error("the function was called"); return nil }
	for range 2 {
		if _, err := w.Update(ann, "room", "bob", nil); !errors.Is(err, presence.ErrNotTracked) {
			t.Errorf("Update: %v, want ErrNotTracked", err)
		}
		if _, err := w.UpdateFunc(ann, "room", "bob", called); !errors.Is(err, presence.ErrNotTracked) {
			t.Errorf("UpdateFunc: %v, want ErrNotTracked", err)
		}
		w.track(ann, "lobby", "bob", nil)
		w.Untrack(ann, "lobby", "bob")
	}
	v.sees(t)
}

// A meta that fails leaves everything as it was.
func TestUpdateThatFails(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	ref := w.track(ann, "room", "ann", nil)
	v := w.witness("room")
	if _, err := w.Update(ann, "room", "ann", []int{1}); !errors.Is(err, presence.ErrMeta) {
		t.Errorf("Update with a list: %v, want ErrMeta", err)
	}
	if _, err := w.UpdateFunc(ann, "room", "ann", func(presence.Meta) any { return "text" }); !errors.Is(err, presence.ErrMeta) {
		t.Errorf("UpdateFunc with a string: %v, want ErrMeta", err)
	}
	func() {
		defer func() { recover() }()
		w.UpdateFunc(ann, "room", "ann", func(presence.Meta) any { panic("no") })
	}()
	v.sees(t)
	w.lists("room", `{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}}`)
	w.update(ann, "room", "ann", nil) // and nothing is locked
}

// §11.96. No diff either.
func TestTrackedAlready(t *testing.T) {
	w, ann, bob := newWorld(t, presence.Options{}), new(owner), new(owner)
	w.track(ann, "room", "ann", nil)
	v := w.witness("room")
	if _, err := w.Track(ann, "room", "ann", nil); !errors.Is(err, presence.ErrAlreadyTracked) {
		t.Errorf("Track again: %v, want ErrAlreadyTracked", err)
	}
	v.sees(t)
	w.track(ann, "room", "other", nil)
	w.track(ann, "lobby", "ann", nil)
	w.track(bob, "room", "ann", nil)
}

// §11.97.
func TestSeveralMetasOfAKey(t *testing.T) {
	w, phone, desk, pad := newWorld(t, presence.Options{}), new(owner), new(owner), new(owner)
	v := w.witness("room")
	meta := func(on string) any { return map[string]any{"on": on} }
	a := w.track(phone, "room", "ann", meta("phone"))
	b := w.track(desk, "room", "ann", meta("desk"))
	c := w.track(pad, "room", "ann", meta("pad"))
	v.take()
	w.lists("room", `{"ann":{"metas":[{"on":"phone","phx_ref":"`+a+`"},{"on":"desk","phx_ref":"`+b+`"},{"on":"pad","phx_ref":"`+c+`"}]}}`)
	desk.end() // from the middle
	v.sees(t, `{"joins":{},"leaves":{"ann":{"metas":[{"on":"desk","phx_ref":"`+b+`"}]}}}`)
	w.lists("room", `{"ann":{"metas":[{"on":"phone","phx_ref":"`+a+`"},{"on":"pad","phx_ref":"`+c+`"}]}}`)
	d := w.update(phone, "room", "ann", meta("car"))
	w.lists("room", `{"ann":{"metas":[{"on":"pad","phx_ref":"`+c+`"},{"on":"car","phx_ref":"`+d+`","phx_ref_prev":"`+a+`"}]}}`)
	phone.end() // the last of the list
	w.lists("room", `{"ann":{"metas":[{"on":"pad","phx_ref":"`+c+`"}]}}`)
	pad.end()
	w.lists("room", `{}`)
	if topics, owners := w.Held(); topics != 0 || owners != 0 {
		t.Errorf("%d topics and %d owners are still remembered", topics, owners)
	}
}

// §11.92.
func TestGetByKey(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	if _, ok := w.GetByKey("room", "ann"); ok {
		t.Error("somebody is on an empty topic")
	}
	ref := w.track(ann, "room", "ann", nil)
	entry, ok := w.GetByKey("room", "ann")
	if want := `{"metas":[{"phx_ref":"` + ref + `"}]}`; !ok || jsonOf(t, entry) != want {
		t.Errorf("GetByKey = %s, %v; want %s", jsonOf(t, entry), ok, want)
	}
	if _, ok := w.GetByKey("room", "bob"); ok {
		t.Error("somebody is there under a key that nobody tracks")
	}
}

// An owner that has ended is refused, and nobody sees it come or go.
func TestTrackOfAnEndedOwner(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	ann.end()
	v := w.witness("room")
	for range 2 {
		if _, err := w.Track(ann, "room", "ann", nil); !errors.Is(err, presence.ErrEnded) {
			t.Errorf("Track: %v, want ErrEnded", err)
		}
	}
	v.sees(t)
	if topics, owners := w.Held(); topics != 0 || owners != 0 {
		t.Errorf("%d topics and %d owners are remembered", topics, owners)
	}
}

// An owner that comes and goes, as one that types does, is asked once to tell of its end.
func TestOwnersAreAskedOnce(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	for range 100 {
		w.track(ann, "room", "typing", nil)
		w.Untrack(ann, "room", "typing")
	}
	if n := ann.asked(); n != 1 {
		t.Errorf("the owner was asked %d times, want once", n)
	}
	if topics, _ := w.Held(); topics != 0 {
		t.Errorf("%d topics are remembered although nobody is there", topics)
	}
}

func TestMetasThatAreNone(t *testing.T) {
	w := newWorld(t, presence.Options{})
	v := w.witness("room")
	for _, meta := range []any{[]int{1}, "text", 7, true, protocol.JSON([]byte("null")), protocol.Binary([]byte("{}"))} {
		if _, err := w.Track(new(owner), "room", "ann", meta); !errors.Is(err, presence.ErrMeta) {
			t.Errorf("Track with %v: %v, want ErrMeta", meta, err)
		}
	}
	if _, err := w.Track(new(owner), "room", "ann", func() {}); !errors.Is(err, protocol.ErrUnencodable) {
		t.Errorf("Track with a function: %v, want ErrUnencodable", err)
	}
	v.sees(t)
	if topics, owners := w.Held(); topics != 0 || owners != 0 {
		t.Errorf("%d topics and %d owners are remembered", topics, owners)
	}
}

func TestKeys(t *testing.T) {
	unsafe := []string{"__proto__", "constructor", "toString", "hasOwnProperty"}
	w, strict := newWorld(t, presence.Options{}), newWorld(t, presence.Options{RefuseUnsafeKeys: true})
	for _, key := range append(unsafe, "", "žofie 🦊", "\x00\"\\", "a b") {
		o := new(owner)
		v := w.witness(key)
		ref := w.track(o, key, key, nil)
		if entry, ok := w.GetByKey(key, key); !ok || entry.Metas[0].Ref != ref {
			t.Errorf("the key %q is not present", key)
		}
		v.sees(t, `{"joins":{`+jsonOf(t, key)+`:{"metas":[{"phx_ref":"`+ref+`"}]}},"leaves":{}}`)
	}
	for _, key := range unsafe {
		if _, err := strict.Track(new(owner), "room", key, nil); !errors.Is(err, presence.ErrKey) {
			t.Errorf("Track with the key %q: %v, want ErrKey", key, err)
		}
	}
	strict.track(new(owner), "room", "proto", nil)
	// What could not be sent would keep everybody from the whole list.
	if _, err := w.Track(new(owner), "room", "\xff", nil); !errors.Is(err, presence.ErrKey) {
		t.Errorf("Track with a key that is not UTF-8: %v, want ErrKey", err)
	}
}

// Topics know nothing of each other.
func TestTopicsAreSeparate(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	v := w.witness("two")
	w.track(ann, "one", "ann", nil)
	v.sees(t)
	w.lists("two", `{}`)
}

// What List returns is the caller's.
func TestListIsACopy(t *testing.T) {
	w, ann := newWorld(t, presence.Options{}), new(owner)
	ref := w.track(ann, "room", "ann", nil)
	w.track(ann, "room", "bob", nil)
	w.Untrack(ann, "room", "bob")
	got := w.List("room")
	got["ann"].Metas[0].Ref = "changed"
	got["eve"] = presence.Entry{}
	delete(got, "ann")
	w.lists("room", `{"ann":{"metas":[{"phx_ref":"`+ref+`"}]}}`)
}
