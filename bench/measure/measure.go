// Package measure holds what the benchmarks share: a mixed trace in memory that
// is replayed in loops, each with new flows, and the timing of what processes
// it. It does not know what is measured.
package measure

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"mmt/bench/traffic"
	"mmt/dataplane"
)

// Trace is a mixed trace in memory.
type Trace struct {
	Packets []dataplane.Packet
	length  int64 // ns from the first packet of a loop to that of the next
}

// NewTrace makes a trace of so many flows, the same each time.
func NewTrace(flows int) *Trace {
	t := &Trace{}
	for _, p := range traffic.Mixed(1, flows) {
		t.Packets = append(t.Packets, dataplane.Packet{Data: p.Data, Time: p.Time, Len: uint32(len(p.Data)), Link: dataplane.LinkEthernet})
	}
	t.length = t.Packets[len(t.Packets)-1].Time - t.Packets[0].Time + 1e6
	return t
}

// MeanSize returns the mean packet size in bytes.
func (t *Trace) MeanSize() float64 {
	sum := 0
	for i := range t.Packets {
		sum += len(t.Packets[i].Data)
	}
	return float64(sum) / float64(len(t.Packets))
}

// Shift makes the trace another one: other addresses, later times.
func (t *Trace) Shift(loop int) {
	for i := range t.Packets {
		traffic.Shift(t.Packets[i].Data, uint32(loop))
		t.Packets[i].Time += t.length
	}
}

// Bursts calls process with the trace burst by burst.
func (t *Trace) Bursts(b *dataplane.Burst, process func(*dataplane.Burst)) {
	for from := 0; from < len(t.Packets); from += dataplane.BurstSize {
		b.N = copy(b.Packets[:], t.Packets[from:])
		process(b)
	}
}

// Result is the result of one stage in one round.
type Result struct {
	PerPacket float64 // ns
	Allocs    float64 // a packet, after the first loop
}

// Median returns the result with the median time.
func Median(list []Result) Result {
	slices.SortFunc(list, func(a, b Result) int { return int(a.PerPacket*1e3) - int(b.PerPacket*1e3) })
	return list[len(list)/2]
}

// Timed runs loops of the trace through process, the first one to warm up, and
// returns time and allocations of the others.
func Timed(t *Trace, loops int, process func(loop int)) Result {
	process(0)
	var before, after runtime.MemStats
	var busy time.Duration
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	runtime.ReadMemStats(&before)
	for loop := 1; loop <= loops; loop++ {
		t.Shift(loop)
		start := threadTime()
		process(loop)
		busy += threadTime() - start
	}
	runtime.ReadMemStats(&after)
	n := float64(loops * len(t.Packets))
	return Result{PerPacket: float64(busy) / n, Allocs: float64(after.Mallocs-before.Mallocs) / n}
}

// threadTime returns the CPU time that this thread has used.
func threadTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err) // every Linux has this clock
	}
	return time.Duration(ts.Nano())
}

// Profiled runs f and writes its CPU profile to a file, if one is named.
func Profiled(path string, f func() error) error {
	if path == "" {
		return f()
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, out.Close())
}

// Rate returns how many packets a second of the trace's own time has.
func (t *Trace) Rate() float64 { return float64(len(t.Packets)) / (float64(t.length) / 1e9) }
