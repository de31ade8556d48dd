// Command replay measures one core of the probe on a trace held in memory: the
// mix of package traffic, looped with shifted addresses and growing time, so
// that each loop holds new flows. Figures are medians over rounds in which the
// stages take turns, and their ratios to the stage before. Time is the CPU time
// of the measuring thread, so that other programs count as little as possible;
// on a core of its own it is the time on the clock.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"mmt/analyzer"
	"mmt/version"
)

func main() {
	flows := pflag.Int("flows", 20000, "flows of the trace")
	loops := pflag.Int("loops", 8, "times that the trace is replayed in a round")
	rounds := pflag.Int("rounds", 5, "rounds; the median counts")
	profile := pflag.String("cpuprofile", "", "write a CPU profile of all rounds to this `FILE`")
	showVersion := pflag.Bool("version", false, "print the version, then exit")
	pflag.Parse()
	if *showVersion {
		fmt.Println("replay", version.String())
		return
	}
	if err := profiled(*profile, func() error { return run(*flows, *loops, *rounds) }); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

// profiled runs f and writes its CPU profile to a file, if one is named.
func profiled(path string, f func() error) error {
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

// run measures all stages in turn and prints the table.
func run(flows, loops, rounds int) error {
	runtime.GOMAXPROCS(2) // one for the worker, one for the collector and the disk
	t := newTrace(flows)
	fmt.Printf("trace: %d packets, %d flows, %.0f bytes a packet, %d loops a round, %d rounds, %s\n\n",
		len(t.packets), flows, t.meanSize(), loops, rounds, runtime.Version())
	results := make([][]measure, len(stages))
	for round := range rounds {
		for i, s := range stages {
			m, err := s.measure(t, loops)
			if err != nil {
				return err
			}
			results[i] = append(results[i], m)
			fmt.Fprintf(os.Stderr, "\rround %d/%d, %-12s", round+1, rounds, s.name)
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	print(results, t.meanSize())
	return memory(t, loops)
}

// memory prints what idle sessions take.
func memory(t *trace, loops int) error {
	fmt.Println()
	for _, c := range []struct {
		name    string
		options analyzer.Options
	}{{"sessions", sessionOptions()}, {"all reports", reportOptions(nowhere{})}} {
		bytes, n, err := perSession(t, loops, c.options)
		if err != nil {
			return err
		}
		fmt.Printf("%-14s %.0f bytes a session, %d idle sessions\n", c.name, bytes, n)
	}
	return nil
}

// print prints a line for each stage.
func print(results [][]measure, size float64) {
	fmt.Printf("%-14s %10s %10s %10s %10s %12s\n", "stage", "Mpps", "Gbit/s", "ns/packet", "to before", "allocs/pkt")
	before := 0.0
	for i, s := range stages {
		m := median(results[i])
		ratio := ""
		if before > 0 {
			ratio = fmt.Sprintf("%.2f", m.perPacket/before)
		}
		fmt.Printf("%-14s %10.2f %10.2f %10.1f %10s %12.5f\n", s.name, 1e3/m.perPacket, 8*size/m.perPacket, m.perPacket, ratio, m.allocs)
		before = m.perPacket
	}
}

// measure is the result of one stage in one round.
type measure struct {
	perPacket float64 // ns
	allocs    float64 // a packet, after the first loop
}

// median returns the measure with the median time.
func median(list []measure) measure {
	slices.SortFunc(list, func(a, b measure) int { return int(a.perPacket*1e3) - int(b.perPacket*1e3) })
	return list[len(list)/2]
}

// timed runs loops of the trace through process, the first one to warm up, and
// returns time and allocations of the others.
func timed(t *trace, loops int, process func(loop int)) measure {
	process(0)
	var before, after runtime.MemStats
	var busy time.Duration
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	runtime.ReadMemStats(&before)
	for loop := 1; loop <= loops; loop++ {
		t.shift(loop)
		start := threadTime()
		process(loop)
		busy += threadTime() - start
	}
	runtime.ReadMemStats(&after)
	n := float64(loops * len(t.packets))
	return measure{perPacket: float64(busy) / n, allocs: float64(after.Mallocs-before.Mallocs) / n}
}

// threadTime returns the CPU time that this thread has used.
func threadTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err) // every Linux has this clock
	}
	return time.Duration(ts.Nano())
}
