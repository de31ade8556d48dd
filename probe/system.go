package probe

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"mmt/analyzer"
	"mmt/output"
	"mmt/report"
)

// machine is how busy the machine was since it started, and its memory now.
type machine struct {
	user, kernel, idle uint64 // time of all processors, in ticks
	free, all          uint64 // kB of memory
}

// system writes report 201.
type system struct {
	to     analyzer.Channels
	out    *outputs
	log    *slog.Logger
	read   func() (machine, error)
	before machine
	failed bool
}

// systemDuty returns what writes report 201, nothing if that is not wanted.
func (r *Run) systemDuty(out *outputs) ([]duty, error) {
	c := &r.Config.SystemReport
	to := channels(c.Enable, c.OutputChannel)
	if to == 0 {
		return nil, nil
	}
	s := &system{to: to, out: out, log: r.Log, read: readMachine}
	var err error
	if s.before, err = s.read(); err != nil {
		return nil, fmt.Errorf("%s: system-report is enabled, but %w (set system-report.enable = false)", r.Config.Where("system-report.enable"), err)
	}
	return []duty{{every: c.Period, write: s.write}}, nil
}

// write writes a report. A machine that stops telling is told of once.
func (s *system) write(now time.Time) {
	m, err := s.read()
	if err != nil {
		if !s.failed {
			s.log.Error("system-report: " + err.Error())
		}
		s.failed = true
		return
	}
	s.failed = false
	rec := m.since(&s.before)
	rec.Time = now.UnixNano()
	s.before = m
	s.out.write(output.Set(s.to), rec)
}

// since makes the report of what happened since another look at the machine. A
// machine that did not count meanwhile was idle.
func (m *machine) since(before *machine) *report.System {
	share := func(now, then, all uint64) uint64 { return (200*(now-then) + all) / (2 * all) }
	rec := &report.System{Idle: 100, FreeMemory: m.free, AllMemory: m.all}
	// Time that waited for a disk may be taken back later.
	if m.user < before.user || m.kernel < before.kernel || m.idle < before.idle {
		return rec
	}
	if all := m.user + m.kernel + m.idle - before.user - before.kernel - before.idle; all > 0 {
		rec.User = share(m.user, before.user, all)
		rec.Kernel = min(share(m.kernel, before.kernel, all), 100-rec.User)
		rec.Idle = 100 - rec.User - rec.Kernel
	}
	return rec
}

// readProc reads what Linux tells of the machine: proc(5), the files stat and
// meminfo. Time that a hypervisor gave to others is not the machine's.
func readProc(stat, meminfo io.Reader) (m machine, err error) {
	var nice, wait, irq, softirq uint64
	if n, _ := fmt.Fscanf(stat, "cpu %d %d %d %d %d %d %d", &m.user, &nice, &m.kernel, &m.idle, &wait, &irq, &softirq); n < 4 {
		return m, errors.New("/proc/stat does not begin with the time of all processors")
	}
	m.user += nice
	m.kernel += irq + softirq
	m.idle += wait
	lines := bufio.NewScanner(meminfo)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		kB, _ := strconv.ParseUint(fields[1], 10, 64)
		switch fields[0] {
		case "MemTotal:":
			m.all = kB
		case "MemAvailable:":
			m.free = kB
		}
	}
	if m.all == 0 {
		return m, errors.New("/proc/meminfo does not tell how much memory there is")
	}
	return m, lines.Err()
}
