// Command replay measures one core of the probe on a trace held in memory: the
// mix of package traffic, looped with shifted addresses and growing time, so
// that each loop holds new flows. Figures are medians over rounds in which the
// stages take turns, and their ratios to the stage before. Time is the CPU time
// of the measuring thread, so that other programs count as little as possible;
// on a core of its own it is the time on the clock.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/pflag"

	"mmt/analyzer"
	"mmt/bench/measure"
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
	if err := measure.Profiled(*profile, func() error { return run(*flows, *loops, *rounds) }); err != nil {
		fmt.Fprintln(os.Stderr, "replay:", err)
		os.Exit(1)
	}
}

// run measures all stages in turn and prints the table.
func run(flows, loops, rounds int) error {
	runtime.GOMAXPROCS(2) // one for the worker, one for the collector and the disk
	t := measure.NewTrace(flows)
	fmt.Printf("trace: %d packets, %d flows, %.0f bytes a packet, %d loops a round, %d rounds, %s\n\n",
		len(t.Packets), flows, t.MeanSize(), loops, rounds, runtime.Version())
	results := make([][]measure.Result, len(stages))
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
	print(results, t.MeanSize())
	return memory(t, loops)
}

// memory prints what idle sessions take.
func memory(t *measure.Trace, loops int) error {
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
func print(results [][]measure.Result, size float64) {
	fmt.Printf("%-14s %10s %10s %10s %10s %12s\n", "stage", "Mpps", "Gbit/s", "ns/packet", "to before", "allocs/pkt")
	before := 0.0
	for i, s := range stages {
		m := measure.Median(results[i])
		ratio := ""
		if before > 0 {
			ratio = fmt.Sprintf("%.2f", m.PerPacket/before)
		}
		fmt.Printf("%-14s %10.2f %10.2f %10.1f %10s %12.5f\n", s.name, 1e3/m.PerPacket, 8*size/m.PerPacket, m.PerPacket, ratio, m.Allocs)
		before = m.PerPacket
	}
}
