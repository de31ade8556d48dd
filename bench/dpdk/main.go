//go:build dpdk && cgo && linux

package main

// #cgo pkg-config: libdpdk
// #cgo CFLAGS: -O3 -I${SRCDIR}/../../dataplane/dpdk
// #include "loop.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/sys/unix"

	"mmt/dataplane"
	"mmt/dataplane/dpdk"
	"mmt/dataplane/dpdk/dpdktest"
)

// ports are the virtual devices: ours, and that of the C loop.
const (
	ports = "--no-pci --vdev net_null0 --vdev net_null1 "
	ours  = "net_null0"
	other = 1
)

// modes are where the buffers are.
var modes = []struct{ name, option string }{
	{"without hugepages", ports + "--no-huge -m 256"},
	{"with hugepages of 2 MiB", ports + "--in-memory -m 128"},
}

func main() {
	rounds := pflag.Int("rounds", 31, "rounds; the median counts")
	period := pflag.Duration("time", 80*time.Millisecond, "time of each of both in a round")
	option := pflag.String("dpdk-option", "", "measure once with these arguments of EAL")
	pflag.Parse()
	run := all
	if *option != "" {
		run = func(int, time.Duration) error { return measure(*option, *rounds, *period) }
	}
	if err := run(*rounds, *period); err != nil {
		fmt.Fprintln(os.Stderr, "dpdk:", err)
		os.Exit(1)
	}
}

// all measures each mode in a process of its own, since EAL starts once.
func all(rounds int, period time.Duration) error {
	fmt.Printf("%s, %s, receive and touch, 64 bytes a packet, one core, medians of %d rounds\n", dpdk.Version(), runtime.Version(), rounds)
	giveBack, err := dpdktest.Reserve(128)
	if err != nil {
		return err
	}
	defer giveBack()
	for _, m := range modes {
		fmt.Printf("%-24s", m.name)
		cmd := exec.Command("/proc/self/exe", "--dpdk-option="+m.option, fmt.Sprint("--rounds=", rounds), fmt.Sprint("--time=", period))
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// measure lets Go and C take turns and prints the medians.
func measure(option string, rounds int, period time.Duration) error {
	runtime.LockOSThread()
	if err := pin(); err != nil {
		return err
	}
	d, err := dpdk.Open(ours, dpdk.Options{EAL: option, Wait: -1})
	if err != nil {
		return err
	}
	defer d.Close()
	if C.loop_open(other) != 0 {
		return errors.New("the port of the C loop cannot be opened")
	}
	defer C.loop_close(other)
	s := d.Sources()[0]
	var inGo, inC, ratios []float64
	for range rounds {
		g, c := goLoop(s, period), cLoop(period)
		inGo, inC, ratios = append(inGo, g), append(inC, c), append(ratios, g/c)
	}
	fmt.Printf("Go %6.1f Mpps   C %6.1f Mpps   ratio %.2f\n", median(inGo), median(inC), median(ratios))
	return nil
}

// pin keeps the thread on the last processor that it may use.
func pin() error {
	var can, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &can); err != nil {
		return err
	}
	last := 0
	for n, seen := 0, 0; seen < can.Count(); n++ {
		if can.IsSet(n) {
			last, seen = n, seen+1
		}
	}
	one.Set(last)
	return unix.SchedSetaffinity(0, &one)
}

// between is how many bursts are received between two looks at the clock.
const between = 1024

// sum keeps the compiler from leaving out what it is the sum of.
var sum uint64

// goLoop returns millions of packets in a second of the thread's time.
func goLoop(s *dpdk.Source, period time.Duration) float64 {
	var b dataplane.Burst
	packets, touched := 0, uint64(0)
	begin, start := time.Now(), threadTime()
	for time.Since(begin) < period {
		for range between {
			if s.Receive(&b) != nil {
				return 0
			}
			for i := range b.Packets[:b.N] {
				touched += uint64(b.Packets[i].Data[0])
			}
			packets += b.N
			s.Release(&b)
		}
	}
	sum += touched
	return float64(packets) / 1e6 / (threadTime() - start).Seconds()
}

// threadTime is the CPU time of this thread: other programs count as little as
// possible.
func threadTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		panic(err) // every Linux has this clock
	}
	return time.Duration(ts.Nano())
}

// cLoop returns the same of C.
func cLoop(period time.Duration) float64 {
	var packets C.uint64_t
	start := threadTime()
	sum += uint64(C.loop_run(other, C.int64_t(period), &packets))
	return float64(packets) / 1e6 / (threadTime() - start).Seconds()
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
