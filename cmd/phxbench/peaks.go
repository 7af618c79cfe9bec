package main

// peaks follows how much memory a process has at most: all the time, and in each
// third of the work, for what grows does so to the end. Without a process it
// follows nothing.
type peaks struct {
	process *process
	all     int64    // bytes
	thirds  [3]int64 // bytes
	current int      // third, from 1 on; 0: before the first
	blind   bool     // the kernel begins no new peak: the thirds cannot be told
}

// begin begins a new peak.
func (p *peaks) begin() error {
	if p.process == nil {
		return nil
	}
	if p.process.resetPeak() != nil {
		p.blind = true
	}
	return nil
}

// end takes down the peak since begin.
func (p *peaks) end() error {
	if p.process == nil {
		return nil
	}
	m, err := p.process.memory()
	if err != nil {
		return err
	}
	p.all = max(p.all, m.peak)
	if p.current > 0 {
		p.thirds[p.current-1] = m.peak
	}
	return nil
}

// third is called before each of n pieces of work, with 0 to n-1.
func (p *peaks) third(i, n int) error {
	if next := i*3/n + 1; next != p.current {
		if p.current > 0 {
			if err := p.end(); err != nil {
				return err
			}
		}
		p.current = next
		return p.begin()
	}
	return nil
}

// tell adds what was found. Flat is memory of which the last third of the work
// took as much as the first.
func (p *peaks) tell(r *result) {
	if p.process == nil {
		return
	}
	const mb = 1 << 20
	r.add("RSS peak", float64(p.all)/mb, "MB")
	if p.blind || p.thirds[0] == 0 || p.thirds[2] == 0 {
		return
	}
	r.add("RSS peak, first third", float64(p.thirds[0])/mb, "MB")
	r.add("RSS peak, last third", float64(p.thirds[2])/mb, "MB")
	r.add("last/first third", float64(p.thirds[2])/float64(p.thirds[0]), "")
}
