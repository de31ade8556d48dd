// Command output measures the channels of reports: how many lines a second each
// takes, from a Writer to where the far end has them, and how fast packets are
// analysed while a channel stands still. Servers run on this machine; what is not
// installed is left out, by name. Figures are medians over rounds in which the
// settings take turns: those of channels on the clock of the wall, those of the
// analysis in processor time of its thread, so that other programs count as
// little as possible, and beside it on the clock, which shows if the thread waits.
// Ratios are medians of those of each pair of measurements.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/pflag"

	"mmt/bench/measure"
	"mmt/testserver"
	"mmt/version"
)

// leastRate is what must be left of the rate of the analysis while a channel
// stands still.
const leastRate = 0.95

func main() {
	length := pflag.Duration("time", 700*time.Millisecond, "how long each channel gets lines in a round")
	flows := pflag.Int("flows", 5000, "flows of the trace that is analysed")
	loops := pflag.Int("loops", 2, "times that the trace is analysed in a round")
	rounds := pflag.Int("rounds", 15, "rounds of the analysis; the median counts")
	takes := pflag.Int("channel-rounds", 3, "rounds of the channels; the median counts")
	showVersion := pflag.Bool("version", false, "print the version, then exit")
	pflag.Parse()
	if *showVersion {
		fmt.Println("output", version.String())
		return
	}
	servers := &testserver.Outside{}
	err := run(servers, *length, *flows, *loops, *rounds, *takes)
	if err := errors.Join(err, servers.Close()); err != nil {
		fmt.Fprintln(os.Stderr, "output:", err)
		os.Exit(1)
	}
}

func run(servers *testserver.Outside, length time.Duration, flows, loops, rounds, takes int) error {
	trace := measure.NewTrace(flows)
	lines, err := makeLines(trace)
	if err != nil {
		return err
	}
	if err := take(&lines, servers, length, takes); err != nil {
		return err
	}
	return analysis(measure.NewTrace(flows), loops, rounds)
}

// take prints how many lines each channel takes.
func take(f *forms, servers *testserver.Outside, length time.Duration, rounds int) error {
	list, err := channels(f, servers)
	if err != nil {
		return err
	}
	fmt.Printf("channels: lines of sessions for %s a round, %d cores, %s\n\n", length, runtime.NumCPU(), runtime.Version())
	rates, err := inTurns(len(list), rounds, func(i int) (float64, error) {
		if list[i].left != "" {
			return 0, nil
		}
		return list[i].rate(length)
	})
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "channel\treports/s\tMB/s\tbytes\t\n")
	for i := range list {
		c := &list[i]
		if c.left != "" {
			fmt.Fprintf(table, "%s\tleft out: %s\t\t\t\n", c.name, c.left)
			continue
		}
		rate := median(rates[i])
		fmt.Fprintf(table, "%s\t%.0f\t%.1f\t%.0f\t\n", c.name, rate, rate*c.bytes()/1e6, c.bytes())
	}
	return table.Flush()
}

// inTurns measures n settings in turn, and returns the figures of each by round.
func inTurns[T any](n, rounds int, rate func(i int) (T, error)) ([][]T, error) {
	all := make([][]T, n)
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
	return all, nil
}

// median leaves its list as it is.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// pair is the analysis with a channel in a state, and right before or after it
// without the channel, as the machine is faster at some times than at others.
type pair struct{ with, without speed }

// measurePair measures which of the two comes first in turn.
func (s *state) measurePair(t *measure.Trace, loops int, stateFirst bool) (p pair, err error) {
	first, second := &states[without], s
	if stateFirst {
		first, second = second, first
	}
	a, err := first.rate(t, loops)
	if err != nil {
		return p, err
	}
	runtime.GC()
	b, err := second.rate(t, loops)
	if stateFirst {
		a, b = b, a
	}
	return pair{with: b, without: a}, err
}

// analysis prints how fast packets are analysed with a channel in all its states.
func analysis(t *measure.Trace, loops, rounds int) error {
	turn := 0
	pairs, err := inTurns(len(states), rounds, func(i int) (pair, error) {
		turn++
		return states[i].measurePair(t, loops, turn/len(states)%2 == 1)
	})
	if err != nil {
		return err
	}
	fmt.Printf("\nanalysis with reports to files: %d packets, %d loops a round\n\n", len(t.Packets), loops)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "beside files\tMpps\tto without\ton the clock\t\n")
	var slow []string
	for i, s := range states {
		var rates, left, clock []float64
		for _, p := range pairs[i] {
			rates = append(rates, p.with.busy)
			left = append(left, p.with.busy/p.without.busy)
			clock = append(clock, p.with.wall/p.without.wall)
		}
		fmt.Fprintf(table, "%s\t%.3f\t%.2f\t%.2f\t\n", s.name, median(rates)/1e6, median(left), median(clock))
		if i > working && median(left) < leastRate {
			slow = append(slow, fmt.Sprintf("%s: %.2f of the rate is less than %.2f", s.name, median(left), leastRate))
		}
	}
	table.Flush()
	for _, line := range slow {
		fmt.Println(line)
	}
	return nil
}
