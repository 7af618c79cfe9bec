package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is the server's, as the system sees it: /proc/PID.
type process struct{ dir string }

func newProcess(pid int) (process, error) {
	p := process{filepath.Join("/proc", strconv.Itoa(pid))}
	if _, err := p.cpu(); err != nil {
		return process{}, fmt.Errorf("the costs of process %d cannot be measured: %w", pid, err)
	}
	return p, nil
}

// tick is the unit of /proc/PID/stat: USER_HZ, which is 100 on every Linux.
const tick = 10 * time.Millisecond

// cpu returns the time that the process has computed so far, user's and
// system's: to the nanosecond where the kernel tells each thread's time, to the
// tick otherwise.
func (p process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(filepath.Join(p.dir, "stat"))
	if err != nil {
		return 0, err
	}
	coarse, err := parseStat(stat)
	if err != nil {
		return 0, err
	}
	fine, err := p.schedule()
	// The time of threads that have ended is missing there.
	if err != nil || fine < coarse-coarse/100-5*tick {
		return coarse, nil
	}
	return fine, nil
}

var errProc = errors.New("the kernel's text is not as expected")

// parseStat reads utime and stime, the 14th and 15th fields of /proc/PID/stat.
// The second one, the program's name, may hold blanks and parentheses.
func parseStat(stat []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, fmt.Errorf("stat: %w", errProc)
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat: %w", errProc)
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("stat: %w", err)
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("stat: %w", err)
	}
	return time.Duration(user+system) * tick, nil
}

// schedule adds up the threads' times of schedstat.
func (p process) schedule() (time.Duration, error) {
	threads, err := filepath.Glob(filepath.Join(p.dir, "task", "*", "schedstat"))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("schedstat: %w", fs.ErrNotExist)
	}
	var sum time.Duration
	for _, name := range threads {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a thread that has just ended
		}
		if err != nil {
			return 0, err
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("schedstat: %w", err)
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

// memory is what the process holds, in bytes: resident now, and at most since
// resetPeak.
type memory struct{ resident, peak int64 }

func (p process) memory() (memory, error) {
	status, err := os.ReadFile(filepath.Join(p.dir, "status"))
	if err != nil {
		return memory{}, err
	}
	peak, err := parseKilobytes(status, "VmHWM:")
	if err != nil {
		return memory{}, err
	}
	// The numbers of status are kept per thread and may be stale: rollup counts.
	rollup, err := os.ReadFile(filepath.Join(p.dir, "smaps_rollup"))
	name := "Rss:"
	if err != nil {
		rollup, name = status, "VmRSS:"
	}
	resident, err := parseKilobytes(rollup, name)
	return memory{resident, max(peak, resident)}, err
}

// parseKilobytes finds a line such as "VmRSS:  1616 kB".
func parseKilobytes(text []byte, name string) (int64, error) {
	for line := range strings.Lines(string(text)) {
		value, ok := strings.CutPrefix(line, name)
		if !ok {
			continue
		}
		value, ok = strings.CutSuffix(strings.TrimSpace(value), " kB")
		n, err := strconv.ParseInt(value, 10, 64)
		if !ok || err != nil {
			return 0, fmt.Errorf("%s %w", name, errProc)
		}
		return n << 10, nil
	}
	return 0, fmt.Errorf("%s %w", name, errProc)
}

// resetPeak begins a new peak, where the kernel allows that: to the process's
// owner.
func (p process) resetPeak() error {
	return os.WriteFile(filepath.Join(p.dir, "clear_refs"), []byte("5"), 0)
}

// machineBusy returns how long the machine's processors have worked since the
// start, all together: /proc/stat, without idling, waiting for disks and what a
// hypervisor gave to others.
func machineBusy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseBusy(text)
}

func parseBusy(text []byte) (time.Duration, error) {
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) < 8 || fields[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat: %w", errProc)
	}
	var sum int64
	for _, i := range []int{1, 2, 3, 6, 7} { // user, nice, system, irq, softirq
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/stat: %w", err)
		}
		sum += n
	}
	return time.Duration(sum) * tick, nil
}
