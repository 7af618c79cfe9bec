package websocket

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQueueLimit(t *testing.T) {
	const limit = 1000
	tests := []struct {
		name   string
		frames []int // the last one is the one in question
		ok     bool
	}{
		{"the first", []int{10}, true},
		{"the first, however long", []int{8_000_000}, true},
		{"at the limit", []int{1, 999, 1000}, true},
		{"the longest does not count", []int{500, 500, 500}, true},
		{"the longest does not count, but the rest does", []int{500, 500, 501}, true},
		{"a long one behind a full queue", []int{400, 400, 200, 8_000_000}, true},
		{"a long one behind too full a queue", []int{400, 400, 201, 8_000_000}, false},
		{"short ones behind a long one", []int{8_000_000, 500, 500}, true},
		{"too many short ones behind a long one", []int{8_000_000, 500, 501}, false},
		{"two long ones", []int{8_000_000, 8_000_000}, false},
		{"a long one and one at the limit", []int{1000, 8_000_000}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for taken := range len(tt.frames) { // how far the writer is must not matter
				o := new(outbox)
				for i, size := range tt.frames[:len(tt.frames)-1] {
					if !o.push(make([]byte, size), limit) {
						t.Fatalf("frame %d has no room", i)
					}
					if taken == i+1 {
						o.take()
					}
				}
				if got := o.push(make([]byte, tt.frames[len(tt.frames)-1]), limit); got != tt.ok {
					t.Errorf("with %d frames waiting for the writer: room is %v", len(tt.frames)-taken, got)
				}
			}
		})
	}
}

func TestQueueOrder(t *testing.T) {
	o := new(outbox)
	o.push([]byte("one"), 100)
	o.push([]byte("two"), 100)
	o.pong = []byte("old pong")
	o.pong = []byte("pong")
	o.bye = []byte("bye")
	if !o.take() || string(bytes.Join(o.batch, []byte(" "))) != "pong one two bye" || !o.hasBye {
		t.Errorf("batch %q", o.batch)
	}
	o.written()
	if o.take() || o.size != 0 || o.longest != 0 {
		t.Errorf("left %+v", o)
	}
}

// Between long frames there is room for a pong.
func TestQueueTakesLongFramesAlone(t *testing.T) {
	long, short := make([]byte, maxBatch+1), make([]byte, 100)
	o := new(outbox)
	for _, frame := range [][]byte{short, long, long, short, short} {
		if !o.push(frame, 1<<20) {
			t.Fatal("no room")
		}
	}
	o.bye = []byte("bye")
	var got []int
	for o.take() {
		got = append(got, len(o.batch))
		o.written()
		o.pong = nil
		if len(got) == 2 {
			o.pong = []byte("pong")
		}
	}
	// short; long; pong; long; short, short and bye
	want := []int{1, 1, 1, 1, 3}
	if len(got) != len(want) {
		t.Fatalf("writes of %v frames, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("writes of %v frames, want %v", got, want)
		}
	}
	// A close frame behind a long one is a write of its own, too.
	o = new(outbox)
	o.push(long, 0)
	o.bye = []byte("bye")
	if o.take(); len(o.batch) != 1 || o.hasBye {
		t.Errorf("batch of %d frames", len(o.batch))
	}
	o.written()
	if !o.take() || !o.hasBye {
		t.Error("no close frame")
	}
}

func TestQueueDrop(t *testing.T) {
	o := new(outbox)
	o.push(make([]byte, maxBatch), 1<<20)
	o.take()
	o.push(make([]byte, 100_000), 1<<20)
	o.push([]byte("x"), 1<<20)
	o.drop()
	o.bye = []byte("bye")
	if o.size != maxBatch || o.longest != maxBatch {
		t.Errorf("%d bytes left, longest %d", o.size, o.longest)
	}
	o.written()
	if !o.take() || len(o.batch) != 1 || string(o.batch[0]) != "bye" || o.size != 0 {
		t.Errorf("left %q, %d bytes", o.batch, o.size)
	}
}

// A queue that never empties must not grow for ever.
func TestQueueDoesNotGrow(t *testing.T) {
	o := new(outbox)
	frame := make([]byte, maxBatch)
	o.push(frame, 1<<20)
	for range 10_000 {
		o.push(frame, 1<<20)
		if !o.take() || len(o.batch) != 1 {
			t.Fatal("not one frame at a time")
		}
		o.written()
	}
	if cap(o.frames) > 16 {
		t.Errorf("room for %d frames, for never more than 2", cap(o.frames))
	}
}

// A burst takes memory once: for the queue, and for what is taken off it.
func TestQueueGrowsOnce(t *testing.T) {
	o := outboxes.New().(*outbox)
	frame := []byte("x")
	allocs := testing.AllocsPerRun(1, func() { // and once more, to warm up
		for range burstSlots {
			o.push(frame, 1<<20)
		}
		o.take()
		o.written()
		o.frames, o.batch = o.room[0][:0], o.room[1][:0]
	})
	if allocs != 2 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestQueueIsEmptyWhenRecycled(t *testing.T) {
	o := borrow(nil) // from the pool, to which it goes back: a connection of another test may get it next
	o.frames, o.batch = make([][]byte, 0, 10*keepSlots), make([][]byte, 0, 10*keepSlots)
	o.push([]byte("x"), 10)
	o.push([]byte("y"), 10)
	o.pong, o.bye = []byte("pong"), []byte("bye")
	o.take()
	o.push([]byte("z"), 10)
	frames, batch := o.frames[:3], o.batch[:4]
	o.recycle()
	for _, left := range append(frames, batch...) {
		if left != nil {
			t.Errorf("%q is kept", left)
		}
	}
	if cap(o.frames) > keepSlots || cap(o.batch) > keepSlots {
		t.Errorf("room for %d and %d frames is kept", cap(o.frames), cap(o.batch))
	}
}

// The queue against a model: what comes out is what went in, in order, with every pong but the newest left out, in writes
// of bounded size; and the accounts are right at any time.
func TestQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 100_000
		o := new(outbox)
		var waiting [][]byte // of the model
		var pong []byte
		taken, writing := 0, false // of waiting; whether there is a batch
		sizes := rapid.SampledFrom([]int{1, 2, 100, 1000, maxBatch - 1, maxBatch, maxBatch + 1, 90_000, 300_000})
		serial := byte(0)
		fresh := func(size int) []byte {
			serial++
			b := make([]byte, size)
			b[0] = serial
			return b
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				frame := fresh(sizes.Draw(t, "size"))
				sum, longest := len(frame), len(frame)
				for _, f := range waiting {
					sum += len(f)
					longest = max(longest, len(f))
				}
				if got, want := o.push(frame, limit), sum-longest <= limit; got != want {
					t.Fatalf("room is %v for %d bytes beside the longest frame", got, sum-longest)
				} else if got {
					waiting = append(waiting, frame)
				}
			},
			"ping": func(*rapid.T) {
				pong = fresh(2)
				o.pong = pong
			},
			"take": func(t *rapid.T) {
				if writing { // one write at a time
					before := slices.Clone(o.batch)
					if !o.take() || !slices.EqualFunc(before, o.batch, bytes.Equal) {
						t.Fatal("more was taken before all of the last was written")
					}
					return
				}
				empty := o.empty()
				some := o.take()
				writing = some
				if some == empty {
					t.Fatalf("something was taken: %v, from a queue that is empty: %v", some, empty)
				}
				if some != (pong != nil || len(waiting) > 0) {
					t.Fatalf("something to write: %v", some)
				}
				batch := [][]byte(o.batch)
				if pong != nil {
					if batch[0][0] != pong[0] {
						t.Fatal("the pong is not first, or not the newest")
					}
					pong, batch = nil, batch[1:]
				} else if len(waiting) > 0 && len(batch) == 0 {
					t.Fatal("nothing taken")
				}
				size := 0
				for i, frame := range batch {
					size += len(frame)
					if frame[0] != waiting[i][0] || len(frame) != len(waiting[i]) {
						t.Fatal("frames out of order")
					}
				}
				if size > maxBatch && len(o.batch) > 1 {
					t.Fatalf("%d bytes in one write of %d frames", size, len(o.batch))
				}
				taken = len(batch)
			},
			"resume": func(t *rapid.T) {
				if writing {
					return
				}
				rest := fresh(rapid.SampledFrom([]int{1, 100, maxBatch}).Draw(t, "left"))
				o.resume(rest)
				waiting, taken, writing = slices.Insert(waiting, 0, rest), 1, true
			},
			"skip": func(t *rapid.T) {
				all := o.join(nil)
				if len(all) == 0 {
					return
				}
				n := rapid.IntRange(0, len(all)-1).Draw(t, "bytes that went out")
				o.skip(n)
				if !bytes.Equal(o.join(nil), all[n:]) {
					t.Fatal("what is left is not what was not written")
				}
			},
			"written": func(*rapid.T) {
				o.written()
				waiting, taken, writing = waiting[taken:], 0, false
			},
			"": func(t *rapid.T) {
				sum, longest := 0, 0
				for _, f := range waiting {
					sum += len(f)
					longest = max(longest, len(f))
				}
				if o.size != sum || o.longest != longest {
					t.Fatalf("accounts say %d bytes, longest %d; it is %d, %d", o.size, o.longest, sum, longest)
				}
			},
		})
	})
}
