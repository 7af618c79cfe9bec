package main

import (
	"errors"
	"math"
	"os"
	"runtime/debug"
	"syscall"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	// The name of a program may be anything.
	line := "4242 (a) b (c) S 1 4242 4242 0 -1 4194560 5 0 0 0 123 45 6 7 20 0 12 0 1000 1 2 3\n"
	if got, err := parseStat([]byte(line)); err != nil || got != 1680*time.Millisecond {
		t.Errorf("got %v, %v, want 1.68 s", got, err)
	}
	for _, bad := range []string{"", "1 (x", "1 (x) S 1 2 3", "1 (x) S 1 2 3 4 5 6 7 8 9 10 a 12 13", "1 (x) S 1 2 3 4 5 6 7 8 9 10 11 a 13"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q was understood", bad)
		}
	}
}

func TestParseKilobytes(t *testing.T) {
	text := []byte("557af395a000-7ffff7fed000 ---p 00000000 00:00 0  [rollup]\nRss:                1616 kB\nPss:  x kB\nPss_Anon: 1\n")
	if got, err := parseKilobytes(text, "Rss:"); err != nil || got != 1616*1024 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, name := range []string{"Pss:", "Pss_Anon:", "Swap:"} {
		if _, err := parseKilobytes(text, name); !errors.Is(err, errProc) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParseBusy(t *testing.T) {
	text := []byte("cpu  100 20 3 5000 600 7 8 90 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
	if got, err := parseBusy(text); err != nil || got != 1380*time.Millisecond {
		t.Errorf("got %v, %v, want user, nice, system and interrupts", got, err)
	}
	for _, bad := range []string{"", "cpu 1 2", "intr 1 2 3 4 5 6 7 8", "cpu 1 2 3 4 5 6 x 8"} {
		if _, err := parseBusy([]byte(bad)); err == nil {
			t.Errorf("%q was understood", bad)
		}
	}
}

// A process that computes is seen to, and one that takes memory.
func TestProcess(t *testing.T) {
	p, err := newProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.cpu()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.resetPeak(); err != nil {
		t.Fatal(err)
	}
	debug.FreeOSMemory() // what other tests left would be taken for the block, and nothing grow
	small, err := p.memory()
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<20)
	for until := before + 50*time.Millisecond; ; {
		for i := range block {
			block[i]++
		}
		now, err := p.cpu()
		if err != nil {
			t.Fatal(err)
		}
		if now > until {
			break
		}
	}
	large, err := p.memory()
	if err != nil {
		t.Fatal(err)
	}
	if grown := large.resident - small.resident; grown < 48<<20 {
		t.Errorf("the process grew by %d bytes, want about %d", grown, len(block))
	}
	if large.peak < large.resident {
		t.Errorf("the peak %d is below %d", large.peak, large.resident)
	}
	if _, err := newProcess(1 << 30); err == nil {
		t.Error("a process that is not there can be measured")
	}
}

// Memory that is taken in the first third of the work and given back is seen
// there alone, and what grows is not flat.
func TestPeaks(t *testing.T) {
	p, err := newProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	var r result
	work := func(bytes [3]int) (first, last float64) {
		peaks := peaks{process: &p}
		if err := peaks.begin(); err != nil {
			t.Fatal(err)
		}
		for i := range 9 {
			if err := peaks.third(i, 9); err != nil {
				t.Fatal(err)
			}
			if i%3 == 1 {
				take(t, bytes[i/3])
			}
		}
		if err := peaks.end(); err != nil {
			t.Fatal(err)
		}
		r = result{}
		peaks.tell(&r)
		first, _ = r.find("RSS peak, first third")
		last, _ = r.find("RSS peak, last third")
		all, _ := r.find("RSS peak")
		times, _ := r.find("last/first third")
		if all < max(first, last) || math.Abs(times-last/first) > 1e-9 {
			t.Errorf("the peak is %v, of the thirds %v and %v, which is %v", all, first, last, times)
		}
		return first, last
	}
	if first, last := work([3]int{96 << 20, 0, 0}); first-last < 64 {
		t.Errorf("96 MB in the first third: got %v and %v", first, last)
	}
	if first, last := work([3]int{0, 0, 96 << 20}); last-first < 64 {
		t.Errorf("96 MB in the last third: got %v and %v", first, last)
	}
	blind := peaks{process: &p, blind: true, all: 5 << 20, thirds: [3]int64{1, 2, 3}}
	r = result{}
	if blind.tell(&r); len(r.Measures) != 1 {
		t.Errorf("where no new peak can begin: got %v", r.Measures)
	}
	var nobody peaks
	r = result{}
	if nobody.tell(&r); nobody.begin() != nil || nobody.third(1, 3) != nil || nobody.end() != nil || len(r.Measures) != 0 {
		t.Error("peaks of no process are told")
	}
}

// take takes memory and gives it back.
func take(t *testing.T, n int) {
	if n == 0 {
		return
	}
	block, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 4096 {
		block[i] = 1
	}
	if err := syscall.Munmap(block); err != nil {
		t.Fatal(err)
	}
}
