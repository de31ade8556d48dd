// Command output measures the channels of reports: how many lines a second each
// takes, from a Writer to where the far end has them, and how fast packets are
// analysed while a channel stands still. Servers run on this machine, redis only
// where redis-server is installed. Figures are medians over rounds in which the
// settings take turns: those of channels on the clock of the wall, those of the
// analysis in CPU time of its thread, so that other programs count as little as
// possible. That the thread never sleeps for a channel is what the tests of
// package output hold.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"mmt/bench/measure"
	"mmt/version"
)

// leastRate is what must be left of the rate of the analysis while a channel
// stands still.
const leastRate = 0.95

func main() {
	lines := pflag.Int("lines", 300000, "lines that each channel gets in a round")
	size := pflag.Int("size", 400, "bytes of a line")
	flows := pflag.Int("flows", 5000, "flows of the trace that is analysed")
	loops := pflag.Int("loops", 6, "times that the trace is analysed in a round")
	rounds := pflag.Int("rounds", 5, "rounds; the median counts")
	showVersion := pflag.Bool("version", false, "print the version, then exit")
	pflag.Parse()
	if *showVersion {
		fmt.Println("output", version.String())
		return
	}
	if err := run(*lines, *size, *flows, *loops, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "output:", err)
		os.Exit(1)
	}
}

func run(lines, size, flows, loops, rounds int) error {
	fmt.Printf("channels: %d lines of %d bytes, %d cores, %s\n\n", lines, size, runtime.NumCPU(), runtime.Version())
	rates, err := inTurns(len(channels), rounds, func(i int) (float64, error) { return channels[i].rate(lines, size) })
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "channel\treports/s\tMB/s\t\n")
	for i, c := range channels {
		if rates[i] == 0 {
			fmt.Fprintf(table, "%s\tnot installed\t\t\n", c.name)
			continue
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.1f\t\n", c.name, rates[i], rates[i]*float64(size+1)/1e6)
	}
	table.Flush()
	return analysis(measure.NewTrace(flows), loops, rounds)
}

// inTurns measures n settings in turn, and returns the median of each; 0 is that
// of a setting that cannot be measured here.
func inTurns(n, rounds int, rate func(i int) (float64, error)) ([]float64, error) {
	all := make([][]float64, n)
	for range rounds {
		for i := range n {
			runtime.GC()
			r, err := rate(i)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], r)
		}
	}
	medians := make([]float64, n)
	for i, list := range all {
		slices.Sort(list)
		medians[i] = list[rounds/2]
	}
	return medians, nil
}

// analysis prints how fast packets are analysed with a channel in all its states.
func analysis(t *measure.Trace, loops, rounds int) error {
	rates, err := inTurns(len(states), rounds, func(i int) (float64, error) { return states[i].rate(t, loops) })
	if err != nil {
		return err
	}
	fmt.Printf("\nanalysis with reports to files: %d packets, %d loops a round\n\n", len(t.Packets), loops)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "beside files\tMpps\tto without\tto working\t\n")
	for i, s := range states {
		fmt.Fprintf(table, "%s\t%.3f\t%.2f\t%.2f\t\n", s.name, rates[i]/1e6, rates[i]/rates[without], rates[i]/rates[working])
	}
	table.Flush()
	for i := working + 1; i < len(states); i++ {
		if ratio := rates[i] / rates[without]; ratio < leastRate {
			fmt.Printf("%s: %.2f of the rate is less than %.2f\n", states[i].name, ratio, leastRate)
		}
	}
	return nil
}
